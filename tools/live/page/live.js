"use strict";
// The page of emotrack live: answers come by WebSocket, are kept for an hour, and are drawn when there are new ones.
const $ = id => document.getElementById(id);
const root = document.documentElement;

// ---- what was heard ------------------------------------------------------------------------------------------------------
const ROOM = 1 << 18;                       // an hour at sixty a second
const kept = {time: new Float64Array(ROOM), valence: new Float32Array(ROOM), arousal: new Float32Array(ROOM),
              valenceError: new Float32Array(ROOM), arousalError: new Float32Array(ROOM), silent: new Uint8Array(ROOM)};
let count = 0;                              // answers so far; number i lies at i % ROOM
let newest = null, shown = null, facts = {}, paused = false, span = 60, scale = 1, fresh = true;

const oldest = () => Math.max(0, count - ROOM);
const number = value => typeof value === "number" ? value : NaN;

function keep(time, valence, arousal, valenceError, arousalError, silent) {
  if (count > 0 && time <= kept.time[(count - 1) % ROOM]) {
    if (time > kept.time[(count - 1) % ROOM] - 1) return;  // heard already
    count = 0;                                             // another run
  }
  const i = count++ % ROOM;
  kept.time[i] = time;
  kept.valence[i] = number(valence);
  kept.arousal[i] = number(arousal);
  kept.valenceError[i] = number(valenceError);
  kept.arousalError[i] = number(arousalError);
  kept.silent[i] = silent ? 1 : 0;
}

// First answer that is not before a time.
function since(time) {
  let low = oldest(), high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (kept.time[middle % ROOM] < time) low = middle + 1; else high = middle;
  }
  return low;
}

// ---- the connection ------------------------------------------------------------------------------------------------------
let socket = null, patience = 500, lastHeard = 0;

