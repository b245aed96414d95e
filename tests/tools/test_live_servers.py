"""Inputs of the sound servers by their names there: a private PulseAudio with a null sink, whose monitor is heard, goes away and comes
back; JACK's dummy driver."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
MUSIC = os.path.join(DATA, "audio", "music_44k.wav")
SINK = ["module-null-sink", "sink_name=stage", "rate=44100", "channels=2", "sink_properties=device.description=Loudspeakers"]


def until(good, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if good():
            return True
        time.sleep(.1)
    return False


class Servers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        model = os.path.join(self.home, "test.safetensors")
        subprocess.run([WRITE_MODEL, model], check=True)
        self.environment = dict(os.environ, HOME=self.home, XDG_RUNTIME_DIR=self.home, EMOTRACK_MODEL=model,
                                PULSE_SERVER="unix:%s/pulse.socket" % self.home, JACK_DEFAULT_SERVER="emotrack-servers-%d" % os.getpid())

    def ask(self, *arguments):
        return subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=60)

    def start(self, *arguments, **options):
        process = subprocess.Popen(arguments, env=self.environment, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def devices(self):
        return json.loads(self.ask(PROGRAM, "devices", "--format", "json").stdout)["inputs"]

    def is_heard(self):
        return until(lambda: "RUNNING" in self.ask("pactl", "list", "short", "sources").stdout)

    def start_pulse(self):
        if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
            self.skipTest("there is no PulseAudio here (packages pulseaudio and pulseaudio-utils)")
        self.start("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L", " ".join(SINK), "-L",
                   "module-native-protocol-unix auth-anonymous=1 socket=%s/pulse.socket" % self.home, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
        if not until(lambda: self.ask("pactl", "info").returncode == 0):
            self.skipTest("PulseAudio does not start here")
        mine = [device for device in self.devices() if device["host_api"] == "PulseAudio"]
        if not mine:
            self.skipTest("this build has no libpulse (package libpulse-dev)")
        return mine

    def test_without_a_server_there_are_none_of_its_sources(self):
        self.assertEqual([device for device in self.devices() if device["host_api"] == "PulseAudio"], [])

    def test_a_monitor_is_listed_and_heard_by_name_description_and_index(self):
        mine = self.start_pulse()
        self.assertEqual([(device["name"], device["channels"], device["rate_hz"]) for device in mine], [("stage.monitor", 2, 44100)])
        for words in ("STAGE.mon", "of Loudspeakers", str(mine[0]["index"])):
            out = self.ask(PROGRAM, "live", "--input", words, "--duration-s", "2")
            self.assertEqual(out.returncode, 0, out.stderr)
            self.assertIn("'stage.monitor'", out.stderr)
        refused = self.ask(PROGRAM, "live", "--input", "organ")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("'stage.monitor'", refused.stderr)

    def test_what_is_played_is_heard_from_its_first_to_its_last_second(self):
        self.start_pulse()
        heard = os.path.join(self.home, "heard.wav")
        live = self.start(PROGRAM, "live", "--input", "stage.monitor", "--record", heard, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
        self.addCleanup(live.stderr.close)
        self.assertTrue(self.is_heard())
        time.sleep(1)
        self.assertEqual(self.ask("paplay", "--device=stage", MUSIC).returncode, 0)
        time.sleep(1.5)  # the level is that of a second
        live.send_signal(signal.SIGINT)
        _, words = live.communicate(timeout=60)
        if "0 frames lost" not in words:
            self.skipTest("this machine is too busy to hear all: " + words.splitlines()[0])
        rows = self.ask(PROGRAM, "annotate", "--quiet", "--step-ms", "100", heard).stdout.splitlines()[1:]
        levels = [float(row.split(",")[4]) for row in rows]
        with wave.open(MUSIC) as f:
            length_s = f.getnframes() / f.getframerate()
        self.assertGreater(.1 * sum(level > -60 for level in levels), length_s + .5)
        self.assertGreater(max(levels), -30)

    def test_a_source_that_goes_is_waited_for_and_no_other_takes_its_place(self):
        self.start_pulse()
        self.ask("pactl", "load-module", "module-null-sink", "sink_name=other")
        said, rows = os.path.join(self.home, "said"), os.path.join(self.home, "rows.csv")
        with open(said, "w") as f:
            live = self.start(PROGRAM, "live", "--input", "stage.monitor", "--output", rows, stdout=subprocess.DEVNULL, stderr=f)

        def words(path=said):
            if not os.path.exists(path):
                return ""
            with open(path) as f:
                return f.read()

        self.assertTrue(until(lambda: words(rows).count("\n") > 20), words())
        self.ask("pactl", "unload-module", "module-null-sink")
        self.assertTrue(until(lambda: "gives no sound" in words()), words())
        self.ask("pactl", "load-module", *SINK)
        self.assertTrue(until(lambda: "is back" in words()), words())
        self.assertTrue(until(lambda: "lost" in words(rows)), "the time without it is not in the rows")
        live.send_signal(signal.SIGINT)
        self.assertEqual(live.wait(timeout=60), 130)

    def test_jacks_ports(self):
        if shutil.which("jackd") is None:
            self.skipTest("there is no JACK here (package jackd2)")
        name = self.environment["JACK_DEFAULT_SERVER"]
        jack = self.start("jackd", "-r", "-n", name, "-d", "dummy", "-r", "44100", "-p", "1024", stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
        self.addCleanup(jack.wait)
        self.addCleanup(jack.terminate)  # killed, it would leave its place in JACK's table of eight servers taken
        if not until(lambda: self.ask("jack_lsp", "-s", name).returncode == 0):
            self.skipTest("JACK's dummy driver does not start here")
        jacks = [device for device in self.devices() if "JACK" in device["host_api"]]
        if not jacks:
            self.skipTest("this PortAudio knows no JACK")
        self.assertEqual([device["name"] for device in jacks], ["system"])
        out = self.ask(PROGRAM, "live", "--input", "system", "--duration-s", "3", "--format", "jsonl")
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertGreater(len(out.stdout.splitlines()), 20)


unittest.main(argv=["live_servers"])
