"""A hundred wrong command lines: each ends with 1 (failed) or 2 (wrong usage), never by a signal and never with 0, and says in one or
two lines on stderr what is wrong. The program runs as an ordinary user, so that a read-only folder is one."""
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import wave

PROGRAM, WRITE_MODEL = sys.argv[1:3]
NOBODY = 65534
USAGE, FAILED = 2, 1

# (exit code, what stderr holds, the command line); `e` is the program, the folder is made by set_up.
CASES = [
    (USAGE, "no command 'anotate'; did you mean 'annotate'", "e anotate tone.wav"),
    (USAGE, "no command", "e ''"),
    (USAGE, "no command", "e --frobnicate"),
    (USAGE, "no command", "e help nothing"),
    (USAGE, "no command", "e tone.wav"),
    # options
    (USAGE, "did you mean --step-ms?", "e annotate --stepms 10 tone.wav"),
    (USAGE, "no option", "e annotate --frobnicate tone.wav"),
    (USAGE, "no option -z", "e annotate -z tone.wav"),
    (USAGE, "needs a value", "e annotate tone.wav --step-ms"),
    (USAGE, "needs a value", "e annotate tone.wav -o"),
    (USAGE, "takes no value", "e annotate --quiet=yes tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms 0 tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms -10 tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms ten tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms 10.5 tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms '' tone.wav"),
    (USAGE, "--step-ms", "e annotate --step-ms 99999999999999999999 tone.wav"),
    (USAGE, "multiple of 10", "e annotate --step-ms 15 tone.wav"),
    (USAGE, "csv|jsonl", "e annotate --format xml tone.wav"),
    (USAGE, "csv|jsonl", "e annotate --format '' tone.wav"),
    (USAGE, "cpu|cuda|auto", "e annotate --device tpu tone.wav"),
    (USAGE, "--jobs", "e annotate --jobs 0 tone.wav"),
    (USAGE, "--jobs", "e annotate --jobs 1e9 tone.wav"),
    (USAGE, "--threads", "e annotate --threads -1 tone.wav"),
    (USAGE, "raw", "e annotate --raw s17le:44100:2 samples.raw"),
    (USAGE, "raw", "e annotate --raw s16le samples.raw"),
    (USAGE, "rate must be 4000 .. 768000", "e annotate --raw s16le:0:2 samples.raw"),
    (USAGE, "channels must be 1 .. 256", "e annotate --raw s16le:44100:0 samples.raw"),
    (USAGE, "help", "e annotate --help=nonsense"),
    # contradictions
    (USAGE, "no sound is named", "e annotate"),
    (USAGE, "exclude each other", "e annotate -o a.csv --output-dir out tone.wav"),
    (USAGE, "--output-dir", "e annotate --resume tone.wav"),
    (USAGE, "--plot", "e annotate --plot a.svg tone.wav tone.wav"),
    (USAGE, "takes no operands", "e live tone.wav"),
    (USAGE, "takes no operands", "e devices now"),
    (USAGE, "text|json", "e devices --format yaml"),
    (USAGE, "one model at a time", "e info one.safetensors two.safetensors"),
    (USAGE, "no sound", "e features"),
    (USAGE, "exclude each other", "e features -o a.csv --output-dir out tone.wav"),
    (USAGE, "deam|pmemo", "e features --layout iads tone.wav"),
    (USAGE, "--pitch-lag", "e features --pitch-lag 30 tone.wav"),
    (USAGE, "native|44100", "e features --rate 48000 tone.wav"),
    (USAGE, "name the folder of labelled songs", "e train -o m.safetensors"),
    (USAGE, "no --output", "e train --data deam"),
    (USAGE, "takes no operands", "e train deam -o m.safetensors"),
    (USAGE, "known: dselfattention", "e train --data deam -o m.safetensors --network transformer"),
    (USAGE, "--folds", "e train --data deam --folds 1"),
    (USAGE, "--epochs", "e train --data deam -o m.safetensors --epochs 0"),
    (USAGE, "--rate", "e train --data deam -o m.safetensors --rate nan"),
    (USAGE, "--rate", "e train --data deam -o m.safetensors --rate -1"),
    (USAGE, "--test", "e train --data deam -o m.safetensors --test 1"),
    (USAGE, "--dropout", "e train --data deam -o m.safetensors --dropout inf"),
    (USAGE, "--label-range", "e train --data deam -o m.safetensors --label-range 9:1"),
    (USAGE, "--label-range", "e train --data deam -o m.safetensors --label-range wide"),
    (USAGE, "known: quiet12", "e train --data deam -o m.safetensors --degrade earthquake"),
    (USAGE, "music|seed", "e train --data deam -o m.safetensors --recipe cake"),
    (USAGE, "name the folder of labelled songs", "e evaluate"),
    (USAGE, "text|json|csv", "e evaluate --data deam --format pdf"),
    (USAGE, "--joined", "e evaluate --data deam --joined x"),
    (USAGE, "known: quiet12", "e evaluate --data deam --degrade earthquake"),
    # files that are not there, or not what they should be
    (FAILED, "missing.wav: cannot be opened: No such file", "e annotate missing.wav"),
    (FAILED, "missing.wav: cannot be opened: No such file", "e annotate tone.wav missing.wav > rows.csv"),
    (FAILED, "missing.wav: cannot be opened: No such file", "e features missing.wav"),
    (FAILED, "folder: no sound in it", "e annotate folder"),
    (FAILED, "folder: no sound in it", "e features folder"),
    (FAILED, "empty.wav", "e annotate empty.wav"),
    (FAILED, "text.wav", "e annotate text.wav"),
    (FAILED, "text.wav", "e features text.wav"),
    (FAILED, "noise.mp3", "e annotate noise.mp3"),
    (FAILED, "cut.wav", "e annotate cut.wav > rows.csv"),
    (FAILED, "locked.wav: cannot be opened: Permission denied", "e annotate locked.wav"),
    (FAILED, "standard input", "e annotate - < /dev/null"),
    (FAILED, "standard input", "e annotate - <&-"),
    (FAILED, "standard input", "e annotate - < folder"),
    (FAILED, "short.raw: holds no sound", "e annotate --raw f64le:44100:2 short.raw"),
    (FAILED, "4 bytes are left over, and a frame has 6", "e annotate --raw s24le:44100:2 samples.raw > rows.csv"),
    # models
    (FAILED, "nomodel", "e annotate --model nomodel tone.wav"),
    (FAILED, "no.safetensors: No such file", "e annotate --model no.safetensors tone.wav"),
    (FAILED, "no.safetensors: No such file", "EMOTRACK_MODEL=no.safetensors e annotate tone.wav"),
    (FAILED, "folder", "e annotate --model ./folder tone.wav"),
    (FAILED, "text.wav", "e annotate --model text.wav tone.wav"),
    (FAILED, "empty.wav", "e annotate --model empty.wav tone.wav"),
    (FAILED, "broken.safetensors", "e annotate --model broken.safetensors tone.wav"),
    (FAILED, "half.safetensors", "e info half.safetensors"),
    (FAILED, "newer", "e annotate --model newer.safetensors tone.wav"),
    (FAILED, "newer", "e info newer.safetensors"),
    (FAILED, "locked.safetensors: Permission", "e info locked.safetensors"),
    (FAILED, "nomodel", "e info nomodel"),
    (FAILED, "/dev/zero", "e info /dev/zero"),
    (FAILED, "nomodel", "e live --model nomodel"),
    (FAILED, "nomodel", "e evaluate --model nomodel --data deam"),
    # data sets
    (FAILED, "nodata", "e train --data nodata -o m.safetensors"),
    (FAILED, "no known layout", "e train --data folder -o m.safetensors"),
    (FAILED, "tone.wav: not a text file", "e train --data tone.wav -o m.safetensors"),
    (FAILED, "PMEmo's layout", "e train --data deam --layout pmemo -o m.safetensors"),
    (FAILED, "no usable song", "e train --data deam -o m.safetensors"),
    (FAILED, "nomeans.csv", "e train --data songs --song-means nomeans.csv -o m.safetensors"),
    (FAILED, "noparts.csv", "e train --data songs --songs noparts.csv -o m.safetensors"),
    (FAILED, "nodata", "e evaluate --model good.safetensors --data nodata"),
    (FAILED, "/no/such/folder/m.safetensors: cannot be written", "e train --data songs -o /no/such/folder/m.safetensors --epochs 1"),
    (FAILED, "readonly/m.safetensors: cannot be written: Permission denied", "e train --data songs -o readonly/m.safetensors --epochs 1"),
    # where the rows go
    (FAILED, "/no/such/folder", "e annotate -o /no/such/folder/rows.csv tone.wav"),
    (FAILED, "readonly", "e annotate -o readonly/rows.csv tone.wav"),
    (FAILED, "readonly", "e annotate --output-dir readonly/rows tone.wav"),
    (FAILED, "readonly", "e annotate --output-dir readonly tone.wav"),
    (FAILED, "folder", "e annotate -o folder tone.wav"),
    (FAILED, "tone.wav", "e annotate --output-dir tone.wav tone.wav"),
    (FAILED, "readonly", "e annotate --plot readonly/a.svg tone.wav > rows.csv"),
    (FAILED, "readonly", "e features -o readonly/rows.csv tone.wav"),
    (FAILED, "standard output", "e annotate tone.wav > /dev/full"),
    (FAILED, "standard output", "e features tone.wav > /dev/full"),
    (FAILED, "standard output", "e info good.safetensors > /dev/full"),
    (FAILED, "standard output", "e info > /dev/full"),
    (FAILED, "standard output", "e devices > /dev/full"),
    (FAILED, "standard output", "e --help > /dev/full"),
    (FAILED, "standard output", "e annotate --help > /dev/full"),
    (FAILED, "standard output", "e --version > /dev/full"),
    (FAILED, "/dev/full", "e annotate -o /dev/full tone.wav"),
    (FAILED, "standard output", "e annotate tone.wav >&-"),
    (FAILED, "standard output", "e features tone.wav >&-"),
    (FAILED, "standard output", "e info >&-"),
    (FAILED, "standard output", "e annotate --help >&-"),
    # live, where there is no microphone
    (FAILED, "input", "e live --duration-s 1"),
    (FAILED, "input", "e live --input nosuch --duration-s 1"),
    (USAGE, "--rate", "e live --rate 1"),
    (USAGE, "--duration-s", "e live --duration-s -1"),
    (USAGE, "multiple of 10", "e live --step-ms 15"),
]


