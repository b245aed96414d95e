"""emotrack live at a microphone in real time: PulseAudio's null sink, played into by paplay and heard through its monitor. The
server is a private one; it is killed and started again to see a device go away and return."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
SECONDS = float(os.environ.get("EMOTRACK_LIVE_SECONDS", "8"))
SONG = os.environ.get("EMOTRACK_LIVE_SONG", os.path.join(DATA, "audio", "music_44k.wav"))


class Server:
    def __init__(self, home):
        self.home, self.socket, self.process = home, os.path.join(home, "pulse.socket"), None
        self.environment = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, PULSE_SERVER="unix:" + self.socket,
                                PULSE_SOURCE="virt.monitor", EMOTRACK_MODEL=os.path.join(home, "test.safetensors"))

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "-L", "module-null-sink sink_name=virt rate=44100 channels=2 format=s16le",
             "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + self.socket],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(50):
            time.sleep(.1)
            if subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode == 0:
                return True
        return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def play(self, stop):
        while not stop.is_set():
            player = subprocess.Popen(["paplay", "--device=virt", SONG], env=self.environment, stderr=subprocess.DEVNULL)
            while player.poll() is None and not stop.is_set():
                time.sleep(.05)
            player.kill()
            player.wait()


class LiveInRealTime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.server = Server(folder.name)
        with open(os.path.join(folder.name, ".asoundrc"), "w") as f:
            f.write('pcm.test_monitor { type pulse\n hint { show on description "a monitor" } }\n')
        subprocess.run([WRITE_MODEL, os.path.join(folder.name, "test.safetensors")], check=True)
        try:
            started = cls.server.start()
        except FileNotFoundError:
            started = False
        cls.addClassCleanup(cls.server.kill)
        if not started:
            print("skipped: no private PulseAudio server can be started here (packages pulseaudio, pulseaudio-utils)")
            os._exit(77)

    def setUp(self):
        stop = threading.Event()
        player = threading.Thread(target=self.server.play, args=(stop,))
        player.start()
        self.addCleanup(player.join)
        self.addCleanup(stop.set)

    def path(self, name):
        return os.path.join(self.server.home, name)

    def live(self, *arguments, **options):
        return subprocess.Popen([PROGRAM, "live", "--input", "test_monitor", *arguments], env=self.server.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def test_nothing_is_lost_beside_a_busy_core_and_the_record_gives_the_same_rows(self):
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            process = self.live("--duration-s", str(SECONDS), "--record", self.path("heard.wav"))
            out, err = process.communicate(timeout=SECONDS + 60)
        finally:
            busy.kill()
            busy.wait()
        self.assertEqual(process.returncode, 0, err)
        print(err)
        self.assertIn("0 frames lost in 0 overruns", err)
        later = subprocess.run([PROGRAM, "annotate", "--step-ms", "10", self.path("heard.wav")], env=self.server.environment,
                               capture_output=True, text=True, timeout=120)
        mine, theirs = out.splitlines(), later.stdout.splitlines()
        self.assertEqual(len(mine), len(theirs))
        for a, b in zip(mine, theirs):
            self.assertEqual(a, b)
        levels = [float(row.split(",")[4]) for row in mine[-200:]]
        self.assertGreater(max(levels), -60, "the song was not heard")

    def test_it_waits_instead_of_asking_again_and_again(self):
        """Wakings a second of all threads, behind the start: some for each hop, not a thousand."""
        process = self.live("--duration-s", "30", "--quiet")
        reader = threading.Thread(target=process.stdout.read)
        reader.start()
        try:
            time.sleep(3)
            before = self.wakings(process.pid)
            time.sleep(3)
            after = self.wakings(process.pid)
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()
            process.stderr.close()
        self.assertLess((after - before) / 3, 700)

    @staticmethod
    def wakings(pid):
        total = 0
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/status" % (pid, task)) as f:
                total += int(re.search("^voluntary_ctxt_switches:\\s*([0-9]+)", f.read(), re.M).group(1))
        return total

    def test_the_duration_is_the_clock_s(self):
        """The sound server takes its time before it gives sound; that counts too. A device that goes away does not make it longer."""
        began = time.monotonic()
        process = self.live("--duration-s", "4", "--quiet")
        time.sleep(2.5)
        self.server.kill()
        out, err = process.communicate(timeout=60)
        took = time.monotonic() - began
        self.assertTrue(self.server.start())
        self.assertEqual(process.returncode, 0, err)
        self.assertLess(took, 8)
        self.assertGreater(len(out.splitlines()), 10)

    def test_a_device_that_goes_away_is_told_and_taken_up_again(self):
        process = self.live("--record", self.path("gone.wav"))
        time.sleep(5)
        self.server.kill()
        time.sleep(2)
        self.assertTrue(self.server.start())
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertRegex(err, "input 'test_monitor' gives no sound")
        self.assertRegex(err, "input 'test_monitor' is back after [0-9.]+ s")
        self.assertNotIn("Expression", err)
        lost, overruns = map(int, re.search("([0-9]+) frames lost in ([0-9]+) overruns", err).groups())
        self.assertGreater(lost, 44100)
        self.assertGreaterEqual(overruns, 1)
        rows = [row.split(",") for row in out.splitlines()[1:]]
        self.assertTrue(any("lost" in row[5] for row in rows))
        self.assertNotIn("lost", rows[-1][5])
        self.assertTrue(all(abs(float(b[0]) - float(a[0]) - .01) < 1e-6 for a, b in zip(rows, rows[1:])), "rows are missing")


unittest.main(argv=["live_realtime"])
