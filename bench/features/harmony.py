#!/usr/bin/env python3
"""Harmony and rhythm against librosa's definitions: same sounds at 44.1 kHz, the last row of each.

    pip install librosa
    cmake --build build --target bench_harmony
    python bench/features/harmony.py build/bench/features/bench_harmony SOUND...

The last second (nine for the pulse and the tempo) is computed anew with librosa, frames where the program has them, spectra up to
11 kHz: chroma_stft (power spectrum, tuned), tonnetz, spectral_contrast, onset_strength, tempo. Printed for every sound: the largest
difference; then, over the sounds, how numbers correlate (onset strength counts 26 mel bands here and 128 there; the tuning is a running
circular mean here and the most frequent one there).
"""
import csv
import io
import re
import subprocess
import sys

import librosa
import numpy as np
import soundfile

FRAME, HOP, ONSET_FRAME, ONSET_HOP, RATE_HZ = 8192, 4096, 4096, 1024, 44100
HALF = {"sr": RATE_HZ // 2, "n_fft": FRAME // 2}  # of a spectrum of which the upper half is left out
SECOND, ONSET_SECOND, PULSE = 11, 44, 388  # frames


def ours(program, path):
    done = subprocess.run([program, path], check=True, capture_output=True, text=True)
    last = list(csv.DictReader(io.StringIO(done.stdout)))[-1]
    return last, float(re.search(r"([\d.]+)% of a core", done.stderr).group(1))


def magnitudes(sound, frame, hop):
    """Frame n ends with sample hop (n + 1); zeros before the sound."""
    padded = np.concatenate([np.zeros(frame - hop, np.float32), sound])
    return np.abs(librosa.stft(padded, n_fft=frame, hop_length=hop, center=False))


def harmony(sound):
    s = magnitudes(sound, FRAME, HOP)[: FRAME // 4 + 1]
    tuning = librosa.estimate_tuning(S=s[:, -108:], **HALF)
    s = s[:, -SECOND - 1 :]
    chroma = librosa.feature.chroma_stft(S=s**2, tuning=tuning, **HALF)
    step = np.linalg.norm(np.diff(librosa.feature.tonnetz(chroma=chroma), axis=1), axis=0)
    chroma = chroma[:, 1:]
    share = chroma / np.maximum(chroma.sum(axis=0), 1e-30)
    return {
        "chroma": np.sort(chroma.mean(axis=1))[::-1],
        "change": step.mean(),
        "entropy": -(share * np.log2(np.maximum(share, 1e-30))).sum(axis=0).mean(),
        "contrast": librosa.feature.spectral_contrast(S=s[:, 1:], **HALF).mean(axis=1),
    }


def rhythm(sound):
    s = magnitudes(sound, ONSET_FRAME, ONSET_HOP) ** 2
    mel = librosa.power_to_db(librosa.feature.melspectrogram(S=s, sr=RATE_HZ, n_fft=ONSET_FRAME, fmax=11025), top_db=80)
    strength = librosa.onset.onset_strength(S=mel, sr=RATE_HZ, center=False)[-PULSE:]
    recent = strength[-ONSET_SECOND:]
    own = librosa.autocorrelate(strength - strength.mean())
    own = own / own[0] * len(own) / np.arange(len(own), 0, -1)
    low, high = int(np.ceil(0.25 * RATE_HZ / ONSET_HOP)), int(2 * RATE_HZ / ONSET_HOP)
    tempo = librosa.feature.tempo(onset_envelope=strength, sr=RATE_HZ, hop_length=ONSET_HOP, max_tempo=180)
    return {"strength": recent.mean(), "spread": recent.std(), "pulse": own[low:high].max(), "tempo": float(tempo[0])}


def columns(row, name, count):
    return np.array([float(row[f"harmony_{name}_{i + 1:{'02d' if count > 9 else 'd'}}"]) for i in range(count)])


def compare(program, path):
    row, share = ours(program, path)
    wide, _ = soundfile.read(path, dtype="float32", always_2d=True)
    mono = wide.mean(axis=1)[: int(float(row["time_s"]) * RATE_HZ)]
    theirs = {**harmony(mono), **rhythm(mono)}
    pairs = {
        "change": (float(row["harmony_change"]), theirs["change"]),
        "entropy": (float(row["harmony_chroma_entropy"]), theirs["entropy"]),
        "strength": (float(row["harmony_onset_strength_mean"]), theirs["strength"]),
        "spread": (float(row["harmony_onset_strength_stddev"]), theirs["spread"]),
        "pulse": (float(row["harmony_pulse_clarity"]), theirs["pulse"]),
        "tempo": (float(row["tempo_bpm"]), theirs["tempo"]),
    }
    for name, count in (("chroma", 12), ("contrast", 7)):
        for i, pair in enumerate(zip(columns(row, name, count), theirs[name])):
            pairs[f"{name} {i + 1}"] = pair
    return pairs, share


def main():
    program, paths, all_pairs = sys.argv[1], sys.argv[2:], []
    for path in paths:
        pairs, share = compare(program, path)
        all_pairs.append(pairs)
        chroma = max(abs(a - b) for name, (a, b) in pairs.items() if name.startswith("chroma"))
        contrast = max(abs(a - b) for name, (a, b) in pairs.items() if name.startswith("contrast"))
        print(f"{path.split('/')[-1]:24s} chroma {chroma:.3f}, contrast {contrast:.2f} dB, entropy {np.subtract(*pairs['entropy']):+.3f} bit, "
              f"change {np.subtract(*pairs['change']):+.3f}, tempo {pairs['tempo'][0]:.1f} / {pairs['tempo'][1]:.1f}; "
              f"{share:.2f}% of a core")
    if len(paths) < 3:
        return
    print(f"over {len(paths)} sounds: correlation, ours and theirs on the mean")
    for name in all_pairs[0]:
        a, b = np.array([p[name] for p in all_pairs]).T
        if a.std() > 0 and b.std() > 0:
            print(f"{name:12s} {np.corrcoef(a, b)[0, 1]:6.3f} {a.mean():8.3f} {b.mean():8.3f}")
    ratio = np.array([p["tempo"][0] / p["tempo"][1] for p in all_pairs if p["tempo"][1] > 0])
    near = [np.abs(ratio / level - 1) < 0.04 for level in (1, 2, 0.5)]
    print(f"tempo the same in {near[0].mean():.2f}, half or twice in {(near[1] | near[2]).mean():.2f} of the sounds")


if __name__ == "__main__":
    main()
