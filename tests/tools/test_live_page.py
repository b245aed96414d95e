"""emotrack live --http and --play, by the protocols alone: what a page gets, who is refused, who may sleep."""
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from websocket_client import Refused, WebSocket

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
ALL = "error,key,mode,tempo,pulse"


def is_answer(message):
    return "time_s" in message


def has_facts(message):
    return "facts" in message


class Live:
    """The program at work, and what it wrote."""

    def __init__(self, test, *arguments, sound=MUSIC):
        self.process = subprocess.Popen([PROGRAM, "live", "--play", sound, "--http", "0", *arguments], env=test.environment,
                                        cwd=test.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"http://([0-9.]+):([0-9]+)/", line)
        if found is None:
            raise AssertionError(line + self.process.stderr.read())
        self.url, self.port = line.split()[-1], int(found[2])
        self.rows = None

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body.decode(), answer

    def end(self, ends=None):
        if ends is not None:
            self.process.send_signal(ends)
        self.rows, self.words = self.process.communicate(timeout=60)
        return self.rows.splitlines()


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        for name in ("test", "plain"):
            subprocess.run([WRITE_MODEL, os.path.join(cls.home, name + ".safetensors")] + ["known"] * (name == "test"), check=True)
        cls.environment = dict(os.environ, HOME=cls.home, XDG_RUNTIME_DIR=cls.home,
                               EMOTRACK_MODEL=os.path.join(cls.home, "test.safetensors"))
        probe = subprocess.run([PROGRAM, "live", "--play", MUSIC, "--http", "0", "--duration-s", ".1"], env=cls.environment,
                               capture_output=True, text=True, timeout=60)
        if "built without" in probe.stderr:
            print("skipped: this build has no web server (package libcivetweb-dev)")
            os._exit(77)

    def live(self, *arguments, **options):
        live = Live(self, *arguments, **options)
        self.addCleanup(live.process.stdout.close)
        self.addCleanup(live.process.stderr.close)
        self.addCleanup(live.process.wait)
        self.addCleanup(live.process.kill)
        return live

    def annotate(self, path):
        return subprocess.run([PROGRAM, "annotate", "--step-ms", "10", path], env=self.environment, capture_output=True,
                              text=True, check=True).stdout.splitlines()

    def test_a_played_file_takes_its_time_and_gives_the_rows_of_annotate(self):
        begin = time.monotonic()
        out = subprocess.run([PROGRAM, "live", "--play", MUSIC], env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertGreater(time.monotonic() - begin, 5.9)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertIn("0 frames lost", out.stderr)
        self.assertEqual(out.stdout.splitlines(), self.annotate(MUSIC))

    def test_messages_are_rows_at_most_sixty_a_second(self):
        live = self.live("--format", "jsonl", "--columns", ALL)
        page = WebSocket(live.port, headers=["Origin: http://127.0.0.1:%d" % live.port])
        messages = []
        try:
            while True:
                messages.append(page.text())
        except (EOFError, ConnectionError):
            pass
        rows = live.end()
        self.assertEqual(live.process.returncode, 0, live.words)
        answers = [text for text in messages if text.startswith('{"time_s"')]
        self.assertGreater(len(answers), 60)
        self.assertLessEqual(len(answers), 6 * 62)
        self.assertLessEqual(set(answers), set(rows))
        self.assertEqual(answers, sorted(answers, key=lambda text: json.loads(text)["time_s"]), "not in order")
        self.assertIn("history", json.loads(messages[0]))
        last = json.loads(answers[-1])
        self.assertLessEqual({"valence_error", "arousal_error", "key", "mode", "tempo", "pulse"}, set(last))
        self.assertTrue(0 < last["arousal_error"] < last["valence_error"] < 1, last)
        facts = [json.loads(text)["facts"] for text in messages if text.startswith('{"facts"')]
        self.assertEqual(facts[-1]["input"], MUSIC)
        self.assertEqual(facts[-1]["lost"], 0)
        self.assertIn(MUSIC, facts[-1]["inputs"])

    def test_who_comes_later_has_the_errors_of_what_was(self):
        live = self.live()
        page = WebSocket(live.port)
        page.message(lambda m: is_answer(m) and m["time_s"] > 2)
        history = json.loads(WebSocket(live.port).text())["history"]
        self.assertGreater(len(history), 5)
        for time_s, valence, arousal, flags, valence_error, arousal_error in history:
            self.assertTrue(0 < arousal_error < valence_error < 1, history)
        live.end(signal.SIGINT)

    def test_a_model_that_does_not_know_its_errors_gives_none(self):
        plain = os.path.join(self.home, "plain.safetensors")
        live = self.live("--model", plain)
        page = WebSocket(live.port)
        answer = page.message(is_answer)
        self.assertIn("key", answer)
        self.assertNotIn("valence_error", answer)
        live.end(signal.SIGINT)
        refused = subprocess.run([PROGRAM, "live", "--play", MUSIC, "--model", plain, "--columns", "error"], env=self.environment,
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("does not know its usual errors", refused.stderr)

    def test_emotion_events_and_files(self):
        live = self.live("--format", "jsonl", "--columns", ALL)
        page = WebSocket(live.port)
        page.message(is_answer)
        status, body, answer = live.get("/emotion")
        self.assertEqual((status, answer.headers["Content-Type"].split(";")[0]), (200, "application/json"))
        connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
        connection.request("GET", "/events")
        stream = connection.getresponse()
        self.assertEqual(stream.headers["Content-Type"].split(";")[0], "text/event-stream")
        lines = [stream.readline().decode() for _ in range(40)]
        events = [line[6:].strip() for line in lines if line.startswith('data: {"time_s"')]
        for path, kind in (("/", "text/html"), ("/live.js", "text/javascript"), ("/live.css", "text/css")):
            status, text, answer = live.get(path)
            self.assertEqual((status, answer.headers["Content-Type"].split(";")[0]), (200, kind))
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
            self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), "https?://", "the page asks elsewhere")
        self.assertEqual(live.get("/etc/passwd")[0], 404)
        self.assertEqual(live.get("/emotion", method="POST")[0], 405)
        rows = live.end(signal.SIGINT)
        self.assertIn(body.strip(), rows)
        self.assertGreater(len(events), 3)
        self.assertLessEqual(set(events), set(rows))
        connection.close()

    def test_other_sites_and_other_machines_are_refused(self):
        live = self.live()
        self.assertEqual(live.get("/emotion", Origin="http://elsewhere.example")[0], 403)
        self.assertEqual(live.get("/", Host="elsewhere.example")[0], 403)
        self.assertEqual(live.get("/", Host="localhost:%d" % live.port)[0], 200)
        for header in ("Origin: http://elsewhere.example", "Origin: null", "Host: elsewhere.example"):
            with self.assertRaises(Refused):
                WebSocket(live.port, headers=[header])
        live.end(signal.SIGINT)
        refused = subprocess.run([PROGRAM, "live", "--play", MUSIC, "--http", "0.0.0.0:0"], env=self.environment,
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--http-token", refused.stderr)

    def test_the_token(self):
        token = "open-sesame"
        arguments = [PROGRAM, "live", "--play", MUSIC, "--http", "0.0.0.0:0", "--http-token", token]
        process = subprocess.Popen(arguments, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        port = int(re.search(r":([0-9]+)/\?token=open-sesame", process.stderr.readline())[1])
        for path in ("/ws", "/ws?token=open-sesamf", "/ws?token=", "/ws?token=open-sesame-"):
            with self.assertRaises(Refused):
                WebSocket(port, path)
        for page in (WebSocket(port, "/ws?x=1&token=" + token), WebSocket(port, headers=["Authorization: Bearer " + token]),
                     WebSocket(port, "/ws?token=" + token, headers=["Host: stage.example"])):
            page.message(is_answer)
            page.close()

    def test_marks_and_recordings(self):
        live = self.live("--format", "jsonl")
        page = WebSocket(live.port)
        first = page.message(is_answer)
        page.ask(do="mark")
        marks = page.message(lambda m: has_facts(m) and m["facts"]["marks"])["facts"]["marks"]
        self.assertGreaterEqual(marks[0], first["time_s"])
        page.ask(do="record")
        name = page.message(lambda m: has_facts(m) and m["facts"]["recording"])["facts"]["recording"]
        self.assertRegex(name, r"^emotrack-[0-9]+-[0-9]+\.wav$")
        time.sleep(1)
        for nonsense in ({"do": "format the disk"}, {"do": "input"}, {"do": "input", "name": "nowhere"}, {"do": 3}, {}):
            page.ask(**nonsense)
        page.send(1, b"not JSON")
        page.ask(do="stop-record")
        page.message(lambda m: has_facts(m) and m["facts"]["recording"] is None)
        rows = [json.loads(row) for row in live.end(signal.SIGINT)]
        marked = [row["time_s"] for row in rows if "mark" in row["flags"].split("+")]
        self.assertEqual(marked, marks)
        info = os.path.getsize(os.path.join(self.home, name))
        self.assertGreater(info, 44100 * 4 * .9)
        self.assertEqual([file for file in os.listdir(self.home) if "partial" in file], [])

    def test_another_model_takes_the_place_of_the_first(self):
        live = self.live("--format", "jsonl", "--duration-s", "6")
        page = WebSocket(live.port)
        page.message(is_answer)
        facts = page.message(has_facts)["facts"]
        self.assertEqual(facts["models"][0], self.environment["EMOTRACK_MODEL"])
        page.ask(do="model", name="/etc/passwd")
        if "music" not in facts["models"]:
            self.skipTest("there is no bundled model here")
        page.ask(do="model", name="music")
        page.message(lambda m: has_facts(m) and m["facts"]["model_choice"] == "music")
        page.message(is_answer)
        times = [json.loads(row)["time_s"] for row in live.end()]
        self.assertEqual(live.process.returncode, 0, live.words)
        self.assertEqual(times, sorted(times), "time went back")
        self.assertIn("with the model music", live.words)

    def test_rows_that_nobody_reads_hold_neither_page_nor_sound(self):
        live = self.live("--columns", ALL)  # more than a pipe holds
        page = WebSocket(live.port)
        page.message(lambda m: is_answer(m) and m["time_s"] > 5.5)
        rows = live.end()
        self.assertIn("0 frames lost in 0 overruns", live.words)
        self.assertEqual(live.process.returncode, 0, live.words)
        self.assertEqual([row.split(",")[:6] for row in rows], [row.split(",") for row in self.annotate(MUSIC)])

    def test_an_event_reader_that_sleeps_holds_nobody(self):
        live = self.live()
        asleep = []
        for _ in range(3):
            reader = socket.socket()
            self.addCleanup(reader.close)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", live.port))
            reader.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            asleep.append(reader)
        page = WebSocket(live.port)
        page.message(lambda m: is_answer(m) and m["time_s"] > 5.5)
        for reader in asleep:
            self.assertLess(self.waited(reader), 40000, "old answers pile up for a reader that sleeps")
        rows = live.end()
        self.assertIn("0 frames lost in 0 overruns", live.words)
        self.assertEqual(rows, self.annotate(MUSIC))

    @staticmethod
    def waited(reader):
        """Bytes that lay there for one who wakes: up to the first answer that is not the next one."""
        got = b""
        reader.settimeout(.2)
        with contextlib.suppress(OSError):
            while len(got) < 1 << 18 and (more := reader.recv(1 << 20)):
                got += more
        found = [(match.start(), float(match[1])) for match in re.finditer(rb'"time_s":([0-9.]+)', got)]
        return next((at for (_, before), (at, now) in zip(found, found[1:]) if now - before > .3), len(got))

    def test_twenty_readers_of_whom_one_sleeps_lose_nothing(self):
        live = self.live("--format", "jsonl")
        asleep = WebSocket(live.port)
        asleep.answers_pings = False
        got = [[] for _ in range(19)]

        def read(place):
            page = WebSocket(live.port)
            try:
                while True:
                    got[place].append(page.message(is_answer))
            except (EOFError, ConnectionError):
                pass

        threads = [threading.Thread(target=read, args=(place,)) for place in range(19)]
        for thread in threads:
            thread.start()
        time.sleep(4)
        asleep_got = len(asleep.bytes)
        asleep.socket.settimeout(.2)
        try:
            while True:
                asleep.bytes += asleep.socket.recv(1 << 20)
        except TimeoutError:
            pass
        asleep_got = asleep.bytes.count(b'{"time_s"')
        rows = live.end()
        for thread in threads:
            thread.join()
        self.assertIn("0 frames lost in 0 overruns", live.words)
        self.assertEqual(len(rows), 582)
        self.assertTrue(all(len(answers) > 50 for answers in got), [len(answers) for answers in got])
        self.assertLess(asleep_got, 12, "answers pile up for a reader that sleeps")


unittest.main(argv=["live_page"])
