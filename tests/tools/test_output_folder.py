"""A folder of results: nothing is lost without a word, whoever writes into it at the same time, whatever files are called.

    python3 tests/tools/test_output_folder.py build/tools/emotrack tests/data/golden build/tests/model/write_music_model [SOUNDS]

SOUNDS is how many the processes that are killed share (160; one run of 2000 takes minutes)."""
import glob
import json
import os
import random
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
SOUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 160
PROCESSES = 8


def bytes_of(path):
    with open(path, "rb") as f:
        return f.read()


def write_sound(path, seconds=.1, seed=0):
    draw = random.Random(seed)
    samples = [int(draw.gauss(0, 3000)) for _ in range(4410)] * int(seconds * 10)
    with wave.open(path, "wb") as f:
        f.setparams((1, 2, 44100, 0, "NONE", ""))
        f.writeframes(struct.pack("<%dh" % len(samples), *samples))


def path_in(line, key):
    """A path of the record, as bytes."""
    if key + "_bytes" in line:
        return urllib.parse.unquote_to_bytes(line[key + "_bytes"])
    return line[key].encode()


def record_of(folder):
    """What the record says of each sound in the end: {path: {name, state, ...}}"""
    lines = [json.loads(line) for line in bytes_of(os.path.join(folder, "emotrack.jsonl")).splitlines()]
    assert lines[0] == {"program": "emotrack", "record": 2}, lines[0]
    sounds, by_name = {}, {}
    for line in lines[1:]:
        if "sound" in line:
            entry = sounds[path_in(line, "sound")] = {"name": path_in(line, "name"), **line}
            entry["name"] = path_in(line, "name")
            by_name[entry["name"]] = entry
        elif "name" in line:
            by_name[path_in(line, "name")].update(state=line["state"], rows=line.get("rows"), problem=line.get("problem"))
    return sounds