def write_bytes(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def make_sounds(folder):
    with wave.open(folder + "/tone.wav", "wb") as f:
        f.setparams((1, 2, 44100, 0, "NONE", ""))
        f.writeframes(struct.pack("<44100h", *[int(9000 * random.gauss(0, .3)) for _ in range(44100)]) * 2)
    with open(folder + "/tone.wav", "rb") as f:
        sound = f.read()
    write_bytes(folder, "cut.wav", sound[:-50001])
    write_bytes(folder, "locked.wav", sound)
    write_bytes(folder, "empty.wav", b"")
    write_bytes(folder, "text.wav", b"this is not a sound\n" * 50)
    write_bytes(folder, "noise.mp3", random.Random(1).randbytes(3000))
    write_bytes(folder, "short.raw", b"12345")
    write_bytes(folder, "samples.raw", bytes(4000))
    os.chmod(folder + "/locked.wav", 0)


def make_models(folder):
    subprocess.run([WRITE_MODEL, folder + "/good.safetensors"], check=True)
    with open(folder + "/good.safetensors", "rb") as f:
        model = f.read()
    length = struct.unpack("<Q", model[:8])[0]
    header = json.loads(model[8:8 + length])
    header["__metadata__"]["format_version"] = "999"
    newer = json.dumps(header).encode()
    write_bytes(folder, "newer.safetensors", struct.pack("<Q", len(newer)) + newer + model[8 + length:])
    write_bytes(folder, "broken.safetensors", model[:8] + b"x" * 100 + model[108:])
    write_bytes(folder, "half.safetensors", model[:len(model) // 2])
    write_bytes(folder, "locked.safetensors", model)
    os.chmod(folder + "/locked.safetensors", 0)


def make_data(folder):
    for name in ("folder", "readonly", "deam/annotations", "songs"):
        os.makedirs(os.path.join(folder, name))
    for name in ("arousal", "valence"):
        write_bytes(folder, "deam/annotations/%s.csv" % name, b"song_id,sample_15000ms\n1,.5\n")
    write_bytes(folder, "songs/labels.csv", b"file,valence,arousal\n" + b"".join(b"%d.wav,.%d,.%d\n" % (i, i, i) for i in range(1, 7)))
    for i in range(1, 7):
        shutil.copy(folder + "/tone.wav", folder + "/songs/%d.wav" % i)


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder = place.name
        make_sounds(cls.folder)
        make_models(cls.folder)
        make_data(cls.folder)
        os.symlink(os.path.abspath(PROGRAM), cls.folder + "/e")
        cls.user = {}
        if os.geteuid() == 0:
            cls.user = {"user": NOBODY, "group": NOBODY}
            for path, folders, files in os.walk(cls.folder):
                for name in [path] + [os.path.join(path, f) for f in folders + files]:
                    os.chown(name, NOBODY, NOBODY, follow_symlinks=False)
        os.chmod(cls.folder + "/readonly", 0o555)
        cls.addClassCleanup(os.chmod, cls.folder + "/readonly", 0o755)
        cls.environment = {"PATH": cls.folder + ":" + os.environ["PATH"], "HOME": cls.folder, "XDG_RUNTIME_DIR": cls.folder,
                           "EMOTRACK_MODEL": "good.safetensors", "LC_ALL": "C.UTF-8",
                           "ASAN_OPTIONS": "detect_leaks=0"}  # drivers of sound devices leak a little
        if cls.user and cls.call("e --version").returncode != 0:
            cls.user = {}  # the build lies where only root may look

    @classmethod
    def call(cls, command):
        return subprocess.run(["bash", "-c", command], cwd=cls.folder, env=cls.environment, capture_output=True, text=True, timeout=30,
                              **cls.user)

    def test_each_says_what_is_wrong(self):
        self.assertGreaterEqual(len(CASES), 100)
        for code, words, command in CASES:
            if os.geteuid() == 0 and not self.user and ("readonly" in command or "locked" in command):
                continue  # nothing is locked for root
            with self.subTest(command=command):
                out = self.call(command)
                self.assertEqual(out.returncode, code, out.stderr)
                self.assertIn(len(out.stderr.splitlines()), (1, 2), out.stderr)
                self.assertIn(words, out.stderr)


unittest.main(argv=["faults"])