function connect() {
  const address = new URL("ws" + location.search, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(address);
  socket.onopen = () => { patience = 500; lastHeard = performance.now(); say(); };
  socket.onmessage = event => { lastHeard = performance.now(); take(JSON.parse(event.data)); };
  socket.onclose = () => {
    socket = null;
    say();
    setTimeout(connect, patience);
    patience = Math.min(4000, patience * 1.6);
  };
}

// A connection over which nothing comes is dead even where nobody says so.
setInterval(() => { if (socket && socket.readyState === 1 && performance.now() - lastHeard > 6000) socket.close(); }, 1000);

function take(message) {
  if (message.history) {
    if (count === 0) for (const [t, v, a, flags, ve, ae] of message.history) keep(t, v, a, ve, ae, flags & 1);
  } else if (message.facts) {
    facts = message.facts;
    showFacts();
  } else if ("time_s" in message) {
    newest = message;
    keep(message.time_s, message.valence, message.arousal, message.valence_error, message.arousal_error,
         message.flags.includes("silence"));
  }
  fresh = true;
}

function ask(what) {
  if (socket && socket.readyState === 1) socket.send(JSON.stringify(what));
}

function say() {
  const open = socket && socket.readyState === 1;
  const state = !open ? (count ? "reconnecting" : "connecting") : paused ? "paused" : facts.gone ? "gone" : "live";
  $("state").dataset.state = state;
  write("state", state === "gone" ? "input gone" : state);
  for (const id of ["mark", "record", "input", "model"]) $(id).disabled = !open;
}

// ---- words and numbers -----------------------------------------------------------------------------------------------------
function write(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
}

const signed = value => value == null ? "–" : (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);

function clock(seconds) {
  const s = Math.floor(seconds), two = n => String(n).padStart(2, "0");
  return (s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ":" + two(s % 60);
}

// Words around the circle, from pleasant on against the clock.
const MOODS = ["pleased", "happy", "excited", "alert", "tense", "upset", "unhappy", "sad", "weary", "calm", "relaxed", "content"];
function mood(valence, arousal) {
  if (valence == null || arousal == null) return "";
  if (Math.hypot(valence, arousal) < .08) return "neutral";
  const turn = Math.atan2(arousal, valence) / (2 * Math.PI) * MOODS.length;
  return MOODS[(Math.round(turn) + MOODS.length) % MOODS.length];
}

function showAnswer(e) {
  for (const name of ["valence", "arousal"]) {
    write(name, signed(e[name]));
    $(name).dataset.exact = e[name];
  }
  $("valence").dataset.time = e.time_s;
  write("mood", mood(e.valence, e.arousal));
  write("level", e.level_dbfs.toFixed(1));
  $("level-bar").style.width = Math.max(0, Math.min(100, (e.level_dbfs + 70) / 70 * 100)) + "%";
  write("context", e.context_s.toFixed(1));
  $("context-bar").style.width = Math.min(100, e.context_s / (facts.context_s || 60) * 100) + "%";
  for (const name of ["key", "tempo"]) {
    $(name + "-tile").hidden = e[name] === undefined;   // null: none is heard now
    write(name, typeof e[name] === "number" ? e[name].toFixed(0) : e[name] ?? "–");
  }
  showFlags(e.flags);
}

function showFlags(flags) {
  const words = flags.split("+").filter(word => word && word !== "mark");
  const box = $("flags"), text = words.join("+");
  if (box.dataset.flags === text) return;
  box.dataset.flags = text;
  box.replaceChildren(...(words.length ? words : ["clear"]).map(word => {
    const chip = document.createElement("span");
    chip.textContent = word;
    if (word === "lost" || word === "clipped") chip.className = "alarm";
    return chip;
  }));
}

function fill(select, names, chosen) {
  const list = names.includes(chosen) ? names : [chosen, ...names], text = JSON.stringify(list);
  if (select.dataset.list !== text) {
    select.dataset.list = text;
    select.replaceChildren(...list.map(name => new Option(name.split("/").pop(), name)));
  }
  if (document.activeElement !== select) select.value = chosen;
}

function showFacts() {
  const f = facts, parts = {buffer: f.buffer_ms, computing: f.computing_ms, ahead: f.look_ahead_ms};
  const sum = parts.buffer + parts.computing + parts.ahead;
  fill($("input"), f.inputs, f.input);
  fill($("model"), f.models, f.model_choice);
  write("latency", sum.toFixed(0));
  for (const [name, value] of Object.entries(parts)) $("part-" + name).style.width = value / sum * 100 + "%";
  write("parts", `device ${parts.buffer.toFixed(1)} · computing ${parts.computing.toFixed(1)} · look-ahead ${parts.ahead.toFixed(0)} · ` +
                 `worst +${f.worst_ms.toFixed(1)}`);
  write("lost", String(f.lost));
  write("device", `${(f.rate_hz / 1000).toFixed(1)} kHz, ${f.channels} channel${f.channels === 1 ? "" : "s"}`);
  write("heard", clock(f.heard_s));
  write("marks", f.marks.length ? `${f.marks.length} mark${f.marks.length === 1 ? "" : "s"}, last at ${clock(f.marks.at(-1))}` : "");
  $("record").setAttribute("aria-pressed", String(Boolean(f.recording)));
  write("record", f.recording ? "Stop" : "Record");
  write("message", [f.recording ? "recording " + f.recording : "", f.message || ""].filter(Boolean).join(" · "));
  say();
}

// ---- drawing ---------------------------------------------------------------------------------------------------------------
let colour = {};
function readColours() {
  const style = getComputedStyle(root);
  for (const name of ["ground", "panel", "line", "text", "soft", "valence", "arousal", "mark", "point"])
    colour[name] = style.getPropertyValue("--" + name).trim();
}

// A canvas in pixels of the screen; [context, width, height] in CSS pixels.
function sheet(canvas) {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const c = canvas.getContext("2d");
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  return [c, width, height];
}

function print(c, text, x, y, align, shade, size, base) {
  c.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
  c.textAlign = align;
  c.textBaseline = base || "middle";
  c.fillStyle = shade;
  c.fillText(text, x, y);
}

function drawGrid(c, x, y, r, size) {
  c.strokeStyle = colour.line;
  c.lineWidth = 1;
  for (const part of [.25, .5, .75, 1]) {
    c.beginPath();
    c.arc(x, y, r * part, 0, 2 * Math.PI);
    c.stroke();
  }
  c.beginPath();
  c.moveTo(x - r, y); c.lineTo(x + r, y);
  c.moveTo(x, y - r); c.lineTo(x, y + r);
  c.stroke();
  print(c, "excited", x, y - r - size * .8, "center", colour.arousal, size);
  print(c, "calm", x, y + r + size * .8, "center", colour.arousal, size);
  c.save();
  c.translate(x + r + size * .8, y); c.rotate(Math.PI / 2);
  print(c, "pleasant", 0, 0, "center", colour.valence, size);
  c.restore();
  c.save();
  c.translate(x - r - size * .8, y); c.rotate(-Math.PI / 2);
  print(c, "unpleasant", 0, 0, "center", colour.valence, size);
  c.restore();
  for (const [word, dx, dy] of [["happy", 1, -1], ["tense", -1, -1], ["sad", -1, 1], ["relaxed", 1, 1]])
    print(c, word, x + dx * r * .84, y + dy * r * .84, "center", colour.soft, size * .9);
}

const TRAIL_S = 15;
function drawPlane() {
  const [c, width, height] = sheet($("plane"));
  const size = Math.max(12, Math.min(width, height) / 34), r = Math.max(10, Math.min(width, height) / 2 - size * 1.7);
  const x = width / 2, y = height / 2, at = i => [x + kept.valence[i % ROOM] * scale * r, y - kept.arousal[i % ROOM] * scale * r];
  drawGrid(c, x, y, r, size);
  if (count === 0) return;
  const now = kept.time[(count - 1) % ROOM], first = since(now - TRAIL_S), step = Math.max(1, Math.floor((count - first) / 300));
  c.lineCap = "round";
  c.strokeStyle = colour.point;
  for (let i = first + step; i < count; i += step) {
    const age = 1 - (now - kept.time[i % ROOM]) / TRAIL_S;
    c.globalAlpha = .75 * age * age;
    c.lineWidth = size * (.06 + .2 * age);
    c.beginPath();
    c.moveTo(...at(i - step));
    c.lineTo(...at(i));
    c.stroke();
  }
  const [px, py] = at(count - 1), last = (count - 1) % ROOM;
  if (Number.isNaN(px) || Number.isNaN(py)) { c.globalAlpha = 1; return; }
  if (kept.valenceError[last] > 0) {
    c.globalAlpha = .16;
    c.fillStyle = colour.point;
    c.beginPath();
    c.ellipse(px, py, kept.valenceError[last] * scale * r, kept.arousalError[last] * scale * r, 0, 0, 2 * Math.PI);
    c.fill();
  }
  const glow = c.createRadialGradient(px, py, 0, px, py, size * 2.2);
  glow.addColorStop(0, colour.point);
  glow.addColorStop(1, "transparent");
  c.globalAlpha = .3;
  c.fillStyle = glow;
  c.beginPath();
  c.arc(px, py, size * 2.2, 0, 2 * Math.PI);
  c.fill();
  c.globalAlpha = kept.silent[last] ? .45 : 1;
  c.fillStyle = colour.point;
  c.beginPath();
  c.arc(px, py, size * .62, 0, 2 * Math.PI);
  c.fill();
  c.globalAlpha = 1;
}

function drawAxes(c, box, now) {
  const every = span <= 60 ? 10 : span <= 300 ? 60 : span <= 1200 ? 300 : 600;
  c.strokeStyle = colour.line;
  c.lineWidth = 1;
  for (const value of [-1, -.5, 0, .5, 1]) {
    const y = box.y(value / scale);
    c.globalAlpha = value === 0 ? 1 : .6;
    c.beginPath(); c.moveTo(box.left, y); c.lineTo(box.right, y); c.stroke();
    c.globalAlpha = 1;
    print(c, (value / scale).toFixed(scale > 2 ? 2 : 1).replace("-", "−"), box.left - 6, y, "right", colour.soft, box.size);
  }
  for (let t = Math.ceil((now - span) / every) * every; t <= now; t += every) {
    if (t < 0) continue;
    c.globalAlpha = .5;
    c.beginPath(); c.moveTo(box.x(t), box.top); c.lineTo(box.x(t), box.bottom); c.stroke();
    c.globalAlpha = 1;
    print(c, clock(t), box.x(t), box.bottom + 5, "center", colour.soft, box.size, "top");
  }
}

function drawCurve(c, box, name, dashes, first, step) {
  const values = kept[name], errors = kept[name + "Error"];
  const from = Math.ceil(first / step) * step;   // the same answers are left out in every picture
  c.fillStyle = colour[name];
  c.globalAlpha = .18;
  for (let begin = from; begin < count; ) {
    while (begin < count && !(errors[begin % ROOM] > 0)) begin += step;
    let end = begin;
    c.beginPath();
    for (; end < count && errors[end % ROOM] > 0; end += step) c.lineTo(box.x(kept.time[end % ROOM]), box.y(values[end % ROOM] + errors[end % ROOM]));
    for (let i = end - step; i >= begin; i -= step) c.lineTo(box.x(kept.time[i % ROOM]), box.y(values[i % ROOM] - errors[i % ROOM]));
    c.fill();
    begin = end;
  }
  c.globalAlpha = 1;
  c.strokeStyle = colour[name];
  c.lineWidth = 2;
  c.setLineDash(dashes);
  c.lineDashOffset = box.x(0) % 14;
  c.beginPath();
  let pen = false, before = 0;
  for (let i = from; i < count; i += step) {
    const value = values[i % ROOM], time = kept.time[i % ROOM];
    if (Number.isNaN(value)) { pen = false; continue; }
    if (pen && time - before < Math.max(1, step / 5)) c.lineTo(box.x(time), box.y(value)); else c.moveTo(box.x(time), box.y(value));
    pen = true;
    before = time;
  }
  c.stroke();
  c.setLineDash([]);
}

function drawCurves() {
  const [c, width, height] = sheet($("curves"));
  const now = count ? kept.time[(count - 1) % ROOM] : span, end = Math.max(now, span);
  const size = Math.max(11, Math.min(16, width / 64));
  const box = {left: size * 3.4, right: width - size * 1.6, top: 8, bottom: height - size * 1.8, size};
  box.x = time => box.right - (end - time) / span * (box.right - box.left);
  box.y = value => (box.top + box.bottom) / 2 - value * scale * (box.bottom - box.top) / 2;
  drawAxes(c, box, end);
  c.save();
  c.beginPath(); c.rect(box.left, 0, box.right - box.left + 4, height); c.clip();
  const first = since(now - span), step = Math.max(1, Math.floor((count - first) / (4 * Math.max(100, width))));
  c.fillStyle = colour.line;
  c.globalAlpha = .55;
  for (let i = first; i < count; ) {
    while (i < count && !kept.silent[i % ROOM]) i++;
    const begin = i;
    while (i < count && kept.silent[i % ROOM]) i++;
    if (i > begin) c.fillRect(box.x(kept.time[begin % ROOM]), box.top, box.x(kept.time[(i - 1) % ROOM]) - box.x(kept.time[begin % ROOM]), box.bottom - box.top);
  }
  c.globalAlpha = 1;
  drawCurve(c, box, "valence", [], first, step);
  drawCurve(c, box, "arousal", [10, 4], first, step);
  c.strokeStyle = c.fillStyle = colour.mark;
  c.lineWidth = 1.5;
  for (const mark of facts.marks || []) {
    const x = box.x(mark);
    if (x < box.left) continue;
    c.beginPath(); c.moveTo(x, box.top); c.lineTo(x, box.bottom); c.stroke();
    c.beginPath(); c.moveTo(x, box.top + 9); c.lineTo(x + 10, box.top + 4.5); c.lineTo(x, box.top); c.fill();
  }
  c.restore();
}

let curvesDue = 0;
function draw(now) {
  requestAnimationFrame(draw);
  if (!fresh || paused) return;
  fresh = false;
  if (newest && newest !== shown) showAnswer(shown = newest);
  drawPlane();
  if (now < curvesDue) { fresh = true; return; }
  curvesDue = span > 120 ? now + 200 : 0;    // an hour is not drawn sixty times a second
  drawCurves();
}

// ---- what the reader does --------------------------------------------------------------------------------------------------
function setTheme(theme) {
  root.dataset.theme = theme;
  write("theme", theme === "dark" ? "Light" : "Dark");
  readColours();
  fresh = true;
}

function setSpan(seconds) {
  span = Math.max(10, Math.min(3600, seconds));
  curvesDue = 0;
  for (const button of $("spans").children) button.setAttribute("aria-pressed", String(Number(button.dataset.span) === span));
  fresh = true;
}

const actions = {
  pause() {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    write("pause", paused ? "Go on" : "Pause");
    fresh = true;
    say();
  },
  mark() { ask({do: "mark"}); },
  record() { ask({do: facts.recording ? "stop-record" : "record"}); },
  theme() { setTheme(root.dataset.theme === "dark" ? "light" : "dark"); },
  full() { document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen().catch(() => {}); },
  scale() {
    scale = scale === 1 ? 2 : scale === 2 ? 4 : 1;
    write("scale", "±" + 1 / scale);
    fresh = true;
  },
};
for (const [id, action] of Object.entries(actions)) $(id).onclick = action;
for (const id of ["input", "model"]) $(id).onchange = event => { ask({do: id, name: event.target.value}); event.target.blur(); };
for (const button of $("spans").children) button.onclick = () => setSpan(Number(button.dataset.span));
$("curves").addEventListener("wheel", event => { event.preventDefault(); setSpan(span * Math.exp(event.deltaY / 400)); }, {passive: false});
document.onfullscreenchange = () => { root.toggleAttribute("data-stage", Boolean(document.fullscreenElement)); fresh = true; };
document.onkeydown = event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
  const id = {" ": "pause", m: "mark", r: "record", t: "theme", f: "full", z: "scale"}[event.key.toLowerCase()];
  const button = id && $(id);
  if (!button || button.disabled || (event.key === " " && event.target.tagName === "BUTTON")) return;
  event.preventDefault();
  actions[id]();
};
addEventListener("resize", () => { fresh = true; });
new ResizeObserver(() => { fresh = true; curvesDue = 0; }).observe($("curves"));

setTheme(matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
connect();
requestAnimationFrame(draw);
