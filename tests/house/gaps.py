"""Data sets with gaps: every reader, `evaluate` and `train`, with each kind of file missing, empty, cut, a folder, of one song or of all.
A run ends with 0 or 1, never by a signal, and says what it left out in few lines.

    python3 tests/house/gaps.py build/tools/emotrack build/tests/model/write_music_model tests/data/golden/columns_deam_260.txt [1]

The last argument: all kinds of damage to all files (minutes); without it each file gets some of them."""
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import wave

PROGRAM, WRITE_MODEL, COLUMNS = sys.argv[1:4]
ALL = len(sys.argv) > 4
SONGS = range(1, 7)
TRAIN = ["--epochs", "1", "--window", "4", "--hidden", "4", "--channels", "2", "--blocks", "1", "--components", "2", "--batch", "4"]
LINES_MOST = 12


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def sound(path, seed, seconds=7):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draw = random.Random(seed)
    samples = [int(draw.gauss(0, 200 * seed) + 1500 * seed * math.sin(i * (.05 + .01 * seed) + 3 * math.sin(i / 900)) * (i // 4000 % 3))
               for i in range(8000 * seconds)]  # no descriptor may stand still
    with wave.open(path, "wb") as f:
        f.setparams((1, 2, 8000, 0, "NONE", ""))
        f.writeframes(struct.pack("<%dh" % len(samples), *samples))


def columns():
    with open(COLUMNS) as f:
        return f.read().split()


def features(seed, rows=14):
    draw = random.Random(seed)
    return [["%.3f" % (seed + draw.random()) for _ in columns()] for _ in range(rows)]


def deam(folder):
    times = range(2000, 6500, 500)
    for target, sign in (("arousal", 1), ("valence", -1)):
        write("%s/annotations/%s.csv" % (folder, target), "song_id," + ",".join("sample_%dms" % t for t in times) + "\n" +
              "".join("%d,%s\n" % (i, ",".join("%.2f" % (sign * i / 8) for _ in times)) for i in SONGS))
    for i in SONGS:
        sound("%s/MEMD_audio/%d.wav" % (folder, i), i)
        write("%s/features/%d.csv" % (folder, i), "\n".join([";".join(["frameTime", *columns()])] + [
            ";".join(["%.1f" % (k / 2), *row]) for k, row in enumerate(features(i))]) + "\n")
    write(folder + "/annotations/annotations averaged per song/song_level/static_annotations_averaged_songs_1_2000.csv",
          "song_id, valence_mean, valence_std, arousal_mean, arousal_std\n" + "".join("%d,5,1,5,1\n" % i for i in SONGS))


def pmemo(folder):
    write(folder + "/annotations/dynamic_annotations.csv", "musicId,frameTime,Arousal(mean),Valence(mean)\n" +
          "".join("%d,%.1f,%.2f,%.2f\n" % (i, 2 + k / 2, i / 8, 1 - i / 8) for i in SONGS for k in range(8)))
    write(folder + "/annotations/static_annotations_std.csv", "musicId,Arousal(std),Valence(std)\n" + "".join("%d,.1,.1\n" % i for i in SONGS))
    for i in SONGS:
        sound("%s/chorus/%d.mp3" % (folder, i), i)
    names = [c.replace("_amean", "_mean").replace("_stddev", "_std") for c in columns()]
    write(folder + "/features/dynamic_features.csv", ",".join(["musicId", "frameTime", *names]) + "\n" + "".join(
        ",".join([str(i), "%.1f" % (k / 2), *row]) + "\n" for i in SONGS for k, row in enumerate(features(i))))


def folder_of_songs(folder):
    for i in SONGS:
        sound("%s/%d.wav" % (folder, i), i)
    write(folder + "/labels.csv", "file,time_s,valence,arousal,group\n" +
          "".join("%d.wav,%d,%.2f,%.2f,g%d\n" % (i, k, i / 8, -i / 8, i) for i in SONGS for k in range(2, 7)))


def clips(folder):
    folder_of_songs(folder)
    write(folder + "/labels.csv", "file,valence,arousal\n" + "".join("%d.wav,%.2f,%.2f\n" % (i, i / 8, -i / 8) for i in SONGS))


def means(folder):
    write(folder + "/song_means.csv", ",".join(["song_id", "label_frames", "arousal_mean", "valence_mean", *columns()]) + "\n" +
          "".join(",".join([str(i), "9", "%.2f" % (i / 8), ".1", *features(i, 1)[0]]) + "\n" for i in SONGS))


def lose(path):
    os.unlink(path)


def empty(path):
    open(path, "w").close()


def cut(path):
    with open(path, "r+b") as f:
        f.truncate(os.path.getsize(path) * 6 // 10)


def a_folder(path):
    os.unlink(path)
    os.mkdir(path)


def noise(path):
    with open(path, "wb") as f:
        f.write(random.Random(1).randbytes(3000))


def short_lines(path):
    with open(path, errors="replace") as f:
        lines = f.read().splitlines()
    with open(path, "w") as f:
        f.write("\n".join(line[:len(line) // 2] for line in lines))


DAMAGES = [lose, empty, cut, a_folder, noise, short_lines]
CHANCE = random.Random(3)
runs = 0


def run(line, what):
    global runs
    runs += 1
    out = subprocess.run([PROGRAM, *line], capture_output=True, timeout=120)
    said = out.stderr.decode(errors="replace").splitlines()
    where = "%s\n%s\n%s" % (what, " ".join(line), "\n".join(said[:20]))
    assert out.returncode in (0, 1, 2), "%d: %s" % (out.returncode, where)
    assert out.returncode == 0 or said, "failed without a word: " + where
    assert len(said) <= LINES_MOST, "%d lines: %s" % (len(said), where)
    return out.returncode


def both(folder, what):
    source = ["--data", folder, "--quiet"]
    codes = [run(["evaluate", "--model", MODEL, *source], what)]
    if "MEANS" not in what:
        codes.append(run(["train", *source, *TRAIN, "--output", folder + ".safetensors"], what))
    return codes


def groups_of(place):
    """Files that are damaged together: each alone, the sounds of two songs, those of all, their features."""
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(place) for name in names if "/.emotrack" not in at)
    by_folder = {}
    for file in files:
        by_folder.setdefault(os.path.dirname(file), []).append(file)
    for folder, these in by_folder.items():
        songs = [f for f in these if os.path.basename(f)[0].isdigit()]
        yield from ([f] for f in these if f not in songs)
        if songs:
            yield songs[:2]
            yield songs


with tempfile.TemporaryDirectory() as place:
    MODEL = place + "/model.safetensors"
    subprocess.run([WRITE_MODEL, MODEL], check=True)
    for make in (deam, pmemo, folder_of_songs, clips, means):
        whole = "%s/%s" % (place, make.__name__)
        make(whole)
        name = make.__name__.upper()
        codes = both(whole, name + " whole")
        assert set(codes) == {0} or make is means, codes
        for files in list(groups_of(whole)):
            for damage in DAMAGES if ALL else CHANCE.sample(DAMAGES[1:], 1) + [lose]:
                damaged = whole + "-damaged"
                shutil.copytree(whole, damaged, ignore=shutil.ignore_patterns(".emotrack"))
                for file in files:
                    damage(file.replace(whole, damaged, 1))
                both(damaged, "%s: %s %s" % (name, damage.__name__, ", ".join(os.path.relpath(f, whole) for f in files)))
                shutil.rmtree(damaged)
    print("%d runs: none ended by a signal, none failed without a word" % runs)
