"""emotrack tag: what it writes is read by another library, what it does not write stays, the sound above all; a file is the old or
the new one whatever happens."""
import csv
import glob
import io
import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
PYTHON = os.environ.get("EMOTRACK_PYTHON", sys.executable)
FFMPEG = shutil.which("ffmpeg")
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
if subprocess.run([PROGRAM, "tag", MUSIC, "--dry-run", "--model", "none"], capture_output=True).stderr.count(b"without TagLib"):
    print("skipped: this emotrack is built without TagLib")
    sys.exit(77)
if FFMPEG is None:
    print("skipped: there is no ffmpeg here that could make the sounds")
    sys.exit(77)
KINDS = ["mp3", "flac", "ogg", "opus", "wav", "aiff"]
if os.path.exists(os.path.join(os.path.dirname(PROGRAM), "..", "src", "ffmpeg", "libemotrack_ffmpeg.so")):
    KINDS += ["m4a", "wma", "wv", "tta"]
ABOUT = ["-metadata", "title=A Song", "-metadata", "artist=Somebody"]
READ = """
import json, mutagen, sys
file = mutagen.File(sys.argv[1])
def text(value):
    value = value[0] if isinstance(value, list) else value
    value = getattr(value, "text", value)
    value = value[0] if isinstance(value, list) else value
    value = getattr(value, "value", value)
    return value.decode() if isinstance(value, bytes) else str(value)
tags = {key.upper().replace("TXXX:", "").replace("----:COM.APPLE.ITUNES:", ""): text(value) for key, value in (file.tags or {}).items()}
print(json.dumps(tags))
"""
MOODS = ("TMOO", "MOOD", "WM/MOOD")


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


