"""emotrack live, as a user calls it: a virtual microphone (ALSA's file plug-in) that plays its file as fast as it is read, then
silence; rows, recording, the picture on a terminal, and every way to end."""
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
MICROPHONE = """pcm.test_microphone { type file slave.pcm "null" file "/dev/null" infile "%s" format "raw"
  hint { show on description "plays a file" } }
"""
TAKEN, GIVEN_BACK = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


def set_up_home(home):
    with wave.open(MUSIC) as music:
        samples = struct.unpack("<%dh" % music.getnframes(), music.readframes(music.getnframes()))
    with open(os.path.join(home, "sound.f32"), "wb") as f:  # the plug-in hands over what PortAudio asks for: floats
        f.write(struct.pack("<%df" % (2 * 8 * len(samples)), *[s / 32768 for _ in range(8) for s in samples for _ in (0, 1)]))
    with open(os.path.join(home, ".asoundrc"), "w") as f:
        f.write(MICROPHONE % os.path.join(home, "sound.f32"))
    subprocess.run([WRITE_MODEL, os.path.join(home, "test.safetensors")], check=True)


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        set_up_home(cls.home)
        cls.environment = dict(os.environ, HOME=cls.home, XDG_RUNTIME_DIR=cls.home, LC_ALL="C.UTF-8",
                               EMOTRACK_MODEL=os.path.join(cls.home, "test.safetensors"))
        listed = subprocess.run([PROGRAM, "devices"], capture_output=True, env=cls.environment, text=True).stdout
        if "test_microphone" not in listed:
            print("skipped: no ALSA file device can be set up here (package libasound2-plugins)")
            os._exit(77)

    def path(self, name):
        return os.path.join(self.home, name)

    def run_it(self, *arguments, code=0, command="live"):
        out = subprocess.run([PROGRAM, command, *arguments], capture_output=True, env=self.environment, timeout=120, text=True)
        self.assertEqual(out.returncode, code, out.stderr)
        return out

    def same_rows(self, mine, theirs, flags=False):
        """All columns; the flags only where nothing was lost (a recording has silence there, which is not flagged)."""
        mine, theirs = ([row if flags else row.rsplit(",", 1)[0] for row in text.splitlines()] for text in (mine, theirs))
        self.assertEqual(len(mine), len(theirs))
        for a, b in zip(mine, theirs):
            self.assertEqual(a, b)

    def start(self, *arguments, **options):
        return subprocess.Popen([PROGRAM, "live", *arguments], env=self.environment, **options)

    def test_the_record_gives_the_same_rows(self):
        live = self.run_it("--duration-s", "5", "--record", self.path("heard.wav"))
        later = self.run_it("--step-ms", "10", self.path("heard.wav"), command="annotate")
        rows = live.stdout.splitlines()
        self.assertEqual(rows[0], "time_s,valence,arousal,context_s,level_dbfs,flags")
        self.assertEqual(rows[-1].split(",")[0], "5.000")
        self.same_rows(live.stdout, later.stdout, flags=True)
        self.assertIn("5.00 s of sound", live.stderr)
        self.assertIn("0 frames lost in 0 overruns", live.stderr)

    def test_the_record_is_the_sound(self):
        self.run_it("--duration-s", "2", "--channels", "2", "--record", self.path("exact.wav"))
        with open(self.path("exact.wav"), "rb") as f:
            recorded = f.read()
        with open(self.path("sound.f32"), "rb") as f:
            sound = f.read()
        start = recorded.index(b"data", recorded.index(b"fmt ")) + 8
        self.assertEqual(len(recorded) - start, 2 * 44100 * 8)
        self.assertIn(recorded[start:], sound)
        self.assertEqual([name for name in os.listdir(self.home) if "partial" in name], [])

    def test_steps_formats_and_output(self):
        self.run_it("--duration-s", "3", "--step-ms", "500", "--format", "jsonl", "--output", self.path("rows.jsonl"))
        with open(self.path("rows.jsonl")) as f:
            rows = f.read().splitlines()
        self.assertEqual(len(rows), 6)
        self.assertTrue(all(row.startswith('{"time_s":') for row in rows))

    def test_rows_in_a_file_can_be_followed_while_it_grows(self):
        path = self.path("growing.csv")
        process = self.start("--duration-s", "3600", "--output", path, "--quiet", stdout=subprocess.DEVNULL)
        try:
            sizes, end = [], time.monotonic() + 120
            while len(sizes) < 5 and time.monotonic() < end and process.poll() is None:
                size = os.path.getsize(path) if os.path.exists(path) else 0
                if size > 200 and size not in sizes:
                    sizes.append(size)
                time.sleep(.002)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(sizes, sorted(sizes))
        self.assertGreaterEqual(len(sizes), 3, "the file did not grow")
        said = self.run_it("--duration-s", "1", "--no-clobber", "--output", path, code=1).stderr
        self.assertIn("is there already", said)

    def test_parts_of_the_latency_at_the_end(self):
        err = self.run_it("--duration-s", "4").stderr
        for words in ("device and buffer", "computing", "algorithmic look-ahead", "p50", "p95", "p99", "max"):
            self.assertIn(words, err)
        self.assertEqual(self.run_it("--duration-s", "1", "--quiet").stderr, "")

    def test_interrupted_in_order(self):
        process = self.start(
            "--record", self.path("cut.wav"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        heard = b"".join(process.stdout.readline() for _ in range(30))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        out = heard + out
        self.assertEqual(process.returncode, 130, err)
        self.assertTrue(out.endswith(b"\n"))
        self.assertTrue(all(line.count(b",") == 5 for line in out.splitlines()))
        later = self.run_it("--step-ms", "10", self.path("cut.wav"), command="annotate")
        self.same_rows(out.decode(), later.stdout)

    def test_a_reader_that_leaves_ends_it(self):
        process = self.start(stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(5):
            process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)

    def test_osc(self):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(30)
        self.run_it("--duration-s", "2", "--osc", "127.0.0.1:%d" % receiver.getsockname()[1])
        message = receiver.recv(100)
        self.assertEqual(message, b"/emotrack/status\0\0\0\0,s\0\0start\0\0\0")
        message = receiver.recv(100)
        receiver.close()
        self.assertEqual(message[:24], b"/emotrack/emotion\0\0\0,ff\0")
        self.assertTrue(all(-1 <= number <= 1 for number in struct.unpack(">ff", message[24:])))

    def test_wrong_use_and_what_is_missing(self):
        self.assertIn("'test_microphone'", self.run_it("--input", "nowhere", code=1).stderr)
        self.assertIn("not 200", self.run_it("--channels", "200", code=1).stderr)
        self.assertIn("no/such/folder", self.run_it("--record", "/no/such/folder/x.wav", code=1).stderr)
        self.run_it("song.wav", code=2)
        self.run_it("--step-ms", "15", code=2)
        self.run_it("--osc", "nowhere", code=2)
        self.run_it("--model", "/no/such/model", code=1)

    def picture(self, *arguments, act=None, size=(24, 80), seconds=.4):
        """Runs on a terminal of its own; what it wrote, its exit code, and whether the keys are as before."""
        try:
            parent, child = pty.openpty()
        except OSError:
            self.skipTest("no terminal can be made here")
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        before = termios.tcgetattr(child)
        process = self.start(*arguments, stdin=child, stdout=child, stderr=subprocess.PIPE, start_new_session=True)
        wrote, acted, end = b"", False, time.monotonic() + 60
        began = None
        while time.monotonic() < end:
            ready, _, _ = select.select([parent], [], [], .05)
            if ready:
                wrote += os.read(parent, 65536)
            if began is None and TAKEN in wrote:
                began = time.monotonic()
            if not acted and began is not None and time.monotonic() > began + seconds:
                acted = True
                if act is not None:
                    act(process, parent)
            if process.poll() is not None and not ready:
                break
        code, err = process.wait(timeout=1), process.stderr.read()
        process.stderr.close()
        same = termios.tcgetattr(child) == before
        os.close(parent)
        os.close(child)
        return wrote, code, same, err

    def test_the_picture_and_the_key_that_ends_it(self):
        wrote, code, same, err = self.picture(act=lambda process, terminal: os.write(terminal, b"q"))
        self.assertEqual((code, same), (0, True), err)
        self.assertTrue(wrote.rstrip().endswith(GIVEN_BACK))
        for words in (b"excited", b"unpleasant", b"valence", b"dBFS", b"look-ahead", b"lost", b"test_microphone"):
            self.assertIn(words, wrote)
        self.assertIn(b"answers", err)

    def test_the_terminal_is_given_back_whatever_ends_it(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, -signal.SIGQUIT),
                             (signal.SIGABRT, -signal.SIGABRT), (signal.SIGSEGV, -signal.SIGSEGV)):
            wrote, got, same, err = self.picture(act=lambda process, terminal: process.send_signal(number))
            self.assertEqual((got, same), (code, True), (number, err))
            self.assertIn(GIVEN_BACK, wrote)

    def test_the_picture_follows_the_size_of_the_terminal(self):
        def resize(process, terminal):
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            time.sleep(.5)
            os.write(terminal, b"q")
        wrote, code, same, _ = self.picture(act=resize)
        self.assertEqual((code, same), (0, True))
        pages = wrote.split(b"\x1b[H")
        self.assertEqual(pages[1].count(b"\n"), 23)
        self.assertEqual(pages[-1].count(b"\r\n"), 39)

    def test_a_stop_gives_the_terminal_back_and_takes_it_again(self):
        def stop(process, terminal):
            process.send_signal(signal.SIGTSTP)
            time.sleep(.5)
            process.send_signal(signal.SIGCONT)
            time.sleep(.5)
            os.write(terminal, b"q")
        wrote, code, same, _ = self.picture(act=stop)
        self.assertEqual((code, same), (0, True))
        self.assertEqual((wrote.count(TAKEN), wrote.count(GIVEN_BACK)), (2, 2))

    def test_rows_beside_the_picture(self):
        wrote, code, _, _ = self.picture("--duration-s", "60", "--output", self.path("beside.csv"))
        self.assertEqual(code, 0)
        self.assertIn(b"excited", wrote)
        with open(self.path("beside.csv")) as f:
            self.assertGreater(len(f.readlines()), 100)


unittest.main(argv=["live"])
