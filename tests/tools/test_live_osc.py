"""emotrack live --osc in every style, as a patch would receive it: a played file, real sockets, the messages parsed by the standard."""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
PATCH = os.path.join(DATA, "..", "..", "..", "docs", "examples", "emotrack.pd")
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")


def text(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(), (end // 4 + 1) * 4


def parse(data):
    """A datagram as a list of (address, arguments)."""
    if data.startswith(b"#bundle\0"):
        messages, at = [], 16
        while at < len(data):
            size = struct.unpack_from(">i", data, at)[0]
            messages += parse(data[at + 4:at + 4 + size])
            at += 4 + size
        return messages
    address, at = text(data, 0)
    types, at = text(data, at)
    arguments = []
    for kind in types[1:]:
        if kind == "s":
            value, at = text(data, at)
        else:
            value = struct.unpack_from(">" + kind, data, at)[0]
            at += 4
        arguments.append(value)
    assert at == len(data), "bytes behind the arguments"
    return [(address, arguments)]


class Osc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.music = os.path.join(folder.name, "music.wav")
        with wave.open(MUSIC) as whole, wave.open(cls.music, "wb") as part:
            part.setparams(whole.getparams())
            part.writeframes(whole.readframes(int(1.5 * whole.getframerate())))
        cls.known = os.path.join(folder.name, "known.safetensors")
        subprocess.run([WRITE_MODEL, os.path.join(folder.name, "test.safetensors")], check=True)
        subprocess.run([WRITE_MODEL, cls.known, "known"], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=os.path.join(folder.name, "test.safetensors"))

    def receiver(self, group=None):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        receiver.bind(("", 0))
        receiver.settimeout(.3)
        if group is not None:
            receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton("0.0.0.0"))
        return receiver, receiver.getsockname()[1]

    def live(self, *arguments, code=0):
        out = subprocess.run([PROGRAM, "live", "--play", self.music, "--format", "jsonl", *arguments],
                             env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(out.returncode, code, out.stderr)
        return [json.loads(row) for row in out.stdout.splitlines()] if code == 0 else out.stderr

    def received(self, receiver):
        datagrams = []
        try:
            while True:
                datagrams.append(receiver.recv(2048))
        except TimeoutError:
            return datagrams

    def test_every_style_at_once(self):
        styles = ("pair", "single", "wekinator", "full")
        receivers = [self.receiver() for _ in styles]
        arguments = [word for (_, port), style in zip(receivers, styles)
                     for word in ("--osc", "127.0.0.1:%d" % port, "--osc-style", style)]
        rows = self.live(*arguments)
        sent = {style: [message for datagram in self.received(receiver) for message in parse(datagram)]
                for (receiver, _), style in zip(receivers, styles)}
        for style, address in (("pair", "/emotrack/emotion"), ("wekinator", "/wek/inputs")):
            answers = [values for name, values in sent[style] if name == address]
            self.assertGreater(len(answers), 3)
            for valence, arousal in answers:
                self.assertTrue(any(abs(valence - row["valence"]) < 1e-6 and abs(arousal - row["arousal"]) < 1e-6 for row in rows))
        self.assertEqual({name for name, _ in sent["wekinator"]}, {"/wek/inputs"})
        self.assertEqual({name for name, _ in sent["single"]}, {"/emotrack/valence", "/emotrack/arousal", "/emotrack/status"})
        self.assertLessEqual({"/emotrack/" + name for name in ("time", "valence", "arousal", "context", "level", "flags")},
                             {name for name, _ in sent["full"]})
        words = [values[0] for name, values in sent["pair"] if name == "/emotrack/status"]
        self.assertEqual((words[0], words[-1]), ("start", "stop"))

    def test_the_style_full_has_all_that_the_model_knows(self):
        receiver, port = self.receiver()
        to = ("--osc", "127.0.0.1:%d" % port, "--osc-style", "full")
        rows = {row["time_s"]: row for row in self.live(*to, "--model", self.known, "--columns", "error,key,mode,tempo,pulse")}
        bundles = [dict(parse(datagram)) for datagram in self.received(receiver) if datagram.startswith(b"#bundle")]
        self.assertGreater(len(bundles), 3)
        keys = ["%s %s" % (name, mode) for mode in ("major", "minor") for name in "C C# D D# E F F# G G# A A# B".split()]
        for bundle in bundles:
            sent = {address.split("/")[2]: values[0] for address, values in bundle.items()}
            row = rows[round(sent["time"], 2)]
            self.assertEqual({"time", "valence", "arousal", "valence_error", "arousal_error", "context", "level", "flags", "key",
                              "mode", "tempo", "pulse"}, set(sent))
            if sent["key"] < 0:
                del sent["mode"]  # nothing is minor or major
            for name, digits in (("valence_error", 3), ("arousal_error", 3), ("mode", 3), ("pulse", 3), ("tempo", 1)):
                self.assertAlmostEqual(sent.get(name, 0), row[name] or 0, delta=.6 * 10**-digits, msg=name)
            self.assertEqual(None if sent["key"] < 0 else keys[sent["key"]], row["key"])
        self.live(*to)
        sent = {address for datagram in self.received(receiver) for address, _ in parse(datagram)}
        self.assertIn("/emotrack/key", sent)
        self.assertNotIn("/emotrack/valence_error", sent)

    def test_a_group_hears_it(self):
        group = "239.255.17.%d" % (os.getpid() % 250 + 1)
        try:
            receiver, port = self.receiver(group)
        except OSError:
            self.skipTest("there is no network interface for groups here")
        self.live("--osc", "%s:%d" % (group, port))
        if not self.received(receiver):
            self.skipTest("datagrams to groups do not come back here")

    def test_the_mapping_changes_what_is_sent_and_not_the_rows(self):
        receiver, port = self.receiver()
        rows = self.live("--osc", "127.0.0.1:%d" % port, "--range", "0..1", "--gain", "2,0", "--offset", "0,-1")
        plain = self.live()
        self.assertGreater(min(len(rows), len(plain)), 100)
        for mine, other in zip(rows, plain):
            self.assertEqual(mine, other)
        answers = [values for datagram in self.received(receiver) for name, values in parse(datagram) if name == "/emotrack/emotion"]
        self.assertTrue(all(0 <= valence <= 1 and arousal == 0 for valence, arousal in answers))
        wanted = [max(0, min(1, row["valence"] + .5)) for row in rows]
        self.assertTrue(all(min(abs(valence - other) for other in wanted) < 1e-5 for valence, _ in answers))

    def test_percentiles_are_those_of_the_models_table(self):
        receiver, port = self.receiver()
        rows = self.live("--osc", "127.0.0.1:%d" % port, "--range", "percentile", "--model", self.known)
        answers = [values for datagram in self.received(receiver) for name, values in parse(datagram) if name == "/emotrack/emotion"]
        self.assertGreater(len(answers), 3)
        wanted = [(max(0, min(1, row["valence"] + .5)), (row["arousal"] + 1) / 2) for row in rows]
        for valence, arousal in answers:
            self.assertTrue(any(abs(valence - v) < 1e-5 and abs(arousal - a) < 1e-5 for v, a in wanted), (valence, arousal))

    def test_the_patch_of_pure_data_moves(self):
        pd = shutil.which("pd")
        if pd is None:
            self.skipTest("there is no Pure Data here (package puredata-core)")
        receiver, port = self.receiver()
        receiver.close()
        with tempfile.TemporaryDirectory() as home:
            with open(PATCH) as f:
                patch = f.read().replace("9000", str(port))
            with open(os.path.join(home, "emotrack.pd"), "w") as f:
                f.write(patch)
            with open(os.path.join(home, "shown.pd"), "w") as f:
                f.write("#N canvas 0 0 400 300 12;\n#X obj 9 9 emotrack;\n#X obj 9 40 r valence;\n#X obj 9 70 print valence;\n"
                        "#X obj 90 40 r arousal;\n#X obj 90 70 print arousal;\n#X connect 1 0 2 0;\n#X connect 3 0 4 0;\n")
            with open(os.path.join(home, "said"), "w+") as said:
                process = subprocess.Popen([pd, "-nogui", "-noaudio", "-nomidi", "-stderr", "-path", home, "-open", "shown.pd"],
                                           cwd=home, env=dict(os.environ, HOME=home), stdout=said, stderr=said)
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                time.sleep(1)
                rows = self.live("--osc", "127.0.0.1:%d" % port)
                time.sleep(.5)
                process.kill()
                process.wait()
                said.seek(0)
                lines = said.read().splitlines()
        self.assertIn("emotrack: start", lines)
        for name in ("valence", "arousal"):
            shown = [float(line.split()[1]) for line in lines if line.startswith(name + ": ")]
            self.assertGreater(len(shown), 3)
            self.assertTrue(all(min(abs(value - row[name]) for row in rows) < 1e-5 for value in shown))

    def test_what_cannot_be_is_said(self):
        self.assertIn("--osc-style is one of", self.live("--osc", "127.0.0.1:9", "--osc-style", "max", code=2))
        self.assertIn("for each --osc", self.live("--osc", "127.0.0.1:9", "--osc-style", "pair", "--osc-style", "full", code=2))
        self.assertIn("no table", self.live("--osc", "127.0.0.1:9", "--range", "percentile", code=1))
        self.assertIn("--gain", self.live("--osc", "127.0.0.1:9", "--gain", "1;2", code=2))
        self.assertIn("need --osc or --midi", self.live("--smooth", "1", code=2))


unittest.main(argv=["live_osc"])
