"""What every command owes its caller: no control characters at a terminal, the exit code of the signal, no picture of another kind than
its name says, a way out for sounds that cannot be read."""
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
STEERING = b"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m\x9b1m\r"


def controls(text):
    """Control characters but line ends; also C1, alone or in UTF-8."""
    return [b for b in text.replace(b"\n", b"") if b < 32 or b == 127] + [
        c for c in text.decode("utf-8", "surrogateescape") if 0x80 <= ord(c) < 0xa0 or 0xdc80 <= ord(c) <= 0xdc9f]


class Manners(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name.encode()
        self.model = os.path.join(self.folder, b"model.safetensors")
        subprocess.run([WRITE_MODEL, self.model], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_it(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=100, **options)

    def sound(self, name, seconds=1):
        with wave.open(self.path(name).decode(errors="surrogateescape"), "wb") as f:
            f.setparams((1, 2, 8000, 0, "NONE", ""))
            f.writeframes(struct.pack("<8000h", *[i * 37 % 9000 for i in range(8000)]) * seconds)
        return self.path(name)

    def test_names_of_files_steer_no_terminal(self):
        broken = self.path(STEERING + b".wav")
        with open(broken, "wb") as f:
            f.write(b"no sound")
        for line in (["annotate", "--model", self.model, broken], ["annotate", "--model", self.model, broken + b".missing"],
                     ["features", broken], ["info", broken], ["evaluate", "--model", self.model, "--data", broken], [STEERING],
                     ["annotate", "--" + STEERING.decode("latin1")], ["info", STEERING, STEERING], ["live", "--osc", STEERING],
                     ["annotate", "--model", self.model, "--output-dir", broken, broken],
                     ["train", "--data", broken, "--output", self.path(b"x")]):
            out = self.run_it(*line)
            self.assertNotEqual(out.returncode, 0, line)
            self.assertEqual(controls(out.stderr), [], (line, out.stderr))
            self.assertEqual(controls(out.stdout), [], (line, out.stdout))

    def test_what_a_model_says_of_itself_steers_no_terminal(self):
        with open(self.model, "rb") as f:
            data = f.read()
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        evil = STEERING[:18].decode("utf-8", "ignore") + "\x9b31m"
        header["__metadata__"].update(name=evil, card="line\nline" + evil, license=evil, training=json.dumps(
            {"split": evil, "songs": [{"name": evil, "layout": evil}]}), metrics=json.dumps({evil: {evil: {"rmse": 1}}}))
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(self.model, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + data[8 + size:])
        out = self.run_it("info", self.model)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertIn(b"line\nline", out.stdout)
        self.assertIn(b"\\x1b]0;", out.stdout)
        self.assertEqual(controls(out.stdout), [])

    def test_progress_at_a_terminal_holds_its_own_signs_only(self):
        parent, child = pty.openpty()
        files = [self.sound(b"%d" % i + STEERING + b".wav", 60) for i in range(3)]
        process = subprocess.Popen([PROGRAM, "annotate", "--model", self.model, "--step-ms", "10", "--jobs", "1", *files],
                                   stdout=subprocess.DEVNULL, stderr=child)
        os.close(child)
        wrote = b""
        try:
            while more := os.read(parent, 4096):
                wrote += more
        except OSError:
            pass
        self.assertEqual(process.wait(), 0)
        os.close(parent)
        self.assertEqual(controls(wrote.replace(b"\r", b"").replace(b"\x1b[K", b"")), [])

    def test_a_signal_gives_its_exit_code(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            process = subprocess.Popen([PROGRAM, "annotate", "--model", self.model, "--raw", "s16le:44100:1", "-"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            process.stdin.write(bytes(44100 * 2 * 30))
            process.stdin.flush()
            process.stdout.read(100)  # it works
            time.sleep(.2)
            process.send_signal(number)
            process.communicate()
            self.assertEqual(process.returncode, code)

    def test_a_picture_is_what_its_name_says(self):
        sound = self.sound(b"a.wav", 3)
        for name, begins in ((b"a.png", b"\x89PNG\r\n"), (b"a.pdf", b"%PDF-"), (b"a.svg", b"<")):
            out = self.run_it("annotate", "--model", self.model, "--plot", self.path(name), sound)
            self.assertEqual(out.returncode, 0, out.stderr)
            with open(self.path(name), "rb") as f:
                self.assertEqual(f.read(len(begins)), begins)
        for name in (b"a.gif", b"svg", b"a"):
            out = self.run_it("annotate", "--model", self.model, "--plot", self.path(name), sound)
            self.assertEqual(out.returncode, 2)
            self.assertIn(b".svg", out.stderr)
            self.assertFalse(os.path.exists(self.path(name)))

    def test_a_sound_that_cannot_be_read_is_told_how_to_become_one_that_can(self):
        with open(self.path(b"song.m4a"), "wb") as f:
            f.write(b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(3000))
        out = self.run_it("annotate", "--model", self.model, self.path(b"song.m4a"))
        self.assertEqual(out.returncode, 1)
        self.assertIn(b"ffmpeg -i", out.stderr)


unittest.main(argv=["manners"])
