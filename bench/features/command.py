#!/usr/bin/env python3
"""The whole command `emotrack features`, from a file to its rows on disk, against openSMILE: same file, same core, same run,
processor time of one thread, decoding and our program's start included. A sound of less than two minutes is repeated up to there.

    pip install opensmile pandas soundfile
    python bench/features/command.py build/tools/emotrack SOUND

openSMILE reads the file and computes LowLevelDescriptors_Deltas of ComParE_2016; where we write contours as text, pandas
writes its frame as text too.
"""
import math
import os
import pathlib
import sys
import tempfile
import time

import numpy as np
import opensmile
import soundfile

REPEATS, LEAST_S = 4, 120
OURS = [
    ("functionals each 0.5 s, CSV", []),
    ("functionals each 0.5 s, npy", ["--format", "npy"]),
    ("130 contours each 10 ms, CSV", ["--frames"]),
    ("130 contours each 10 ms, npy", ["--frames", "--format", "npy"]),
    ("the ear's columns, CSV", ["--family", "ear"]),
    ("harmony's columns, CSV", ["--family", "harmony"]),
    ("all families, CSV", ["--family", "all"]),
]


def our_seconds(program, arguments, out):
    child = os.posix_spawn(program, [program, "features", "--quiet", "--jobs", "1", *arguments, "--output", str(out)], os.environ)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"command.py: emotrack features {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime


def their_seconds(smile, path, out):
    start = time.process_time()
    frame = smile.process_file(path)
    computed = time.process_time()
    if out:
        frame.to_csv(out)
    return computed - start, time.process_time() - start


def long_sound(path, folder):
    samples, rate_hz = soundfile.read(path, always_2d=True, dtype="int16")
    times = math.ceil(LEAST_S * rate_hz / len(samples))
    if times > 1:
        path = os.path.join(folder, "long.wav")
        soundfile.write(path, np.tile(samples, (times, 1)), rate_hz)
    return path, times * len(samples) / rate_hz


def main():
    program, path = sys.argv[1:3]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    smile = opensmile.Smile(feature_set=opensmile.FeatureSet.ComParE_2016, num_workers=1,
                            feature_level=opensmile.FeatureLevel.LowLevelDescriptors_Deltas)
    best, computed, written = [float("inf")] * len(OURS), float("inf"), float("inf")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        path, length_s = long_sound(path, folder)
        for repeat in range(REPEATS):
            if repeat % 2 == 0:
                peer = their_seconds(smile, path, out)
                computed, written = min(computed, peer[0]), min(written, peer[1])
            for i, (_, arguments) in enumerate(OURS):
                best[i] = min(best[i], our_seconds(program, [*arguments, path], out))
    print(f"{sys.argv[2]}: {length_s:.1f} s; openSMILE {opensmile.__version__}: {length_s / computed:.1f} times real time, "
          f"with its CSV {length_s / written:.1f}")
    for (what, arguments), seconds in zip(OURS, best):
        if "--family" in arguments:
            print(f"{what}: {length_s / seconds:.0f} times real time")
        else:
            peer = written if arguments == ["--frames"] else computed
            print(f"{what}: {length_s / seconds:.0f} times real time; ratio {peer / seconds:.1f}")


main()
