"""Kills `annotate --resume` and `train --resume` at random moments and takes them up again until they are done: the files are those of
a run that was never killed, byte for byte, and nothing else is left behind.

    python3 tests/house/kills.py build/tools/emotrack build/tests/model/write_music_model tests/data/golden/columns_deam_260.txt 50

The last number says how many kills each command gets (3 in the tests). A run that comes to its end is compared and begun anew."""
import random
import shutil
import subprocess
import sys
import tempfile
import time

import recoverable

PROGRAM, WRITE_MODEL, COLUMNS = sys.argv[1:4]
KILLS = int(sys.argv[4]) if len(sys.argv) > 4 else 3
SEED = int(sys.argv[5]) if len(sys.argv) > 5 else random.SystemRandom().randrange(1 << 30)


def finish(job, out, wanted, what):
    done = recoverable.run(job.line(out))
    assert done.returncode == 0, done.stderr
    found = job.result(out)
    assert found.keys() == wanted.keys(), "%s: %s, wanted %s" % (what, sorted(found), sorted(wanted))
    for name in wanted:
        assert found[name] == wanted[name], "%s: %s differs" % (what, name)


def kill_again_and_again(name, job, place):
    chance = random.Random(SEED)
    began = time.monotonic()
    assert recoverable.run(job.line(place + "/whole")).returncode == 0
    whole_s = time.monotonic() - began
    wanted = job.result(place + "/whole")
    kills, runs, out = 0, 0, place + "/killed"
    while kills < KILLS:
        process = subprocess.Popen(job.line(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0, whole_s / 2))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            continue
        assert process.returncode == 0, "%s: a resumed run gave %d" % (name, process.returncode)
        finish(job, out, wanted, name)
        shutil.rmtree(out)
        runs += 1
    finish(job, out, wanted, name)
    print("%s: killed %d times in %d runs (one takes %.1f s; seed %d): same bytes as never killed" % (name, kills, runs + 1, whole_s, SEED))


with tempfile.TemporaryDirectory() as place:
    model = place + "/model.safetensors"
    subprocess.run([WRITE_MODEL, model], check=True)
    kill_again_and_again("annotate", recoverable.Annotate(PROGRAM, model, place + "/a", 12), place + "/a")
    kill_again_and_again("train", recoverable.Train(PROGRAM, place + "/t", COLUMNS), place + "/t")
