"""click.py EMOTRACK SOUND.wav...: what 17 samples of noise at full scale do to the answers, before the sound begins and five seconds into it,
and what a ramp over the first 10 ms does to both. 16-bit mono files of at least 8 s."""
import csv
import io
import os
import random
import struct
import subprocess
import sys
import tempfile
import wave


def answers(samples, rate_hz):
    with tempfile.NamedTemporaryFile(suffix=".wav", delete=False) as place:
        pass
    with wave.open(place.name, "wb") as f:
        f.setparams((1, 2, rate_hz, 0, "NONE", ""))
        f.writeframes(struct.pack("<%dh" % len(samples), *samples))
    rows = subprocess.run([sys.argv[1], "annotate", place.name], capture_output=True, text=True, check=True).stdout
    os.unlink(place.name)
    return {float(row["time_s"]): (float(row["valence"]), float(row["arousal"])) for row in csv.DictReader(io.StringIO(rows))}


def ramped(samples, rate_hz):
    count = rate_hz // 100
    return [int(s * min(1, i / count) ** 2) for i, s in enumerate(samples)]


def moved(a, b, times):
    return "  ".join("%+.3f %+.3f" % tuple(y - x for x, y in zip(a[t], b[t])) for t in times)


for path in sys.argv[2:]:
    with wave.open(path) as f:
        rate_hz = f.getframerate()
        sound = list(struct.unpack("<%dh" % f.getnframes(), f.readframes(f.getnframes())))
    draw = random.Random(1)
    click = [draw.randint(-32768, 32767) for _ in range(17)]
    plain, late = answers(sound, rate_hz), sound[:5 * rate_hz] + click + sound[5 * rate_hz + 17:]
    print("%s: valence and arousal move by" % os.path.basename(path))
    print("  click at the start, after 1, 2, 4 s    " + moved(plain, answers(click + sound, rate_hz), (1, 2, 4)))
    print("  the same with a ramp                   " + moved(plain, answers(ramped(click + sound, rate_hz), rate_hz), (1, 2, 4)))
    print("  a ramp and no click                    " + moved(plain, answers(ramped(sound, rate_hz), rate_hz), (1, 2, 4)))
    print("  click at 5 s, after 5.5, 6, 7 s        " + moved(plain, answers(late, rate_hz), (5.5, 6, 7)))
