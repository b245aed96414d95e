#!/usr/bin/env python3
"""Descriptors against openSMILE: same sound, same core, same run, processor time of one thread, decoding left out.

    pip install opensmile
    cmake --build build --target bench_features
    python bench/features/features.py build/bench/features/bench_features SOUND...

openSMILE computes LowLevelDescriptors_Deltas of ComParE_2016 (which computes the descriptors on the way). With valgrind
installed, instructions a frame by function come last.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import audiofile
import opensmile

REPEATS = 5


def opensmile_seconds(path):
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.ComParE_2016,
        feature_level=opensmile.FeatureLevel.LowLevelDescriptors_Deltas,
        num_workers=1,
    )
    signal, rate_hz = audiofile.read(path, always_2d=True)
    mono = signal.mean(axis=0, keepdims=True)
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        smile.process_signal(mono, rate_hz)
        best = min(best, time.process_time() - start)
    return best, mono.shape[1] / rate_hz


def our_report(program, path):
    return subprocess.run([program, path, str(2 * REPEATS)], check=True, capture_output=True, text=True).stdout


def instructions(program, path):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=descriptors_push", f"--callgrind-out-file={out}",
             program, path, "1", "--only-whole"], check=True, capture_output=True, text=True)
        frames = int(re.search(r"(\d+) frames", run.stdout).group(1))
        table = subprocess.run(["callgrind_annotate", "--auto=no", out], check=True, capture_output=True, text=True).stdout
    counts = {}
    for line in table.splitlines():
        found = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(?:.*:)?([^\s:]+)(?: \[.*)?$", line)
        if found:
            name = found.group(2) if not found.group(2).startswith("0x") else "FFTW"
            counts[name] = counts.get(name, 0) + int(found.group(1).replace(",", "")) / frames
    print("instructions a frame (AVX2: valgrind knows no AVX-512)")
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        if count >= 1000:
            print(f"  {count:10.0f}  {name}")


def main():
    program, paths = sys.argv[1], sys.argv[2:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for path in paths:
        theirs, length = opensmile_seconds(path)
        report = our_report(program, path)
        ours = float(re.search(r"130 descriptors\s+([\d.]+) us", report).group(1)) * 1e-6
        frames = int(re.search(r"(\d+) frames", report).group(1))
        print(f"{path}: openSMILE {opensmile.__version__} {theirs / frames * 1e6:.1f} us a frame, "
              f"{length / theirs:.1f} times real time; ratio {theirs / frames / ours:.1f}")
        print(report)
    if shutil.which("valgrind"):
        instructions(program, paths[0])


if __name__ == "__main__":
    main()
