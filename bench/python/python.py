#!/usr/bin/env python3
"""What Python costs beside the program and the C library: the same sound, one thread, processor time, in turns.

    pip install . && cmake --build build --target bench_tracker
    python3 bench/python/python.py build/bench/tracker/bench_tracker [SOUND]

SOUND: a WAV of a minute or more; the bundled demonstration over and over otherwise.
"""
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

import emotrack
import numpy as np
from emotrack._program import PROGRAM

REPEATS = 3
MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"


def long_wav(folder, seconds=210):
    import wave

    with emotrack.SoundFile(MODELS / "demo.flac") as sound:
        samples = np.concatenate([block.copy() for block in sound.blocks()])
    whole = np.resize((samples * 32767).astype("<i2"), (int(seconds * sound.rate), sound.channels))
    path = pathlib.Path(folder) / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((sound.channels, 2, int(sound.rate), 0, "NONE", ""))
        file.writeframes(whole.tobytes())
    return path


def seconds_of_children(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, text


def seconds_of(run):
    began = time.process_time()
    run()
    return time.process_time() - began


def pushed(model, samples, rate):
    """Share of a core for 10 ms blocks, an answer each."""
    hop = int(rate / 100)
    blocks = [samples[at:at + hop] for at in range(0, len(samples) - hop, hop)]
    with emotrack.Tracker(model, rate, samples.shape[1]) as tracker:
        began = time.process_time()
        for block in blocks:
            for answer in tracker.push(block):
                answer["valence"], answer["arousal"]
        return (time.process_time() - began) / (len(blocks) / 100)


def main():
    bench = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        sound = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else long_wav(folder)
        model = emotrack.Model(MODELS / "music.safetensors")
        with emotrack.SoundFile(sound) as file:
            rate, samples = file.rate, np.concatenate([block.copy() for block in file.blocks()])[:int(60 * file.rate)]
        figures = {name: [] for name in ("program", "annotate", "library", "push")}
        for _ in range(REPEATS):
            figures["program"].append(seconds_of_children(PROGRAM, "annotate", "-q", "-j", 1, "--model", model.path, sound)[0])
            figures["annotate"].append(seconds_of(lambda: emotrack.annotate(sound, model=model.path)))
            text = seconds_of_children(bench, sound, model.path)[1]
            figures["library"].append(float(re.search(r"^music\s+100 answers/s:\s+([\d.]+)%", text, re.M)[1]) / 100)
            figures["push"].append(pushed(model, samples, rate))
    best = {name: min(values) for name, values in figures.items()}
    print(f"a file: the program {best['program']:.2f} s, annotate {best['annotate']:.2f} s; "
          f"ratio {best['annotate'] / best['program']:.3f}")
    print(f"10 ms blocks, 100 answers a second: the library {100 * best['library']:.2f}% of a core, "
          f"push {100 * best['push']:.2f}%; ratio {best['push'] / best['library']:.2f}")


if __name__ == "__main__":
    main()