class OutputFolder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.model = os.path.join(place.name, "test.safetensors")
        subprocess.run([WRITE_MODEL, cls.model], check=True)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = self.path("out")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def line(self, *arguments, command="annotate"):
        return [PROGRAM, command, *(["--model", self.model] if command == "annotate" else []), *arguments]

    def run_it(self, *arguments, code=0, command="annotate", **options):
        out = subprocess.run(self.line(*arguments, command=command), capture_output=True, timeout=200, **options)
        self.assertEqual(out.returncode, code, out.stderr)
        return out.stderr.decode(errors="replace")

    def sounds(self, count, where="in"):
        os.makedirs(self.path(where), exist_ok=True)
        files = [self.path(where, "s%04d.wav" % i) for i in range(count)]
        for i, file in enumerate(files):
            write_sound(file, seed=i)
        return files

    def results(self, folder, extension=".csv"):
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return {name: bytes_of(os.path.join(folder, name)) for name in names if name.endswith(extension)}

    # ---- processes

    def test_eight_processes_killed_at_random_lose_nothing(self):
        """Each does its own sounds and some that others do too, is killed and goes on."""
        files = self.sounds(SOUNDS)
        self.run_it("--output-dir", self.path("whole"), *files)
        draw, kills = random.Random(7), 0
        shares = [files[k::PROCESSES] + files[:PROCESSES] for k in range(PROCESSES)]
        lines = [self.line("-q", "--resume", "--jobs", "2", "--output-dir", self.out, *share) for share in shares]
        seen = {}
        for step in range(4 + SOUNDS // 40):
            running = [subprocess.Popen(line, stderr=subprocess.PIPE) for line in lines]
            last = step == 3 + SOUNDS // 40
            for process in running:
                try:
                    process.wait(200 if last else draw.uniform(.005, .1))
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
            for process in running:
                said = process.communicate()[1]
                self.assertIn(process.returncode, (0,) if last else (0, -signal.SIGKILL), said)
                self.assertEqual(said, b"")
            there = self.results(self.out)
            self.assertLessEqual(set(seen), set(there), "results went away")
            seen = there
        self.assertGreater(kills, 3, "nothing was killed: nothing was tested")
        print("%d kills among %d sounds" % (kills, SOUNDS))
        self.assertEqual(seen, self.results(self.path("whole")))
        states = {path: entry["state"] for path, entry in record_of(self.out).items()}
        self.assertEqual(sorted(states), sorted(f.encode() for f in files))
        self.run_it("--output-dir", self.out, "--resume", *files)
        self.assertEqual(len(os.listdir(self.out)), len(files) + 1, "something is left over")

    def test_processes_at_once_share_one_record(self):
        files = self.sounds(40)
        running = [subprocess.Popen(self.line("-q", "--output-dir", self.out, *files[k::PROCESSES])) for k in range(PROCESSES)]
        self.assertEqual([process.wait(200) for process in running], [0] * PROCESSES)
        self.assertEqual({entry["state"] for entry in record_of(self.out).values()}, {"done"})
        self.assertEqual(len(record_of(self.out)), 40)
        self.assertEqual(len(self.results(self.out)), 40)

    def test_sounds_of_one_name_keep_apart_in_processes_at_once(self):
        files = []
        for k in range(PROCESSES):
            os.makedirs(self.path("in%d" % k))
            files.append(self.path("in%d" % k, "same.wav"))
            write_sound(files[-1], seed=k)
        running = [subprocess.Popen(self.line("-q", "--output-dir", self.out, file)) for file in files]
        self.assertEqual([process.wait(200) for process in running], [0] * PROCESSES)
        self.assertEqual(len(self.results(self.out)), PROCESSES)
        self.assertEqual(len({entry["name"] for entry in record_of(self.out).values()}), PROCESSES)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_the_folder_is_listed_once_whatever_is_done(self):
        files = self.sounds(50)
        self.run_it("--output-dir", self.out, *files)
        trace = self.path("trace")
        traced = subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=getdents64,readdir", *self.line("--output-dir", self.out, "--resume", *files)],
                                capture_output=True, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        if traced.returncode:
            self.skipTest("strace cannot trace here")
        self.assertLess(bytes_of(trace).count(b"getdents64("), 10)

    def test_a_record_does_not_grow_for_ever(self):
        files = self.sounds(2)
        self.run_it("--output-dir", self.out, *files)
        record = os.path.join(self.out, "emotrack.jsonl")
        with open(record, "ab") as f:
            f.write(b'{"run":"x","name":"s0000","state":"done","rows":1}\n' * 6000)
        self.run_it("--output-dir", self.out, "--resume", *files)
        self.assertLess(os.path.getsize(record), 3000)
        self.assertEqual({entry["state"] for entry in record_of(self.out).values()}, {"done"})

    def test_a_line_that_a_crash_has_cut_spoils_no_other(self):
        files = self.sounds(3)
        self.run_it("--output-dir", self.out, files[0])
        with open(os.path.join(self.out, "emotrack.jsonl"), "ab") as f:
            f.write(b'{"run":"x","sound":"/no')
        self.run_it("--output-dir", self.out, *files)
        said = self.run_it("--output-dir", self.out, "--resume", *files)
        self.assertIn("3 of 3 sounds were done before", said)

    # ---- names

    def test_names_that_are_not_utf8_keep_their_bytes(self):
        names = [b"caf\xe9", b"caf\xe8", b"caf?", b"caf\xc3\xa9", b"100% \x01\n"]
        os.makedirs(self.path("in"))
        files = [os.path.join(self.path("in").encode(), name + b".wav") for name in names]
        for i, file in enumerate(files):
            write_sound(file.decode(errors="surrogateescape"), seed=i)
        self.run_it("--output-dir", self.out, *files)
        self.assertEqual(sorted(n for n in os.listdir(self.out.encode()) if n.endswith(b".csv")), sorted(n + b".csv" for n in names))
        self.assertEqual(sorted(record_of(self.out)), sorted(files))
        self.assertEqual({e["name"] for e in record_of(self.out).values()}, set(names))
        said = self.run_it("--output-dir", self.out, "--resume", *files)
        self.assertIn("5 of 5 sounds were done before", said)

    def test_a_link_and_what_it_points_to_are_two_sounds(self):
        files = self.sounds(1)
        os.symlink(files[0], self.path("in", "link.wav"))
        self.run_it("--output-dir", self.out, *files, self.path("in", "link.wav"))
        self.assertEqual(sorted(self.results(self.out)), ["link.csv", "s0000.csv"])
        self.assertEqual(len(record_of(self.out)), 2)

    def test_names_may_be_as_long_as_names_can_be(self):
        os.makedirs(self.path("in"))
        files = []
        for length in (236, 237, 245, 249, 250, 251):
            files.append(self.path("in", "n" * length + ".wav"))
            write_sound(files[-1], seed=length)
        for extension, options in ((".csv", []), (".jsonl", ["--format", "jsonl"])):
            out = self.path(extension[1:])
            self.run_it("--output-dir", out, *options, *files)
            self.assertEqual(len([n for n in os.listdir(out) if n.startswith("nn")]), len(files))
            said = self.run_it("--output-dir", out, "--resume", *options, *files)
            self.assertIn("6 of 6 sounds were done before", said)
        self.run_it("--output-dir", self.path("features"), *files, command="features")
        self.assertEqual(len(os.listdir(self.path("features"))), len(files))

    def test_a_sound_may_be_called_like_what_the_folder_needs(self):
        os.makedirs(self.path("in"))
        files = [self.path("in", name + ".wav") for name in ("emotrack", "emotrack.partial-abcd", ".", "...", "-")]
        for i, file in enumerate(files):
            write_sound(file, seed=i)
        for extension, options in ((".csv", []), (".jsonl", ["--format", "jsonl"])):
            for _ in range(2):
                self.run_it("--output-dir", self.out, *options, *files)
            self.assertEqual(len(record_of(self.out)), len(files))
            results = [n for n in os.listdir(self.out) if n.endswith(extension) and n != "emotrack.jsonl"]
            self.assertEqual(len(results), len(files), results)

    # ---- a disk that is full

    def test_each_sound_that_is_lost_is_named_with_the_reason(self):
        os.makedirs(self.path("in"))
        files = [self.path("in", name) for name in ("short.wav", "long1.wav", "long2.wav")]
        for file in files:
            write_sound(file, 1 if "short" in file else 70)
        for command, step, most in (("annotate", ["--step-ms", "10"], 20000), ("features", [], 30000)):
            out = self.path(command)
            said = self.run_it("--output-dir", out, *step, *files, command=command, code=1,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))).splitlines()
            self.assertEqual(len(said), 2, said)
            for name in ("long1", "long2"):
                self.assertTrue(any("%s.csv: cannot be written: File too large" % name in line for line in said), said)
            self.assertEqual(sorted(self.results(out)), ["short.csv"])
            self.assertEqual([n for n in os.listdir(out) if "partial" in n], [])
        states = {os.path.basename(path).decode(): entry for path, entry in record_of(self.path("annotate")).items()}
        self.assertEqual(states["short.wav"]["state"], "done")
        for name in ("long1.wav", "long2.wav"):
            self.assertEqual(states[name]["state"], "failed")
            self.assertIn("File too large", states[name]["problem"])
        self.run_it("--output-dir", self.path("annotate"), "--step-ms", "10", "--resume", *files)
        self.assertEqual({e["state"] for e in record_of(self.path("annotate")).values()}, {"done"})

    # ---- what is there already

    def test_a_sound_is_not_written_over(self):
        file = self.sounds(1)[0]
        before = bytes_of(file)
        os.symlink(file, self.path("link"))
        os.link(file, self.path("second-name.wav"))
        for command in ("annotate", "features"):
            for output in (file, self.path("link"), self.path("second-name.wav"), os.path.relpath(file)):
                said = self.run_it("-o", output, file, command=command, code=1)
                self.assertIn("is one of the sounds", said)
        os.link(file, self.path("plot.svg"))
        self.run_it("--plot", self.path("plot.svg"), "-o", self.path("rows.csv"), file, code=1)
        self.assertEqual(bytes_of(file), before)

    def test_an_output_keeps_its_link_and_its_mode(self):
        file = self.sounds(1)[0]
        target, link = self.path("target.csv"), self.path("link.csv")
        with open(target, "w") as f:
            f.write("old")
        os.chmod(target, 0o640)
        os.symlink("target.csv", link)
        self.run_it("-o", link, file)
        self.assertTrue(os.path.islink(link))
        self.assertIn(b"time_s", bytes_of(target))
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o640)

    def test_no_clobber_keeps_what_is_there(self):
        files = self.sounds(2)
        for command in ("annotate", "features"):
            out, one = self.path(command), self.path(command + ".csv")
            os.makedirs(out)
            for kept in (one, os.path.join(out, "s0000.csv")):
                with open(kept, "w") as f:
                    f.write("mine")
            self.assertIn("is there already", self.run_it("--no-clobber", "-o", one, files[0], command=command, code=1))
            self.run_it("--no-clobber", "--output-dir", out, *files, command=command)
            self.assertEqual(bytes_of(one), b"mine")
            self.assertEqual(bytes_of(os.path.join(out, "s0000.csv")), b"mine")
            self.assertNotEqual(bytes_of(os.path.join(out, "s0001.csv")), b"mine")


unittest.main(argv=["output_folder"])
