#!/usr/bin/env python3
"""publish.py BUILD SOUND: runs the benchmarks on one core each, keeps what they print in docs/results.json, and writes the
tables of docs/speed.md between their markers. Called by bench/run."""
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"


def output_of(*command):
    result = subprocess.run(["taskset", "-c", "0", *map(str, command)], capture_output=True, text=True, check=True)
    return result.stdout


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def find(pattern, text):
    match = re.search(pattern, text)
    if match is None:
        sys.exit(f"bench/publish.py: no line like '{pattern}' in:\n{text}")
    return [float(group) for group in match.groups()]


def features(build, sound):
    text = output_of(sys.executable, "-W", "ignore", HERE / "features/features.py", build / "bench/features/bench_features", sound)
    peer_us, peer_speed, ratio = find(r"([\d.]+) us a frame, ([\d.]+) times real time; ratio ([\d.]+)", text)
    ours_us, ours_speed = find(r"130 descriptors\s+([\d.]+) us a frame, ([\d.]+) times real time", text)
    rows = [["130 descriptors, one thread", f"openSMILE {peer_speed:.0f} x real time", f"{ours_speed:.0f} x real time", ratio]]
    text_command = output_of(sys.executable, "-W", "ignore", HERE / "features/command.py", build / "tools/emotrack", sound)
    for what, speed, its_ratio in re.findall(r"^(.*): (\d+) times real time(?:; ratio ([\d.]+))?$", text_command, re.M):
        written = what.startswith("130") and what.endswith("CSV")
        rows.append([f"`features`, file to file: {what}",
                     f"openSMILE {'and pandas ' * written}{float(speed) / float(its_ratio):.0f} x real time" if its_ratio else "",
                     f"{speed} x real time", float(its_ratio) if its_ratio else None])
    stages = re.findall(r"^(.*?)\s{2,}([\d.]+) us a frame$", text, re.M)
    return rows, {"us_a_frame": ours_us, "openSMILE_us_a_frame": peer_us, "stages_us": {k: float(v) for k, v in stages}}


def network(build):
    text = output_of(sys.executable, "-W", "ignore", HERE / "network/peers.py", build / "bench/network/bench_network")
    rows = [[*cells[:3], float(cells[3])] for line in text.splitlines() if line.startswith("| ")
            for cells in [[c.strip() for c in line.strip("|").split("|")]] if re.fullmatch(r"[\d.]+", cells[3])]
    return rows, text.splitlines()


def ear(build):
    models = HERE.parent / "models"
    text = output_of(sys.executable, "-W", "ignore", HERE / "ear/ear.py", build / "bench/ear/bench_ear", models / "ear.safetensors",
                     models / "demo.flac")
    speed, live_speed = (find(rf"{name} .*?([\d.]+) times real time", text)[0] for name in ("network, whole file", "all, live rows"))
    rows = []
    for graph in ("as published", "without its still filters"):
        whole, patch = find(rf"graph {graph}: whole file ([\d.]+) times real time, .*? ([\d.]+)\n", text)
        rows += [[f"whole file, network alone; peer's graph {graph}", f"ONNX Runtime {whole:.0f} x real time",
                  f"{speed:.0f} x real time", speed / whole],
                 ["the newest 3 s each half second; ours from 44.1 kHz on", f"ONNX Runtime {patch:.0f} x real time",
                  f"{live_speed:.0f} x real time ({100 / live_speed:.2f}% of a core)", live_speed / patch]]
    return rows, text.splitlines()


def tracker(build, sound):
    model = HERE.parent / "models/music.safetensors"
    text = output_of(sys.executable, "-W", "ignore", HERE / "tracker/peer.py", build / "bench/tracker/bench_tracker", sound, model)
    peer_speed, = find(r"0\.5 s grid: ([\d.]+) times real time \(openSMILE", text)
    runtime_share, = find(r"ONNX Runtime [\d.]+ ms, ([\d.]+)% of a core", text)
    shares = re.findall(r"^(\S.*?)\s+100 answers/s:\s+([\d.]+)% of a core", text, re.M)
    speed, = find(r"0\.5 s grid: ([\d.]+) times real time \(decoding", text)
    rows = [[f"100 answers a second, {name} network, whole chain", f"ONNX Runtime, network alone: {runtime_share:.1f}% of a core",
             f"{share}% of a core", runtime_share / float(share)] for name, share in shares if name != "seed size"]
    rows += [[f"100 answers a second, {name} network, whole chain", "", f"{share}% of a core", None]
             for name, share in shares if name == "seed size"]
    rows += [["a file on the 0.5 s grid, bundled model", f"openSMILE + NumPy + PyTorch {peer_speed:.0f} x real time",
              f"{speed:.0f} x real time", speed / peer_speed]]
    return rows, text.splitlines()


def table(rows):
    lines = ["| what | peer | emotrack | ratio |", "| --- | --- | --- | --- |"]
    lines += [f"| {what} | {peer} | {ours} | {'' if ratio is None else f'{ratio:.0f}'} |" for what, peer, ours, ratio in rows]
    return "\n".join(lines)


def write_tables(page, results):
    text = page.read_text()
    blocks = {name: table(results[name]["rows"]) for name in ("features", "ear", "network", "tracker")}
    blocks["machine"] = f"Measured on one core of: {results['processor']}."
    for name, block in blocks.items():
        text = re.sub(f"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{block}\n{m[2]}", text, flags=re.S)
    page.write_text(text)


def main():
    build, sound = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    results = {"processor": processor(), "sound": sound.name}
    for name, measured in (("features", features(build, sound)), ("ear", ear(build)), ("network", network(build)),
                           ("tracker", tracker(build, sound))):
        results[name] = {"rows": measured[0], "detail": measured[1]}
        print(f"{name}\n{table(measured[0])}\n")
    (DOCS / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write_tables(DOCS / "speed.md", results)


main()
