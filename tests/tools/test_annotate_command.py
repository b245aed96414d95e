"""emotrack annotate, as a user calls it."""
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
SPEECH = os.path.join(DATA, "audio", "speech_16k.wav")
HEADER = "time_s,valence,arousal,context_s,level_dbfs,flags"


def bytes_of(path):
    with open(path, "rb") as f:
        return f.read()


class Annotate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        cls.model = os.path.join(cls.models.name, "test.safetensors")
        subprocess.run([WRITE_MODEL, cls.model], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=cls.model)

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def run_it(self, *arguments, code=0, **options):
        out = subprocess.run([PROGRAM, "annotate", *arguments], capture_output=True, timeout=200, env=self.environment,
                             **options)
        self.assertEqual(out.returncode, code, out.stderr)
        return out

    def rows(self, *arguments, **options):
        return self.run_it(*arguments, **options).stdout.decode().splitlines()

    def many_sounds(self, count):
        """Sounds of different lengths, cut from the music."""
        sound, files = bytes_of(MUSIC), []
        os.makedirs(self.path("in"), exist_ok=True)
        for i in range(count):
            samples = sound[44:44 + 2 * (44100 + 7000 * i) % (len(sound) - 44) // 2 * 2]
            files.append(self.path("in", f"song{i}.wav"))
            header = bytearray(sound[:44])
            header[4:8] = (36 + len(samples)).to_bytes(4, "little")
            header[40:44] = len(samples).to_bytes(4, "little")
            with open(files[-1], "wb") as f:
                f.write(header + samples)
        return files

    # ---- rows

    def test_csv_is_a_rectangle_on_the_grid(self):
        lines = self.rows(MUSIC)
        self.assertEqual(lines[0], HEADER)
        table = list(csv.DictReader(io.StringIO("\n".join(lines))))
        self.assertEqual([float(row["time_s"]) for row in table], [0.5 * (k + 1) for k in range(len(table))])
        for row in table:
            self.assertTrue(-1 <= float(row["valence"]) <= 1 and -1 <= float(row["arousal"]) <= 1)
            self.assertEqual(row["flags"], "")
        contexts = [float(row["context_s"]) for row in table]
        self.assertEqual(contexts, sorted(contexts))

    def test_json_lines_hold_the_same_numbers(self):
        table = list(csv.DictReader(io.StringIO("\n".join(self.rows(MUSIC)))))
        for row, line in zip(table, self.rows("--format", "jsonl", MUSIC), strict=True):
            other = json.loads(line)
            self.assertEqual(list(other), HEADER.split(","))
            for key in HEADER.split(",")[:-1]:
                self.assertEqual(float(row[key]), other[key], key)

    def test_steps_choose_rows(self):
        fine = set(self.rows("--step-ms", "10", MUSIC))
        for step in ("20", "250", "500", "1000"):
            self.assertTrue(set(self.rows("--step-ms", step, MUSIC)) <= fine, step)
        long_steps = [float(line.split(",")[0]) for line in self.rows("--step-ms", "2000", MUSIC)[1:]]
        self.assertEqual(long_steps, [1.0, 2.0, 4.0, 6.0][:len(long_steps)])

    def test_file_pipe_and_raw_give_the_same_bytes(self):
        expected = self.run_it(MUSIC).stdout
        sound = bytes_of(MUSIC)
        self.assertEqual(self.run_it("-", input=sound).stdout, expected)
        self.assertEqual(self.run_it("--raw", "s16le:44100:1", "-", input=sound[44:]).stdout, expected)

    def test_several_sounds_keep_their_order_whatever_the_jobs(self):
        files = self.many_sounds(12)
        one = self.run_it("--jobs", "1", "--step-ms", "50", *files).stdout
        self.assertTrue(one.startswith(b"file," + HEADER.encode()))
        for jobs in ("2", "7"):
            self.assertEqual(self.run_it("--jobs", jobs, "--step-ms", "50", *files).stdout, one)
        order = [row["file"] for row in csv.DictReader(io.StringIO(one.decode()))]
        self.assertEqual(list(dict.fromkeys(order)), files)

    # ---- outputs

    def record(self):
        return [json.loads(line) for line in bytes_of(self.path("out", "emotrack.jsonl")).splitlines()]

    def test_output_file_and_folder_hold_what_stdout_holds(self):
        expected = self.run_it(MUSIC).stdout
        self.run_it("--output", self.path("one.csv"), MUSIC)
        self.assertEqual(bytes_of(self.path("one.csv")), expected)
        self.run_it("--output-dir", self.path("out"), MUSIC, SPEECH)
        self.assertEqual(bytes_of(self.path("out", "music_44k.csv")), expected)
        head, run, *lines = self.record()
        self.assertEqual((head["program"], run["model"], len(run["model_digest"])), ("emotrack", "test", 64))
        self.assertEqual({s["name"]: s["state"] for s in lines}, {"music_44k": "done", "speech_16k": "done"})
        self.assertEqual([s["sound"] for s in lines if "sound" in s], [MUSIC, SPEECH])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["emotrack.jsonl", "music_44k.csv", "speech_16k.csv"])

    def test_two_sounds_of_one_name_keep_apart_also_in_a_later_call(self):
        os.makedirs(self.path("b"))
        other = self.path("b", "music_44k.wav")
        with open(other, "wb") as f:
            f.write(bytes_of(os.path.join(DATA, "audio", "pink_44k.wav")))
        self.run_it("--output-dir", self.path("out"), MUSIC)
        first = bytes_of(self.path("out", "music_44k.csv"))
        self.run_it("--output-dir", self.path("out"), other)
        self.assertEqual(bytes_of(self.path("out", "music_44k.csv")), first)
        self.assertNotEqual(bytes_of(self.path("out", "music_44k-2.csv")), first)
        self.run_it("--output-dir", self.path("two"), other, MUSIC)
        self.assertEqual(bytes_of(self.path("two", "music_44k-2.csv")), first)

    # ---- resume

    def results(self, folder):
        return {name: bytes_of(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".csv")}

    def test_killed_at_random_moments_nothing_is_lost_or_done_twice(self):
        files, out = self.many_sounds(40), self.path("out")
        began = time.monotonic()
        self.run_it("--output-dir", self.path("whole"), "--step-ms", "10", "--jobs", "2", *files)
        whole_s = time.monotonic() - began
        moments = random.Random(4)
        seen, kills = {}, 0
        command = [PROGRAM, "annotate", "--output-dir", out, "--resume", "--step-ms", "10", "--jobs", "2", *files]
        for attempt in range(200):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=self.environment)
            try:
                process.wait(moments.uniform(0.005, whole_s / 3))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
            there = {name: os.stat(os.path.join(out, name)) for name in (os.listdir(out) if os.path.isdir(out) else [])
                     if name.endswith(".csv")}
            for name, about in seen.items():
                self.assertEqual((about.st_ino, about.st_mtime_ns), (there[name].st_ino, there[name].st_mtime_ns), name)
            seen = there
            if process.returncode == 0:
                break
        self.assertEqual(process.returncode, 0)
        self.assertGreater(kills, 2, "the run was never killed: nothing was tested")
        self.assertEqual(self.results(out), self.results(self.path("whole")))
        self.assertEqual([name for name in os.listdir(out) if "partial" in name], [])

    def test_resume_does_again_what_changed(self):
        files, out = self.many_sounds(3), self.path("out")
        self.run_it("--output-dir", out, *files)
        times = lambda: [os.stat(os.path.join(out, f"song{i}.csv")).st_mtime_ns for i in range(3)]
        before = times()
        self.run_it("--output-dir", out, "--resume", *files)
        self.assertEqual(times(), before)
        with open(files[1], "r+b") as f:
            f.seek(1000)
            f.write(b"\x11\x22" * 50)
        self.run_it("--output-dir", out, "--resume", *files)
        self.assertEqual([a == b for a, b in zip(times(), before)], [True, False, True])
        self.run_it("--output-dir", out, "--resume", "--step-ms", "100", *files)
        self.assertFalse(any(a == b for a, b in zip(times(), before)))

    def test_a_strange_record_is_refused(self):
        os.makedirs(self.path("out"))
        for text in ("{", "[]", '{"sounds": 3}\n', '{"program":"emotrack"}\n', "\n", '{"program":"emotrack","record":3}\n', "x" * 3000, "\0" * 20):
            with open(self.path("out", "emotrack.jsonl"), "w") as f:
                f.write(text)
            out = self.run_it("--output-dir", self.path("out"), MUSIC, code=1)
            self.assertIn(b"emotrack.jsonl", out.stderr)

    # ---- what goes wrong

    def test_a_broken_file_among_good_ones(self):
        broken = self.path("text.wav")
        with open(broken, "w") as f:
            f.write("no sound\n" * 100)
        out = self.run_it(MUSIC, broken, self.path("missing.mp3"), self.folder.name, SPEECH, code=1)
        names = {row["file"] for row in csv.DictReader(io.StringIO(out.stdout.decode()))}
        self.assertEqual(names, {MUSIC, SPEECH})
        lines = out.stderr.decode().splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertTrue(all(line.startswith("emotrack: ") for line in lines))

    def test_a_cut_off_file_gives_its_rows_and_one_line(self):
        cut = self.path("cut.wav")
        with open(cut, "wb") as f:
            f.write(bytes_of(MUSIC)[:150000])
        out = self.run_it("--output-dir", self.path("out"), cut, code=1)
        self.assertEqual(len(out.stderr.decode().splitlines()), 1, out.stderr)
        rows = bytes_of(self.path("out", "cut.csv")).decode().splitlines()
        self.assertEqual(rows, self.rows(MUSIC)[:len(rows)])
        self.assertEqual(len(rows), 1 + 3)
        self.assertEqual(self.record()[-1]["state"], "cut off")

    def test_a_reader_that_goes_away_is_no_failure(self):
        out = subprocess.run(f"'{PROGRAM}' annotate --step-ms 10 '{MUSIC}' | head -n 1; exit ${{PIPESTATUS[0]}}", shell=True,
                             executable="/bin/bash", capture_output=True, env=self.environment)
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        self.assertEqual(out.stdout.decode().strip(), HEADER)

    def test_a_full_disk_fails_in_order(self):
        out = subprocess.run(f"'{PROGRAM}' annotate '{MUSIC}' > /dev/full", shell=True, capture_output=True,
                             env=self.environment)
        self.assertEqual(out.returncode, 1)
        self.assertIn(b"No space left", out.stderr)
        self.run_it("--output", "/dev/full", MUSIC, code=1)

    def test_ctrl_c_leaves_complete_lines(self):
        process = subprocess.Popen([PROGRAM, "annotate", "--raw", "s16le:44100:1", "--step-ms", "10", "--output",
                                    self.path("rows.csv"), "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment)
        process.stdin.write(bytes_of(MUSIC)[44:200044])
        process.stdin.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)  # while the pipe is open and silent
        process.communicate()
        lines = bytes_of(self.path("rows.csv")).decode()
        self.assertTrue(lines.endswith("\n"))
        lines = lines.splitlines()
        self.assertGreater(len(lines), 100)
        self.assertTrue(all(line.count(",") == 5 for line in lines))

    def test_a_short_sound_gives_one_row(self):
        sound = bytes_of(MUSIC)
        self.assertEqual(len(self.rows("--raw", "s16le:44100:1", "-", input=sound[44:3044])), 2)

    def test_wrong_use_is_2(self):
        for arguments in ([], ["--step-ms", "15", MUSIC], ["--format", "xml", MUSIC], ["--resume", MUSIC],
                          ["--raw", "s16le", MUSIC], ["--output", "a", "--output-dir", "b", MUSIC], ["--jobs", "0", MUSIC]):
            self.run_it(*arguments, code=2)

    def test_a_missing_model_is_named(self):
        out = self.run_it("--model", "/no/such/model.safetensors", MUSIC, code=1)
        self.assertIn(b"/no/such/model.safetensors", out.stderr)


unittest.main(argv=["annotate"])
