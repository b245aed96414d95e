"""emotrack features, as a user calls it: layouts name for name, any number of jobs, broken files among good ones."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA = sys.argv[1:3]
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=120, **options)


class Features(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(content)
        return path

    def names(self, which):
        with open(os.path.join(DATA, which)) as f:
            return f.read().split()

    def test_deam_layout_name_for_name(self):
        out = run("features", MUSIC)
        self.assertEqual(out.returncode, 0, out.stderr)
        lines = out.stdout.decode().splitlines()
        self.assertEqual(lines[0].split(";"), ["frameTime"] + self.names("columns_deam_260.txt"))
        self.assertEqual([line.split(";")[0] for line in lines[1:4]], ["0.0", "0.5", "1.0"])
        self.assertTrue(all(len(line.split(";")) == 261 for line in lines))

    def test_pmemo_layout_name_for_name_with_its_short_last_window(self):
        deam = run("features", MUSIC).stdout.decode().splitlines()
        lines = run("features", "--layout", "pmemo", MUSIC).stdout.decode().splitlines()
        self.assertEqual(lines[0].split(","), ["musicId", "frameTime"] + self.names("columns_pmemo_260.txt"))
        self.assertEqual(len(lines), len(deam) + 1)
        self.assertEqual(lines[1].split(",")[0], "music_44k")
        for mine, theirs in zip(lines[1:], deam[1:]):
            by_name = dict(zip(deam[0].split(";"), theirs.split(";")))
            for name, value in zip(lines[0].split(",")[2:], mine.split(",")[2:]):
                contour, kind = name.rsplit("_", 1)
                self.assertEqual(value, by_name[contour + ("_amean" if kind == "mean" else "_stddev")], name)

    def test_frames(self):
        lines = run("features", "--frames", MUSIC).stdout.decode().splitlines()
        self.assertEqual(lines[0].split(";"), ["frameTime"] + self.names("columns_lld_130.txt"))
        self.assertEqual([line.split(";")[0] for line in lines[1:4]], ["0.000000", "0.010000", "0.020000"])

    def test_numbers_are_the_shortest_that_come_back(self):
        lines = run("features", MUSIC).stdout.decode().splitlines()
        for text in lines[1].split(";")[1:]:
            value = struct.unpack("f", struct.pack("f", float(text)))[0]
            self.assertLessEqual(len(text), len(f"{value:.9g}"), text)
            self.assertEqual(struct.pack("f", float(f"{value:.9g}")), struct.pack("f", float(text)))

    def test_families(self):
        rows = {}
        for family in ("descriptors", "ear", "harmony", "all"):
            out = run("features", "--family", family, MUSIC)
            self.assertEqual(out.returncode, 0, out.stderr)
            rows[family] = [line.split(";") for line in out.stdout.decode().splitlines()]
        self.assertEqual([len(rows[f][0]) for f in rows], [261, 385, 29, 673])
        self.assertEqual([rows["ear"][0][i] for i in (1, 192, 193)], ["ear_1_01", "ear_3_64", "ear_tail_1_01"])
        self.assertEqual(rows["all"][0][1:], rows["descriptors"][0][1:] + rows["ear"][0][1:193] + rows["harmony"][0][1:] +
                         rows["ear"][0][193:])
        for all_, d, e, h in zip(*(rows[f][1:] for f in ("all", "descriptors", "ear", "harmony"))):
            self.assertEqual(all_, d + e[1:193] + h[1:] + e[193:])
        self.assertEqual(len({len(r) for r in rows.values()}), 1)

    def test_numpy_files_hold_the_same_numbers(self):
        for arguments, first in ((["--family", "all"], 1), (["--frames"], 1), (["--layout", "pmemo"], 2), ([], 1)):
            text = run("features", *arguments, MUSIC).stdout.decode().replace(",", ";").splitlines()
            out = run("features", *arguments, "--format", "npy", "--output-dir", self.path("arrays"), MUSIC)
            self.assertEqual((out.returncode, out.stdout), (0, b""), out.stderr)
            with open(self.path("arrays/music_44k.npy"), "rb") as f:
                array = f.read()
            self.assertEqual(array[:8], b"\x93NUMPY\1\0")
            length = 10 + array[8] + 256 * array[9]
            self.assertEqual((length % 64, array[length - 1]), (0, 10))
            header = eval(array[10:length])
            rows = [line.split(";")[first:] for line in text[1:]]
            self.assertEqual(header, {"descr": "<f4", "fortran_order": False, "shape": (len(rows), len(rows[0]))})
            numbers = b"".join(struct.pack("<f", float(number)) for row in rows for number in row)
            self.assertEqual(array[length:], numbers)

    def test_any_number_of_jobs_gives_the_same_bytes(self):
        files = [os.path.join(DATA, "audio", name) for name in ("music_44k.wav", "speech_16k.wav", "vibrato_44k.wav")] * 3
        one = run("features", "--jobs", "1", *files)
        many = run("features", "--jobs", "4", *files)
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertEqual(one.stdout, many.stdout)
        self.assertTrue(one.stdout.startswith(b"file;frameTime;"))
        self.assertEqual(len({line.count(b";") for line in one.stdout.splitlines()}), 1)

    def test_standard_input_gives_what_the_file_gives(self):
        with open(MUSIC, "rb") as f:
            sound = f.read()
        self.assertEqual(run("features", "-", input=sound).stdout, run("features", MUSIC).stdout)
        raw = run("features", "--raw", "s16le:44100:1", "-", input=sound[44:])
        self.assertEqual(raw.stdout, run("features", MUSIC).stdout)

    def test_broken_files_are_named_and_the_others_are_done(self):
        bad = self.path("in/text.wav", b"this is no sound at all\n" * 40)
        out = run("features", "--output-dir", self.path("out"), bad, MUSIC, self.path("missing.wav"), self.folder.name)
        self.assertEqual(out.returncode, 1)
        lines = out.stderr.decode().splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertTrue(any("text.wav" in line for line in lines) and any("missing.wav" in line for line in lines))
        self.assertEqual(os.listdir(self.path("out")), ["music_44k.csv"])

    def test_two_sounds_of_one_name_keep_apart(self):
        with open(MUSIC, "rb") as f:
            other = self.path("in/music_44k.wav", f.read())
        out = run("features", "--output-dir", self.path("out"), MUSIC, other)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["music_44k-2.csv", "music_44k.csv"])

    def test_a_reader_that_goes_away_is_no_failure(self):
        out = subprocess.run(f"'{PROGRAM}' features --frames '{MUSIC}' | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
                             shell=True, executable="/bin/bash", capture_output=True)
        self.assertEqual((out.returncode, out.stderr), (0, b""))

    def test_a_full_disk_fails(self):
        out = subprocess.run(f"'{PROGRAM}' features '{MUSIC}' > /dev/full", shell=True, capture_output=True)
        self.assertEqual(out.returncode, 1)
        self.assertIn(b"No space left", out.stderr)

    def test_wrong_use_is_2(self):
        for arguments in (["features"], ["features", "--layout", "x", "a.wav"], ["features", "--jbs", "2", "a.wav"],
                          ["features", "--output", "a", "--output-dir", "b", "c.wav"],
                          ["features", "--family", "ears", "a.wav"], ["features", "--family", "ear", "--frames", "a.wav"],
                          ["features", "--format", "npy", MUSIC, MUSIC], ["feature"], []):
            self.assertEqual(run(*arguments).returncode, 2, arguments)

    def test_help_has_an_example(self):
        out = run("features", "--help")
        self.assertEqual(out.returncode, 0)
        self.assertIn(b"emotrack features song.mp3", out.stdout)


unittest.main(argv=["features"])