class Tag(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        os.chmod(kept.name, 0o755)
        cls.kept = kept.name
        cls.model = os.path.join(cls.kept, "test.safetensors")
        subprocess.run([WRITE_MODEL, cls.model], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=cls.model)
        os.mkdir(os.path.join(cls.kept, "sounds"))
        for kind in KINDS:
            source = ["-i", MUSIC, "-t", "3", *ABOUT, *(["-write_id3v2", "1"] if kind == "aiff" else [])]
            subprocess.run([FFMPEG, "-v", "error", *source, os.path.join(cls.kept, "sounds", "song." + kind)], check=True)
        cls.has_mutagen = subprocess.run([PYTHON, "-c", "import mutagen"], capture_output=True).returncode == 0

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=self.kept)
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def song(self, kind, name=None):
        return shutil.copy(os.path.join(self.kept, "sounds", "song." + kind), self.path(name or "song." + kind))

    def run_it(self, *arguments, code=0, **options):
        out = subprocess.run([PROGRAM, "tag", "-q", *arguments], capture_output=True, text=True, timeout=120, env=self.environment,
                             **options)
        self.assertEqual(out.returncode, code, out.stderr)
        return out

    def rows(self, *arguments, **options):
        return list(csv.DictReader(io.StringIO(self.run_it(*arguments, **options).stdout)))

    def tags(self, path):
        """As mutagen, a library of its own, reads them."""
        if not self.has_mutagen:
            self.skipTest("no Python package mutagen here; set EMOTRACK_PYTHON to a Python that has it")
        return json.loads(subprocess.run([PYTHON, "-c", READ, path], check=True, capture_output=True).stdout)

    def sound(self, path):
        return subprocess.run([FFMPEG, "-v", "error", "-i", path, "-map", "0:a", "-f", "f32le", "-"], check=True,
                              capture_output=True).stdout

    # ---- what is written

    def test_every_kind_of_tag_holds_the_numbers_and_keeps_the_rest(self):
        for kind in KINDS:
            with self.subTest(kind):
                song = self.song(kind)
                before, sound = self.tags(song), self.sound(song)
                row, = self.rows("--mood", song)
                after = self.tags(song)
                self.assertEqual(row["tags"], "written")
                self.assertEqual((after["EMOTRACK_VALENCE"], after["EMOTRACK_AROUSAL"], after["EMOTRACK_MOOD"]),
                                 (row["valence"], row["arousal"], row["mood"]))
                self.assertIn(row["mood"], [after.get(name) for name in MOODS])
                self.assertRegex(after["EMOTRACK_MODEL"], "^.+ [0-9a-f]{16}$")
                new = {"EMOTRACK_VALENCE", "EMOTRACK_AROUSAL", "EMOTRACK_MOOD", "EMOTRACK_MODEL", *MOODS}
                for name in {*before, *after} - new: # TagLib gives a WMA the fields that its header has anyway, empty
                    self.assertEqual(after.get(name, ""), before.get(name, ""), name)
                self.assertEqual(self.sound(song), sound, "the sound has changed")
                self.assertEqual(self.rows("--remove", song)[0]["tags"], "removed")
                self.assertFalse([key for key in self.tags(song) if key.startswith("EMOTRACK") or key in MOODS])
                self.assertEqual(self.sound(song), sound, "the sound has changed")
                self.assertEqual(self.rows("--remove", song)[0]["tags"], "none")

    def test_numbers_are_the_means_of_annotate(self):
        song = self.song("flac")
        subprocess.run([PROGRAM, "annotate", "-q", "-o", self.path("c.csv"), "--summary", self.path("s.csv"), song], check=True,
                       env=self.environment)
        with open(self.path("s.csv"), newline="") as file:
            summary, = csv.DictReader(file)
        row, = self.rows(song)
        self.assertEqual((row["valence"], row["arousal"]), (summary["valence_mean"], summary["arousal_mean"]))

    def test_the_sound_of_an_mp3_is_the_same_bytes(self):
        bare = self.path("bare.mp3")
        subprocess.run([FFMPEG, "-v", "error", "-i", MUSIC, "-id3v2_version", "0", bare], check=True)
        whole = bytes_of(bare)
        self.rows(bare)
        tagged = bytes_of(bare)
        size = sum((byte & 127) << shift for byte, shift in zip(tagged[6:10], (21, 14, 7, 0)))
        self.assertEqual(tagged[:3], b"ID3")
        self.assertEqual(tagged[10 + size:], whole)
        self.rows("--remove", bare)
        self.assertEqual(bytes_of(bare), whole)

    def test_an_old_tag_keeps_its_version(self):
        song = self.path("old.mp3")
        subprocess.run([FFMPEG, "-v", "error", "-i", MUSIC, "-id3v2_version", "3", *ABOUT, song], check=True)
        row, = self.rows("--mood", song)
        self.assertEqual(bytes_of(song)[:4], b"ID3\3")
        self.assertEqual(self.tags(song)["MOOD"], row["mood"])

    def test_a_mood_of_somebody_else_stays(self):
        song = self.path("mine.flac")
        subprocess.run([FFMPEG, "-v", "error", "-i", MUSIC, "-metadata", "mood=mine", song], check=True)
        row, = self.rows("--mood", song)
        tags = self.tags(song)
        self.assertEqual((tags["MOOD"], tags["EMOTRACK_MOOD"]), ("mine", row["mood"]))
        self.rows("--remove", song)
        self.assertEqual(self.tags(song)["MOOD"], "mine")

    def test_without_mood_an_earlier_word_goes(self):
        song = self.song("ogg")
        self.rows("--mood", song)
        self.assertEqual(self.rows(song)[0]["tags"], "written")
        self.assertFalse([k for k in self.tags(song) if "MOOD" in k])

    # ---- how it is written

    def test_a_dry_run_changes_nothing(self):
        songs = [self.song(kind) for kind in KINDS]
        before = [(bytes_of(song), os.stat(song).st_mtime_ns) for song in songs]
        self.assertEqual({row["tags"] for row in self.rows("--dry-run", *songs)}, {"written"})
        self.assertEqual([(bytes_of(song), os.stat(song).st_mtime_ns) for song in songs], before)
        self.rows(songs[0])
        tagged = bytes_of(songs[0])
        self.assertEqual(self.rows("--dry-run", "--remove", songs[0])[0]["tags"], "removed")
        self.assertEqual(bytes_of(songs[0]), tagged)

    def test_mode_and_links_stay(self):
        song = self.song("mp3")
        os.chmod(song, 0o640)
        os.symlink("song.mp3", self.path("link.mp3"))
        self.rows(self.path("link.mp3"))
        self.assertTrue(os.path.islink(self.path("link.mp3")))
        self.assertEqual(stat.S_IMODE(os.stat(song).st_mode), 0o640)
        self.assertIn(b"EMOTRACK_VALENCE", bytes_of(song))
        self.assertEqual(sorted(os.listdir(self.folder)), ["link.mp3", "song.mp3"])

    def test_a_folder_is_done_and_resumed(self):
        os.mkdir(self.path("album"))
        for kind in KINDS:
            self.song(kind, "album/%s.%s" % (kind, kind))
        first = self.rows(self.path("album"))
        self.assertEqual({row["tags"] for row in first}, {"written"})
        before = {name: bytes_of(self.path("album/" + name)) for name in os.listdir(self.path("album"))}
        again = self.rows("--resume", self.path("album"))
        self.assertEqual({row["tags"] for row in again}, {"kept"})
        self.assertEqual([row["valence"] for row in again], [row["valence"] for row in first])
        self.assertEqual({name: bytes_of(self.path("album/" + name)) for name in before}, before)
        self.assertEqual(len(self.rows("--remove", "--include", "*.mp3", self.path("album"))), 1)
        listed = self.run_it("--dry-run", "--files-from", "-", input=self.path("album/flac.flac") + "\n").stdout
        self.assertEqual(len(listed.splitlines()), 2)

    def test_what_cannot_be_tagged_is_told_and_the_rest_is_done(self):
        good, text, caf = self.song("flac"), self.path("text.mp3"), self.path("sound.caf")
        with open(text, "w") as file:
            file.write("no sound at all\n" * 100)
        subprocess.run([FFMPEG, "-v", "error", "-i", MUSIC, "-c:a", "pcm_s16le", caf], check=True)
        missing, failed = self.path("missing.mp3"), self.path("failed.jsonl")
        out = self.run_it("--failed", failed, text, good, caf, missing, "-", code=1, input="")
        self.assertEqual([row["file"] for row in csv.DictReader(io.StringIO(out.stdout))], [good])
        for words in ("text.mp3: no format of sound", "sound.caf: no kind of file whose tags are known",
                      "missing.mp3: cannot be opened: No such file", "standard input has no tags"):
            self.assertIn(words, out.stderr)
        with open(failed) as file:
            self.assertEqual(len([json.loads(line) for line in file]), 4)

    def test_a_song_that_breaks_off_gets_no_tags(self):
        song = self.song("flac")
        os.truncate(song, os.path.getsize(song) * 2 // 3)
        before = bytes_of(song)
        self.assertIn("cut off after", self.run_it(song, code=1).stderr)
        self.assertEqual(bytes_of(song), before)

    # ---- trouble

    def test_a_full_disk_leaves_every_file_as_it_was(self):
        for kind in KINDS:
            song = self.song(kind)
            before, size = bytes_of(song), os.path.getsize(song)
            for most in (size // 2, size + 10):
                out = subprocess.run([PROGRAM, "tag", "-q", song], capture_output=True, text=True, timeout=120, env=self.environment,
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
                if most > size and out.returncode == 0: # the tag had room left
                    self.assertLessEqual(os.path.getsize(song), most)
                    continue
                self.assertEqual(out.returncode, 1, out.stderr)
                self.assertIn("cannot be written: File too large", out.stderr, (kind, most - size))
                self.assertEqual(bytes_of(song), before)
            self.assertEqual(os.listdir(self.folder), ["song." + kind])
            os.remove(song)

    def test_a_folder_or_file_that_may_not_be_written_is_told(self):
        def as_nobody():
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
        song = self.song("mp3")
        before = bytes_of(song)
        os.chmod(song, 0o444)
        try:
            self.assertIn("cannot be written: Permission denied", self.run_it(song, code=1, preexec_fn=as_nobody).stderr)
        except PermissionError:
            self.skipTest("the program itself may not be run by others here")
        os.chmod(song, 0o666)
        os.chmod(self.folder, 0o555)
        self.assertIn("cannot be written: Permission denied", self.run_it(song, code=1, preexec_fn=as_nobody).stderr)
        self.assertEqual(bytes_of(song), before)

    def test_killed_at_any_time_a_file_is_the_old_or_the_new_one(self):
        chance, songs = random.Random(3), [self.song(kind) for kind in ("mp3", "flac", "ogg", KINDS[6 % len(KINDS)], "wav")]
        whole = [{bytes_of(song)} for song in songs]
        for argument in ((), ("--remove",), (), ("--remove",), ()): # what room a tag keeps hangs on what was there before
            begun = time.monotonic()
            self.rows(*argument, *songs)
            took = time.monotonic() - begun
            for states, song in zip(whole, songs):
                states.add(bytes_of(song))
        for k in range(10):
            argument = ["--remove"] if k % 2 else []
            process = subprocess.Popen([PROGRAM, "tag", "-q", *argument, *songs], env=self.environment, stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, took))
            process.send_signal(signal.SIGKILL)
            process.wait()
            for states, song in zip(whole, songs):
                self.assertTrue(bytes_of(song) in states, song)
        self.rows(*songs)
        self.assertEqual(glob.glob(self.path("emotrack.partial-*")), [])

    def test_damaged_files_are_a_message_and_keep_their_sound(self):
        chance, songs = random.Random(5), []
        for kind in KINDS:
            whole = bytes_of(self.song(kind))
            for k in range(5):
                data = bytearray(whole)
                for _ in range(1 << k % 5):
                    data[chance.randrange(min(len(data), 300 << k % 5))] = chance.randrange(256)
                songs.append(self.path("damaged%d.%s" % (k, kind)))
                with open(songs[-1], "wb") as file:
                    file.write(data)
        before = {song: bytes_of(song) for song in songs}
        out = subprocess.run([PROGRAM, "tag", "-q", *songs], capture_output=True, text=True, timeout=200, env=self.environment)
        self.assertIn(out.returncode, (0, 1), out.stderr)
        done = {row["file"] for row in csv.DictReader(io.StringIO(out.stdout)) if row["tags"] == "written"}
        self.assertGreater(len(done), len(songs) // 4)
        for song in set(songs) - done:
            self.assertEqual(bytes_of(song), before[song])
        for line in out.stderr.splitlines():
            self.assertTrue(line.startswith("emotrack: "), line)


unittest.main(argv=sys.argv[:1])
