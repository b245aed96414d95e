"""Formats that FFmpeg decodes: the numbers of the same sound as a WAV, one clear sentence where it cannot, and nothing opened
but what lies beside the program."""
import csv
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA, WRITE_MODEL, MODULE, TRAP = sys.argv[1:6]
FFMPEG = shutil.which("ffmpeg")
if FFMPEG is None:
    print("skipped: there is no ffmpeg here that could make the sounds")
    sys.exit(77)
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
VIDEO = ["-f", "lavfi", "-i", "testsrc=duration=6:size=64x48"]
LOSSY = {"m4a": [], "webm": [], "wma": [], "aac": [], "ts": [], "mp4": VIDEO, "mkv": VIDEO, "avi": VIDEO, "flv": VIDEO}
EXACT = {"alac.m4a": ["-c:a", "alac"], "wv": [], "tta": [], "oga": ["-c:a", "flac"]}


class ForeignSounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        cls.folder = kept.name
        cls.model = os.path.join(cls.folder, "test.safetensors")
        subprocess.run([WRITE_MODEL, cls.model], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=cls.model)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def make(self, name, *options, source=MUSIC):
        before = VIDEO if options and options[0] == "-f" else []
        after = [] if before else list(options)
        subprocess.run([FFMPEG, "-v", "error", "-y", *before, "-i", source, *after, self.path(name)], check=True)
        return self.path(name)

    def run_it(self, *arguments, code=0, program=PROGRAM, **options):
        out = subprocess.run([program, "annotate", *arguments], capture_output=True, timeout=120, env=self.environment, **options)
        self.assertEqual(out.returncode, code, out.stderr)
        return out

    def rows(self, *arguments, **options):
        text = self.run_it(*arguments, **options).stdout.decode()
        return [(float(r["time_s"]), float(r["valence"]), float(r["arousal"])) for r in csv.DictReader(io.StringIO(text))]

    def same(self, got, wanted, within, what):
        self.assertLessEqual(abs(len(got) - len(wanted)), 1, what)
        for one, other in zip(got, wanted):
            for a, b in zip(one, other):
                self.assertLessEqual(abs(a - b), within, "%s: %s, not %s" % (what, one, other))

    def test_the_rows_are_those_of_what_ffmpeg_itself_decodes(self):
        for name, options in LOSSY.items():
            sound = self.make("sound." + name, *options)
            wav = self.make("decoded.wav", "-c:a", "pcm_f32le", source=sound)
            self.same(self.rows(sound), self.rows(wav), 2e-4, name)

    def test_the_rows_of_a_lossless_file_are_those_of_the_recording(self):
        wanted = self.rows(MUSIC)
        for name, options in EXACT.items():
            self.assertEqual(self.rows(self.make("exact." + name, *options)), wanted, name)

    def test_a_pipe_is_read_too(self):
        sound = self.make("piped.m4a")
        with open(sound, "rb") as file:
            data = file.read()
        self.assertEqual(self.rows("-", input=data), self.rows(sound))

    def test_a_file_that_breaks_off_gives_what_it_has_and_says_so(self):
        for name, options, words in (("cut.m4a", ["-movflags", "+faststart"], b"left unread"), ("cut.webm", [], b"cut off after"),
                                     ("cut.wma", [], b"left unread")):
            sound = self.make(name, *options)
            os.truncate(sound, os.path.getsize(sound) // 2)
            out = self.run_it(sound, code=1)
            self.assertIn(words, out.stderr, name)
            self.assertGreater(len(out.stdout.splitlines()), 4, name)

    def test_what_holds_no_sound_says_so(self):
        subprocess.run([FFMPEG, "-v", "error", "-y", *VIDEO, self.path("silent.mp4")], check=True)
        self.assertIn(b"holds no sound", self.run_it(self.path("silent.mp4"), code=1).stderr)

    def test_lists_that_name_other_files_are_no_sounds(self):
        self.make("other.m4a")
        for name, text in (("a.ffconcat", "ffconcat version 1.0\nfile other.m4a\n"),
                           ("a.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nother.m4a\n#EXT-X-ENDLIST\n")):
            with open(self.path(name), "w") as file:
                file.write(text)
            self.assertIn(b"no format of sound", self.run_it(self.path(name), code=1).stderr)

    def test_damaged_files_are_a_message_and_nothing_worse(self):
        chance, sounds = random.Random(1), []
        for name in ("m4a", "webm", "wma", "ts", "wv"):
            with open(self.make("whole." + name, "-t", "1"), "rb") as file:
                whole = file.read()
            for k in range(12):
                data = bytearray(whole)
                for _ in range(1 << k % 6):
                    data[chance.randrange(min(len(data), 400 << k % 4))] = chance.randrange(256)
                sounds.append(self.path("damaged%d.%s" % (k, name)))
                with open(sounds[-1], "wb") as file:
                    file.write(data)
        out = subprocess.run([PROGRAM, "annotate", "--output-dir", self.path("damaged"), *sounds], capture_output=True, timeout=120,
                             env=self.environment)
        self.assertIn(out.returncode, (0, 1), out.stderr)
        for line in out.stderr.decode(errors="replace").splitlines():
            self.assertTrue(line.startswith("emotrack: "), "FFmpeg's own words: " + line)

    def test_a_folder_is_searched_for_sounds_of_these_kinds_and_not_for_videos(self):
        os.makedirs(self.path("library"))
        for name in ("library/a.m4a", "library/b.wma", "library/film.mp4"):
            self.make(name)
        summary = self.path("summary.csv")
        self.run_it("--output-dir", self.path("curves"), "--summary", summary, self.path("library"))
        with open(summary, newline="") as file:
            self.assertEqual([os.path.basename(row["file"]) for row in csv.DictReader(file)], ["a.m4a", "b.wma"])

    # ---- where the library is looked for

    def test_without_the_library_the_message_names_the_command(self):
        os.makedirs(self.path("alone"))
        program = shutil.copy(PROGRAM, self.path("alone", "emotrack"))
        self.assertIn(b"`ffmpeg -i FILE FILE.wav`", self.run_it(self.make("alone.m4a"), code=1, program=program).stderr)

    def test_only_our_own_library_beside_the_program_is_opened(self):
        os.makedirs(self.path("guarded", "here", "emotrack"))
        program, library = shutil.copy(PROGRAM, self.path("guarded", "emotrack")), self.path("guarded", "libemotrack_ffmpeg.so")
        sound, trace = self.make("guarded.m4a"), self.path("sprung")
        for place in ("", "emotrack"):
            shutil.copy(TRAP, self.path("guarded", "here", place, "libemotrack_ffmpeg.so"))
        self.environment = dict(self.environment, TRAP_TRACE=trace, PATH=self.path("guarded") + ":" + os.environ["PATH"])
        self.run_it(sound, code=1, program="emotrack", cwd=self.path("guarded", "here"))
        self.assertFalse(os.path.exists(trace), "a library of the current folder was opened")
        shutil.copy(MODULE, library)
        self.assertEqual(self.rows(sound, program=program), self.rows(sound))
        os.chmod(library, 0o777)
        self.assertIn(b"is not opened", self.run_it(sound, code=1, program=program).stderr)
        os.chmod(library, 0o755)
        shutil.copy(TRAP, library)
        self.assertIn(b"belongs to another version", self.run_it(sound, code=1, program=program).stderr)
        with open(library, "w") as file:
            file.write("no library")
        self.assertIn(b"FFmpeg is needed for it", self.run_it(sound, code=1, program=program).stderr)


unittest.main(argv=sys.argv[:1])
