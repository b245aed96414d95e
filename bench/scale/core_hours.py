#!/usr/bin/env python3
"""What a library costs: core-hours for songs of 3.5 minutes, beside openSMILE and MusiCNN on the same song in the same run.

    pip install . opensmile onnx onnxruntime soundfile soxr librosa safetensors
    python3 bench/scale/core_hours.py [SONG...]      # the bundled demonstration over and over as MP3 otherwise

Processor time of one process each, from the file to the end. openSMILE: ComParE_2016's contours, from which emotions are still to
be computed. MusiCNN: its layers as published in ONNX Runtime, decoding, 16 kHz and mel bands with it, the whole file at once.
"""
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import librosa
import numpy as np
import onnxruntime
import opensmile
import soundfile
import soxr
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
sys.path += [str(HERE.parent / "ear"), str(HERE.parent / "python")]
from ear import hear, session  # noqa: E402
from python import seconds_of_children  # noqa: E402

from emotrack._program import PROGRAM  # noqa: E402

SONG_S, REPEATS = 210, 2


def made_song(folder):
    samples, rate = soundfile.read(MODELS / "demo.flac", dtype="float32", always_2d=True)
    path = pathlib.Path(folder) / "song.mp3"
    soundfile.write(path, np.resize(np.repeat(samples[:, :1], 2, 1), (SONG_S * rate, 2)), rate)
    return path


def seconds_of(run):
    began = time.process_time()
    run()
    return time.process_time() - began


def musicnn(network, song):
    samples, rate = soundfile.read(song, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(1), rate, 16000)
    bands = librosa.feature.melspectrogram(y=mono, sr=16000, n_fft=512, hop_length=256, n_mels=96)
    hear(network, np.log10(1 + 10000 * bands.T).astype(np.float32))


def main():
    with tempfile.TemporaryDirectory() as folder:
        songs = sys.argv[1:] or [made_song(folder)]
        length = sum(soundfile.info(song).duration for song in songs)
        smile = opensmile.Smile(opensmile.FeatureSet.ComParE_2016, opensmile.FeatureLevel.LowLevelDescriptors_Deltas)
        network = session(load_file(MODELS / "ear.safetensors"), False)
        times = {name: [] for name in ("emotrack annotate", "openSMILE, contours", "MusiCNN in ONNX Runtime")}
        for _ in range(REPEATS):
            ours, peer, ear = times.values()
            ours.append(sum(seconds_of_children(PROGRAM, "annotate", "-q", "-j", 1, song)[0] for song in songs))
            peer.append(seconds_of(lambda: [smile.process_file(song) for song in songs]))
            ear.append(seconds_of(lambda: [musicnn(network, song) for song in songs]))
    model = subprocess.run(["grep", "-m1", "model name", "/proc/cpuinfo"], capture_output=True, text=True).stdout
    print(f"one core of: {model.partition(':')[2].strip() or platform.machine()}\n")
    print("| | times real time | a song of 3.5 minutes | 100,000 songs | 1,000,000 | 10,000,000 |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, values in times.items():
        song_s = min(values) / length * SONG_S
        hours = " | ".join(f"{count * song_s / 3600:,.0f} h" for count in (10**5, 10**6, 10**7))
        print(f"| {name} | {SONG_S / song_s:.0f} | {song_s:.2f} s | {hours} |")


if __name__ == "__main__":
    onnxruntime.set_default_logger_severity(3)
    main()
