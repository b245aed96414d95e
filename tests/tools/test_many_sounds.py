"""Folders, lists, shards, summaries and failures of annotate and features, as a user calls them."""
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA, WRITE_MODEL = map(os.path.abspath, sys.argv[1:4])
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")


class ManySounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        model = os.path.join(cls.models.name, "test.safetensors")
        subprocess.run([WRITE_MODEL, model], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=model)

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def sound(self, *names):
        """A second of music under a name."""
        path = self.path(*names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(MUSIC, "rb") as f:
            whole = f.read(44 + 2 * 44100)
        header = bytearray(whole[:44])
        header[4:8] = (len(whole) - 8).to_bytes(4, "little")
        header[40:44] = (len(whole) - 44).to_bytes(4, "little")
        with open(path, "wb") as f:
            f.write(bytes(header) + whole[44:])
        return path

    def library(self):
        for names in (("lib", "a", "song.wav"), ("lib", "b", "song.wav"), ("lib", "b", "deep", "other.WAV"),
                      ("lib", ".hidden", "x.wav"), ("lib", "top.wav")):
            self.sound(*names)
        with open(self.path("lib", "notes.txt"), "w") as f:
            f.write("no sound")
        return self.path("lib")

    def run_it(self, command, *arguments, code=0, **options):
        out = subprocess.run([PROGRAM, command, "--quiet", *arguments], capture_output=True, timeout=200, env=self.environment,
                             **options)
        self.assertEqual(out.returncode, code, out.stderr.decode())
        return out

    def results(self, *names):
        top = self.path(*names)
        return sorted(os.path.relpath(os.path.join(where, file), top) for where, _, files in os.walk(top) for file in files
                      if file.endswith(".csv"))

    def test_results_mirror_the_tree(self):
        for command in ("annotate", "features"):
            self.run_it(command, self.library(), "--output-dir", self.path(command))
            self.assertEqual(self.results(command), ["a/song.csv", "b/deep/other.csv", "b/song.csv", "top.csv"])

    def test_include_takes_what_matches(self):
        lib = self.library()
        shutil.copy(self.path("lib", "top.wav"), self.path("lib", "top.sound"))
        self.run_it("annotate", lib, "--include", "*.sound", "--include", "a/*", "--output-dir", self.path("out"))
        self.assertEqual(self.results("out"), ["a/song.csv", "top.csv"])

    def test_a_folder_without_sounds_is_said(self):
        os.makedirs(self.path("empty"))
        self.assertIn(b"empty: no sound in it", self.run_it("annotate", self.path("empty"), code=1).stderr)

    def test_lists_of_lines_and_of_bytes(self):
        lib = self.library()
        lines = ["lib/a/song.wav", "./lib/b/song.wav", os.path.join(lib, "top.wav"), "lib/../lib/b/deep/other.WAV"]
        for end, more in (("\n", []), ("\r\n", []), ("\0", ["-0"])):
            out = self.path(f"out{len(end)}{len(more)}")
            self.run_it("annotate", "--files-from", "-", *more, "--output-dir", out, input=end.join(lines).encode(),
                        cwd=self.folder)
            found = self.results(out)
            self.assertEqual(len(found), 4)
            for name in ("lib/a/song.csv", "lib/b/song.csv", "lib/b/deep/other.csv"):
                self.assertIn(name, found)

    def test_no_list_leads_out_of_the_folder_of_results(self):
        self.sound("x.wav")
        os.makedirs(self.path("deep"))
        self.run_it("annotate", "--files-from", "-", "--output-dir", "out", input=b"../x.wav\n", cwd=self.path("deep"))
        self.assertEqual(self.results("deep", "out"), ["x.csv"])

    def test_manifests_are_relative_to_themselves(self):
        lib = self.library()
        with open(os.path.join(lib, "list.m3u"), "w") as f:
            f.write("#EXTM3U\n#EXTINF:1,Song\na/song.wav\nhttp://radio.example/stream\n")
        with open(os.path.join(lib, "list.jsonl"), "w") as f:
            f.write('{"audio_filepath": "b/song.wav", "label": 1}\n{"path": "top.wav"}\n')
        self.run_it("annotate", os.path.join(lib, "list.m3u"), "--files-from", os.path.join(lib, "list.jsonl"), "--output-dir",
                    self.path("out"))
        self.assertEqual(self.results("out"), ["a/song.csv", "b/song.csv", "top.csv"])
        with open(os.path.join(lib, "bad.jsonl"), "w") as f:
            f.write('{"label": 1}\n')
        self.assertIn(b"bad.jsonl: line 1", self.run_it("annotate", os.path.join(lib, "bad.jsonl"), code=1).stderr)

    def test_shards_part_the_songs_whatever_their_order(self):
        lib, parts = self.library(), []
        for i in range(1, 4):
            self.run_it("annotate", lib, "--shard", f"{i}/3", "--output-dir", self.path(f"s{i}"))
            parts += self.results(f"s{i}") if os.path.exists(self.path(f"s{i}")) else []
        self.assertEqual(sorted(parts), ["a/song.csv", "b/deep/other.csv", "b/song.csv", "top.csv"])
        for wrong in ("0/3", "4/3", "1", "x/y", "1/3x"):
            self.run_it("annotate", lib, "--shard", wrong, code=2)

    def test_shards_of_one_folder_at_a_time(self):
        lib = self.library()
        running = [subprocess.Popen([PROGRAM, "annotate", "-q", lib, "--shard", f"{i}/3", "--output-dir", self.path("out")],
                                    env=self.environment, stderr=subprocess.DEVNULL) for i in range(1, 4)]
        self.assertEqual([process.wait() for process in running], [0, 0, 0])
        self.assertEqual(len(self.results("out")), 4)

    def test_a_summary_has_a_row_a_song_also_of_those_done_before(self):
        lib = self.library()
        with open(os.path.join(lib, "bad.wav"), "w") as f:
            f.write("no sound at all")
        arguments = [lib, "--output-dir", self.path("out"), "--step-ms", "100", "--resume"]
        self.run_it("annotate", *arguments, "--summary", self.path("first.csv"), code=1)
        self.run_it("annotate", *arguments, "--summary", self.path("again.csv"), code=1)
        with open(self.path("first.csv")) as f:
            first = f.read()
        with open(self.path("again.csv")) as f:
            self.assertEqual(f.read(), first)
        rows = {os.path.relpath(row["file"], lib): row for row in csv.DictReader(first.splitlines())}
        self.assertEqual(list(rows), ["a/song.wav", "b/deep/other.WAV", "b/song.wav", "bad.wav", "top.wav"])
        self.assertIn("bad.wav", rows["bad.wav"]["error"])
        with open(self.path("out", "top.csv")) as f:
            curve = list(csv.DictReader(f))
        top = rows["top.wav"]
        self.assertEqual(int(top["rows"]), len(curve))
        for dimension in ("valence", "arousal"):
            mean = sum(float(row[dimension]) for row in curve) / len(curve)
            self.assertAlmostEqual(float(top[f"{dimension}_mean"]), mean, places=5)
        self.assertAlmostEqual(sum(float(top[quarter]) for quarter in ("happy", "tense", "sad", "relaxed")), 1, places=3)
        self.assertEqual(top["error"], "")
        self.run_it("annotate", *arguments, "--format", "jsonl", "--summary", self.path("json.csv"), code=1)
        self.run_it("annotate", *arguments, "--format", "jsonl", "--summary", self.path("json2.csv"), code=1)
        for name in ("json.csv", "json2.csv"):
            with open(self.path(name)) as f:
                self.assertEqual(f.read(), first)

    def test_failures_are_listed_and_taken_up(self):
        lib = self.library()
        for command in ("annotate", "features"):
            bad = os.path.join(lib, "b", "bad.wav")
            with open(bad, "w") as f:
                f.write("no sound at all")
            out, failed = self.path("out" + command), self.path("failed")
            self.run_it(command, lib, "--output-dir", out, "--failed", failed, code=1)
            with open(failed) as f:
                lines = [json.loads(line) for line in f]
            self.assertEqual([(line["path"], line["name"]) for line in lines], [(bad, "b/bad.wav")])
            self.assertIn("bad.wav", lines[0]["reason"])
            self.sound("lib", "b", "bad.wav")
            self.run_it(command, "--retry-failed", failed, "--failed", failed, "--output-dir", out)
            self.assertIn("b/bad.csv", self.results(out))
            self.assertEqual(os.path.getsize(failed), 0)
            self.run_it(command, "--retry-failed", failed, "--output-dir", out)
            os.remove(bad)

    def test_names_that_are_not_text(self):
        path = os.fsencode(self.path("lib")) + b"/caf\xe9.wav"
        os.rename(self.sound("lib", "x.wav"), path)
        with open(path, "w") as f:
            f.write("no sound at all")
        self.run_it("annotate", self.path("lib"), "--output-dir", self.path("out"), "--failed", self.path("failed"), code=1)
        os.rename(self.sound("lib", "x.wav"), path)
        self.run_it("annotate", "--retry-failed", self.path("failed"), "--output-dir", self.path("out"))
        self.assertIn(b"caf\xe9.csv", os.listdir(os.fsencode(self.path("out"))))

    def test_twenty_thousand_sounds_that_are_not_there_take_little_memory(self):
        lines = "".join(f"/nowhere/album {i % 100}/song {i}.mp3\n" for i in range(20000))
        process = subprocess.Popen([PROGRAM, "annotate", "-q", "--files-from", "-", "--output-dir", self.path("out"), "--failed",
                                    self.path("failed")], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment)
        process.communicate(lines.encode())
        self.assertEqual(process.returncode, 1)
        with open(self.path("failed")) as f:
            self.assertEqual(sum(1 for _ in f), 20000)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 512 * 1024)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
