"""share_of_a_core.py EMOTRACK SOUND [SECONDS]: how much of a core all of `live` takes, its threads and the sound server's client library
included, from the third second on: rows into a pipe, and a picture on a terminal of 40 by 120. The input is the monitor of a private
PulseAudio's null sink, into which SOUND is played."""
import fcntl
import glob
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

PROGRAM, SOUND = sys.argv[1:3]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 20
TICKS = os.sysconf("SC_CLK_TCK")


def share_by_thread(pid):
    used = {}
    for task in glob.glob("/proc/%d/task/*" % pid):
        with open(task + "/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        used[task] = (int(fields[11]) + int(fields[12])) / TICKS
    return used


def drained(descriptor, stop):
    while not stop.is_set():
        if select.select([descriptor], [], [], .2)[0]:
            try:
                if not os.read(descriptor, 65536):
                    return
            except OSError:
                return


def measure(environment, picture):
    parent, child = pty.openpty() if picture else os.pipe()
    if picture:
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen([PROGRAM, "live", "--input", "bench_monitor", "--quiet"], env=environment,
                               stdin=child if picture else subprocess.DEVNULL, stdout=child, stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(child)
    stop = threading.Event()
    reader = threading.Thread(target=drained, args=(parent, stop))
    reader.start()
    time.sleep(3)
    before, began = share_by_thread(process.pid), time.monotonic()
    time.sleep(SECONDS)
    after, took = share_by_thread(process.pid), time.monotonic() - began
    process.terminate()
    process.wait()
    stop.set()
    reader.join()
    os.close(parent)
    shares = sorted((100 * (after[t] - before.get(t, 0)) / took for t in after), reverse=True)
    print("live, %-22s %.1f%% of a core (threads: %s)" % ("with a picture" if picture else "rows into a pipe", sum(shares),
                                                       ", ".join("%.1f" % share for share in shares)))


with tempfile.TemporaryDirectory() as home:
    socket = home + "/pulse.socket"
    environment = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, PULSE_SERVER="unix:" + socket, PULSE_SOURCE="bench.monitor", TERM="xterm")
    with open(home + "/.asoundrc", "w") as f:
        f.write('pcm.bench_monitor { type pulse\n hint { show on description "a monitor" } }\n')
    server = subprocess.Popen(["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                               "-L", "module-null-sink sink_name=bench rate=44100 channels=2 format=s16le",
                               "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + socket],
                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while subprocess.run(["pactl", "info"], env=environment, capture_output=True).returncode:
        time.sleep(.1)
    player = subprocess.Popen(["sh", "-c", 'while :; do paplay --device=bench "$0"; done', SOUND], env=environment,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        measure(environment, False)
        measure(environment, True)
    finally:
        os.killpg(player.pid, signal.SIGKILL)
        server.kill()
        server.wait()
