#!/usr/bin/env python3
"""How long `annotate` takes from its start to the first result where there are 100,000 sounds, and with how much memory.

    python3 bench/scale/first_sound.py build/tools/emotrack [SOUNDS]

Processor time, so that other programs on the machine do not count, and time on the wall, beside `find -printf %s` over the same folder.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LINKS_MOST = 30000


def make_library(folder, sounds):
    sound = pathlib.Path(__file__).resolve().parents[2] / "tests/data/golden/audio/white_44k.wav"
    for i in range(sounds):
        place = folder / str(i % 300) / f"{i}.wav"
        if i < 300:
            place.parent.mkdir(parents=True)
        if i % LINKS_MOST == 0:
            shutil.copy(sound, place)
            first = place
        else:
            os.link(first, place)


def main():
    program, sounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    with tempfile.TemporaryDirectory() as folder:
        library, out = pathlib.Path(folder) / "library", pathlib.Path(folder) / "out"
        make_library(library, sounds)
        began = time.time()
        subprocess.run(["find", library, "-type", "f", "-printf", "%s\n"], check=True, stdout=subprocess.DEVNULL)
        found_s = time.time() - began
        began = time.time()
        process = subprocess.Popen([program, "annotate", "-q", "-j", "1", "--output-dir", out, library])
        while process.poll() is None and not next(out.glob("*/*.csv"), None):
            time.sleep(0.005)
        wall_s = time.time() - began
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        memory = next(line for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
        process.send_signal(signal.SIGKILL)
        process.wait()
    spent_s = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    print(f"{sounds} sounds: the first is done after {spent_s:.2f} s of processor time, {wall_s:.2f} s on the wall "
          f"(find: {found_s:.2f} s); {int(memory.split()[1]) / 1000:.0f} MB")


main()
