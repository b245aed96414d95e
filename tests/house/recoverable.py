"""What tests of killed and starved runs share: the two commands that resume, small things to run them on, and what must come of them."""
import os
import random
import struct
import subprocess
import wave


def write_tones(folder, count):
    """Sounds of 1 to 4 seconds, noise of its own each."""
    os.makedirs(folder)
    for i in range(count):
        noise = random.Random(i)
        frames = 44100 + noise.randrange(3 * 44100)
        level = [noise.uniform(.1, 1) for _ in range(40)]
        samples = [int(9000 * level[k * 40 // frames] * noise.uniform(-1, 1)) for k in range(frames)]
        with wave.open(os.path.join(folder, "song%d.wav" % i), "wb") as f:
            f.setparams((1, 2, 44100, 0, "NONE", ""))
            f.writeframes(struct.pack("<%dh" % frames, *samples))
    return [os.path.join(folder, "song%d.wav" % i) for i in range(count)]


def write_deam(folder, columns, songs=24):
    """Labelled feature rows in DEAM's layout."""
    os.makedirs(folder + "/features")
    os.makedirs(folder + "/annotations")
    with open(columns) as f:
        header = ";".join(["frameTime"] + f.read().split())
    label = {"arousal": [], "valence": []}
    for song in range(1, songs + 1):
        chance = random.Random(song)
        mood = {name: chance.uniform(-.6, .6) for name in label}
        for name in label:
            label[name].append(",".join([str(song)] + ["%.4f" % (mood[name] + .02 * chance.random()) for _ in range(6)]))
        rows = [";".join([str(r / 2)] + ["%.4f" % (2 + mood["arousal" if c % 2 else "valence"] * (c % 7) / 3 + .3 * chance.random())
                                         for c in range(260)]) for r in range(36)]
        with open("%s/features/%d.csv" % (folder, song), "w") as f:
            f.write("\n".join([header] + rows) + "\n")
    for name, rows in label.items():
        head = ",".join(["song_id"] + ["sample_%dms" % t for t in range(15000, 18000, 500)])
        with open("%s/annotations/%s.csv" % (folder, name), "w") as f:
            f.write("\n".join([head] + rows) + "\n")


def bytes_of(path):
    with open(path, "rb") as f:
        return f.read()


class Annotate:
    """A folder of sounds into a folder of rows."""

    def __init__(self, program, model, place, sounds):
        self.files = write_tones(place + "/in", sounds)
        self.command = [program, "annotate", "--model", model, "--step-ms", "10", "--jobs", "2", "--resume", "--output-dir"]

    def line(self, out):
        return [*self.command, out, *self.files]

    def result(self, out):
        """What must not differ; what is left over is in it too."""
        return {name: bytes_of(os.path.join(out, name)) for name in os.listdir(out) if name != "emotrack.jsonl"}


class Train:
    """A data set into a model: two networks, early stopping."""

    def __init__(self, program, place, columns):
        write_deam(place + "/deam", columns)
        self.command = [program, "train", "--data", place + "/deam", "--window", "4", "--hidden", "4", "--channels", "2", "--blocks",
                        "1", "--components", "8", "--batch", "24", "--epochs", "12", "--patience", "2", "--ensemble", "2", "--resume", "--quiet",
                        "--output"]
        self.chance = random.Random(1)

    def line(self, out):
        os.makedirs(out, exist_ok=True)
        return [*self.command, out + "/model.safetensors", "--threads", str(self.chance.randint(1, 3))]

    def result(self, out):
        found = {name: bytes_of(os.path.join(out, name)) for name in os.listdir(out)}
        log = found["model.safetensors.log.csv"].decode().splitlines()
        found["model.safetensors.log.csv"] = [row.rpartition(",")[0] for row in log]  # the last column is the time it took
        return found


def run(line, **options):
    return subprocess.run(line, capture_output=True, text=True, timeout=600, **options)
