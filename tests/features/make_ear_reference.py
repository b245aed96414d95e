#!/usr/bin/env python3
"""tests/data/golden/ear/speech_16k.safetensors: what the learned ear must hear in a golden sound, straight from the paper's
definitions in double precision. Every tenth frame is kept.

    pip install numpy safetensors soundfile
    python3 tests/features/make_ear_reference.py
"""
import os

import numpy
import soundfile
from safetensors.numpy import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = 10


def mel_bank():
    mel = numpy.linspace(0, 15 + numpy.log(8) * 27 / numpy.log(6.4), 98)
    edge = numpy.where(mel < 15, mel * 200 / 3, 1000 * numpy.exp((mel - 15) * numpy.log(6.4) / 27))
    hz = numpy.arange(257) * 31.25
    low, middle, high = edge[:-2, None], edge[1:-1, None], edge[2:, None]
    return numpy.maximum(0, numpy.minimum((hz - low) / (middle - low), (high - hz) / (high - middle))) * 2 / (high - low)


def main():
    weights = {k: v.astype(float) for k, v in load_file(HERE + "/../../models/ear.safetensors").items()}
    sound, _ = soundfile.read(HERE + "/../data/golden/audio/speech_16k.wav")
    sound = numpy.pad(sound, (256, 256))
    frames = numpy.lib.stride_tricks.sliding_window_view(sound, 512)[::256]
    window = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(512) / 512)
    power = numpy.abs(numpy.fft.rfft(frames * window)) ** 2 @ mel_bank().T

    def norm(x, layer):
        w = {k: weights[f"{layer}.norm.{k}"] for k in ("mean", "variance", "gamma", "beta")}
        return (x - w["mean"]) / numpy.sqrt(w["variance"] + 1e-3) * w["gamma"] + w["beta"]

    def convolve(x, layer):
        kernel = weights[layer + ".kernel"][:, :, 0]
        taps, width = kernel.shape[:2]
        padded = numpy.pad(x, (((taps - 1) // 2, taps // 2), (0, 0)))
        windows = numpy.lib.stride_tricks.sliding_window_view(padded, (taps, width))
        sums = numpy.stack([numpy.tensordot(w, kernel, 2) for w in windows])
        return norm(numpy.maximum(sums + weights[layer + ".bias"], 0), layer)

    x = norm(numpy.log10(1 + 10000 * power)[..., None], "input")[..., 0]
    fronts = ("timbre_high", "timbre_low", "rhythm_128", "rhythm_64", "rhythm_32")
    front = numpy.concatenate([convolve(x, layer).max(1) for layer in fronts], 1)
    first = convolve(front, "middle_1")[:, 0]
    second = convolve(first, "middle_2")[:, 0] + first
    third = convolve(second, "middle_3")[:, 0] + second
    rows = {"mel_power": power, "front": front, "middle": numpy.concatenate([first, second, third], 1)}
    os.makedirs(HERE + "/../data/golden/ear", exist_ok=True)
    save_file({"speech_16k." + k: numpy.ascontiguousarray(v[::KEPT].astype(numpy.float32)) for k, v in rows.items()},
              HERE + "/../data/golden/ear/speech_16k.safetensors")


if __name__ == "__main__":
    main()
