#!/usr/bin/env python3
"""make_demo.py FILE.wav: models/demo.flac before packing, the bundled demonstration, 24 s of synthesised sound that anyone may use: twelve seconds of slow, soft
chords in a minor key, then twelve of a fast band with drums in a major key. Needs NumPy; the same bytes every time."""
import sys
import wave

import numpy as np

RATE_HZ = 44100
rng = np.random.default_rng(7)


def hertz(note):
    return 440.0 * 2 ** ((note - 69) / 12)


def tone(note, seconds, harmonics, attack_s, decay_s):
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave_form = sum(a * np.sin(2 * np.pi * hertz(note) * (k + 1) * t) for k, a in enumerate(harmonics))
    return wave_form * np.minimum(t / attack_s, 1) * np.exp(-t / decay_s)


def add(track, at_s, sound, gain):
    at = int(at_s * RATE_HZ)
    sound = sound[: max(0, len(track) - at)]
    track[at : at + len(sound)] += gain * sound


def kick():
    t = np.arange(int(0.25 * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * (45 * t + 12 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)


def noise(seconds, decay_s):
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return rng.standard_normal(len(t)) * np.exp(-t / decay_s)


def calm(track):
    chords = [(57, 60, 64), (53, 57, 60), (50, 53, 57), (52, 56, 59)]
    for i, chord in enumerate(chords):
        for j, note in enumerate(chord):
            add(track, 3 * i + 0.35 * j, tone(note, 3.4, [1, 0.35, 0.12, 0.05], 0.25, 1.6), 0.055)
        add(track, 3 * i, tone(chord[0] - 12, 3.4, [1, 0.2], 0.3, 2.0), 0.06)


def lively(track):
    chords = [(60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67)]
    beat_s = 60 / 150
    for i in range(int(12 / beat_s)):
        at_s, chord = 12 + i * beat_s, chords[(i // 4) % 4]
        add(track, at_s, kick(), 0.55)
        add(track, at_s + beat_s / 2, noise(0.12, 0.035), 0.10)
        if i % 2:
            add(track, at_s, noise(0.2, 0.06), 0.16)
        add(track, at_s, tone(chord[0] - 24, beat_s, [1, 0.6, 0.4, 0.3, 0.2], 0.004, 0.3), 0.16)
        for note in chord:
            for half in (0, 0.5):
                add(track, at_s + half * beat_s, tone(note + 12, 0.2, [1, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15], 0.003, 0.12), 0.07)
        add(track, at_s, tone(chord[(i * 2) % 3] + 24, beat_s, [1, 0.5, 0.3, 0.2], 0.01, 0.35), 0.09)


track = np.zeros(24 * RATE_HZ)
calm(track)
lively(track)
samples = np.round(np.clip(track, -0.98, 0.98) * 32767).astype("<i2")
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE_HZ)
    file.writeframes(samples.tobytes())
