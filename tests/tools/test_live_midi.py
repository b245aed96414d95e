"""emotrack live --midi through JACK's dummy driver: control changes as another program receives them."""
import ctypes
import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
JACK = 3  # RTMIDI_API_UNIX_JACK
SERVER = "emotrack-test-%d" % os.getpid()
NAME = ctypes.util.find_library("rtmidi")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


if NAME is None:
    skip("there is no RtMidi here (package librtmidi-dev)")
if shutil.which("jackd") is None:
    skip("there is no JACK here (package jackd2)")


class Wrapper(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("data", ctypes.c_void_p), ("ok", ctypes.c_bool), ("msg", ctypes.c_char_p)]


class Receiver:
    """Another program's input port."""
    library = ctypes.CDLL(NAME)
    library.rtmidi_in_create.restype = ctypes.POINTER(Wrapper)
    library.rtmidi_in_get_message.restype = ctypes.c_double

    def __init__(self, name):
        self.device = self.library.rtmidi_in_create(JACK, name.encode(), 4096)
        if not self.device.contents.ok:
            skip("no client of JACK can be made here")

    def open(self):
        self.library.rtmidi_open_virtual_port(self.device, b"in")
        return self

    def connect(self, words):
        name, room = ctypes.create_string_buffer(256), ctypes.c_int(256)
        for number in range(self.library.rtmidi_get_port_count(self.device)):
            room.value = 256
            self.library.rtmidi_get_port_name(self.device, number, name, ctypes.byref(room))
            if words in name.value.decode():
                self.library.rtmidi_open_port(self.device, number, b"in")
                return bool(self.device.contents.ok)
        return False

    def messages(self):
        got, buffer, size = [], ctypes.create_string_buffer(1024), ctypes.c_size_t()
        while True:
            size.value = 1024
            self.library.rtmidi_in_get_message(self.device, buffer, ctypes.byref(size))
            if size.value == 0:
                return got
            got.append(tuple(buffer.raw[:size.value]))

    def close(self):
        self.library.rtmidi_close_port(self.device)
        self.library.rtmidi_in_free(self.device)


class Midi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.music = os.path.join(folder.name, "music.wav")
        with wave.open(os.path.join(DATA, "audio", "music_44k.wav")) as whole, wave.open(cls.music, "wb") as part:
            part.setparams(whole.getparams())
            part.writeframes(whole.readframes(3 * whole.getframerate()))
        subprocess.run([WRITE_MODEL, os.path.join(folder.name, "test.safetensors")], check=True)
        os.environ["JACK_DEFAULT_SERVER"] = SERVER
        cls.environment = dict(os.environ, EMOTRACK_MODEL=os.path.join(folder.name, "test.safetensors"))
        cls.jack = subprocess.Popen(["jackd", "-r", "-n", SERVER, "-d", "dummy", "-r", "44100", "-p", "441"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.jack.wait)
        cls.addClassCleanup(cls.jack.terminate)  # killed, it would leave its place in JACK's table of eight servers taken
        for _ in range(600):
            if subprocess.run(["jack_lsp", "-s", SERVER], capture_output=True).returncode == 0:
                return
            time.sleep(.1)
        cls.jack.terminate()
        skip("JACK's dummy driver does not start here")

    def live(self, *arguments):
        process = subprocess.Popen([PROGRAM, "live", "--play", self.music, "--format", "jsonl", *arguments], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def rows(self, process):
        out, err = process.communicate(timeout=60)
        if "built without" in err:
            self.skipTest("this build has no MIDI (package librtmidi-dev)")
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("0 frames lost", err)
        return [json.loads(row) for row in out.splitlines()]

    def check(self, messages, rows, most, decode):
        """The last of each controller is the newest answer, and all are answers that were given."""
        for name, values in zip(("valence", "arousal"), decode(messages)):
            wanted = [round((row[name] + 1) / 2 * most) for row in rows]
            self.assertGreater(len(values), 0, name)
            self.assertLessEqual({min(abs(value - w) for w in wanted) for value in values}, {0, 1}, name)

    def test_a_port_is_found_by_a_part_of_its_name(self):
        receiver = Receiver("desk").open()
        self.addCleanup(receiver.close)
        rows = self.rows(self.live("--midi", "DESK", "--cc", "7,10", "--midi-channel", "2"))
        messages = receiver.messages()
        self.assertLessEqual({message[:2] for message in messages}, {(0xb1, 7), (0xb1, 10)})
        self.check(messages, rows, 127, lambda all: [[value for _, number, value in all if number == n] for n in (7, 10)])

    def test_a_port_of_our_own_with_fourteen_bits(self):
        receiver = Receiver("listener")
        self.addCleanup(receiver.close)
        process = self.live("--midi", "virtual", "--midi-fine")
        while process.poll() is None and not receiver.connect("emotrack"):
            time.sleep(.05)
        rows = self.rows(process)

        def pairs(messages):
            values = {20: [], 21: []}
            for upper, lower in zip(messages, messages[1:]):
                if upper[1] in values and lower[1] == upper[1] + 32:
                    values[upper[1]].append(upper[2] * 128 + lower[2])
            return values[20], values[21]

        self.check(receiver.messages(), rows, 16383, pairs)

    def test_a_port_that_is_not_there(self):
        receiver = Receiver("desk").open()
        self.addCleanup(receiver.close)
        process = self.live("--midi", "organ")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err, "none of this name.*desk|built without")


unittest.main(argv=["live_midi"])
