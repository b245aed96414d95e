"""share_of_a_core.py EMOTRACK SOUND [SECONDS]: how much of a core all of `live` takes, its threads and the sound server's client library
included, from the third second on: rows into a pipe, a picture on a terminal of 40 by 120, and a page with two receivers of OSC beside the rows. The input is the monitor of a private
PulseAudio's null sink, into which SOUND is played."""
import fcntl
import glob
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "tools"))
from websocket_client import WebSocket  # noqa: E402

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


def watch(port, got):
    page = WebSocket(port)
    try:
        while True:
            got.append(len(page.text()))
    except (EOFError, OSError):
        pass


def measure(environment, picture, page=False):
    receivers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2 * page)]
    more = ["--http", "0"] if page else ["--quiet"]
    for receiver, style in zip(receivers, ("pair", "full")):
        receiver.bind(("127.0.0.1", 0))
        more += ["--osc", "127.0.0.1:%d" % receiver.getsockname()[1], "--osc-style", style]
    parent, child = pty.openpty() if picture else os.pipe()
    if picture:
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen([PROGRAM, "live", "--input", "bench_monitor", *more], env=environment,
                               stdin=child if picture else subprocess.DEVNULL, stdout=child,
                               stderr=subprocess.PIPE if page else subprocess.DEVNULL, start_new_session=True)
    os.close(child)
    got = []
    if page:
        port = int(re.search(rb":([0-9]+)/", process.stderr.readline())[1])
        threading.Thread(target=watch, args=(port, got), daemon=True).start()
    stop = threading.Event()
    reader = threading.Thread(target=drained, args=(parent, stop))
    reader.start()
    time.sleep(3)
    before, began, seen = share_by_thread(process.pid), time.monotonic(), len(got)
    time.sleep(SECONDS)
    after, took = share_by_thread(process.pid), time.monotonic() - began
    heard = len(got) - seen
    process.terminate()
    process.wait()
    stop.set()
    reader.join()
    os.close(parent)
    shares = sorted((100 * (after[t] - before.get(t, 0)) / took for t in after), reverse=True)
    name = "page and two OSC" if page else "with a picture" if picture else "rows into a pipe"
    if page:
        name += " (%.0f/s)" % (heard / took)
    print("live, %-26s %.1f%% of a core (threads: %s)" % (name, sum(shares),
                                                       ", ".join("%.1f" % share for share in shares if share >= .05)))


with tempfile.TemporaryDirectory() as home:
    server_socket = home + "/pulse.socket"
    environment = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, PULSE_SERVER="unix:" + server_socket, PULSE_SOURCE="bench.monitor", TERM="xterm")
    with open(home + "/.asoundrc", "w") as f:
        f.write('pcm.bench_monitor { type pulse\n hint { show on description "a monitor" } }\n')
    server = subprocess.Popen(["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                               "-L", "module-null-sink sink_name=bench rate=44100 channels=2 format=s16le",
                               "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + server_socket],
                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while subprocess.run(["pactl", "info"], env=environment, capture_output=True).returncode:
        time.sleep(.1)
    player = subprocess.Popen(["sh", "-c", 'while :; do paplay --device=bench "$0"; done', SOUND], env=environment,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        measure(environment, False)
        measure(environment, True)
        measure(environment, False, page=True)
    finally:
        os.killpg(player.pid, signal.SIGKILL)
        server.kill()
        server.wait()
