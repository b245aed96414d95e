"""docs/cluster.md on a real Slurm and on GNU parallel: its own lines, tasks killed, requeued and resumed.

Usage: test_cluster.py EMOTRACK SOUND WRITE_MODEL slurm|parallel; for Slurm inside with_slurm."""
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, SOUND, WRITE_MODEL = map(os.path.abspath, sys.argv[1:4])
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "cluster.md")
WHAT = sys.argv[4]
SONGS = 48


def read(path):
    with open(path) as f:
        return f.read()


def rows_of(path):
    return list(csv.DictReader(read(path).splitlines()))


def block_of(page, beginning):
    return next(block for block in re.findall(r"```bash\n(.*?)```", read(page), re.S) if block.startswith(beginning))


def out_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Library(unittest.TestCase):
    """A folder of songs of some seconds, one of them broken, and the shards that they fall into."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(holder.name)
        with wave.open(SOUND) as f:
            form, samples = f.getparams(), f.readframes(f.getnframes())
        with wave.open("whole.wav", "wb") as f:
            f.setparams(form)
            f.writeframes(samples * max(1, int(60 * form.framerate / form.nframes)))
        for i in range(SONGS):
            os.makedirs(f"library/{i % 5}", exist_ok=True)
            os.link("whole.wav", f"library/{i % 5}/{i}.wav")
        with open("library/broken.wav", "w") as f:
            f.write("no sound")
        subprocess.run([WRITE_MODEL, "test.safetensors"], check=True)
        os.environ.update(EMOTRACK_MODEL=os.path.abspath("test.safetensors"),
                          PATH=os.path.dirname(PROGRAM) + os.pathsep + os.environ["PATH"])

    def finished(self):
        """Results that are there and when each was written."""
        return {os.path.join(where, name): os.stat(os.path.join(where, name)).st_mtime_ns
                for where, _, names in os.walk("curves") for name in names if name.endswith(".csv") and name[0] != "."}

    def wait(self, what, condition, seconds=240):
        end = time.time() + seconds
        while not condition():
            self.assertLess(time.time(), end, what)
            time.sleep(0.02)

    def complete(self, shards, summaries):
        self.assertEqual(len(self.finished()), SONGS)
        files = [row["file"] for i in range(1, shards + 1) for row in rows_of(summaries % i)]
        self.assertEqual(len(files), len(set(files)))
        self.assertEqual(len(files), SONGS + 1)


class Slurm(Library):
    def states(self, job):
        """Task: state, of an array job that Slurm still remembers."""
        text = out_of("scontrol", "show", "job", job)
        return {int(task): state for task, state in re.findall(r"ArrayTaskId=(\d+)\b.*?JobState=(\S+)", text, re.S)}

    def code(self, job, task):
        return re.search(r"ExitCode=(\d+:\d+)", out_of("scontrol", "show", "job", f"{job}_{task}")).group(1)

    def ended(self, job, tasks):
        states = self.states(job)
        return len(states) == tasks and set(states.values()) <= {"COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL"}

    def done_of(self, task):
        """Songs of a task that are done, and how many it has."""
        names = [os.path.splitext(row["file"].split("/", 1)[1])[0] for row in rows_of(f"task-{task}.csv")]
        there = self.finished()
        return [f"curves/{name}.csv" for name in names if f"curves/{name}.csv" in there], len(names)

    def process_of(self, task):
        """The program of a task, which is on this machine."""
        ours = {f"SLURM_ARRAY_TASK_ID={task}", "SLURM_CONF=" + os.environ["SLURM_CONF"]}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/exe") == PROGRAM and ours <= set(read(f"/proc/{pid}/environ").split("\0")):
                    return int(pid)
            except OSError:
                continue
        self.fail(f"task {task} has no process")

    def test_an_array_of_four_with_a_task_killed_and_another_requeued(self):
        with open("emotrack.sbatch", "w") as f:
            f.write(block_of(PAGE, "#!/bin/bash\n"))
        for i in range(SONGS):  # which songs fall into a shard: those of a library of empty files
            os.makedirs(f"empty/{i % 5}", exist_ok=True)
            open(f"empty/{i % 5}/{i}.wav", "w").close()
        for task in (2, 3):
            subprocess.run(["emotrack", "annotate", "-q", "empty", "--shard", f"{task}/4", "--output-dir", "unused", "--summary",
                            f"task-{task}.csv"], stderr=subprocess.DEVNULL)
        job = re.search(r"\d+", out_of("sbatch", "--array=1-4", "emotrack.sbatch", "library", "4")).group()
        for task in (2, 3):
            self.wait(f"task {task} has begun", lambda: len(self.done_of(task)[0]) >= 1)
        before, many = self.done_of(2)
        self.assertLess(len(before), many - 1, "the task had ended before it was killed: make the songs longer")
        when = {path: self.finished()[path] for path in before}
        os.kill(self.process_of(2), signal.SIGKILL)
        subprocess.run(["scontrol", "requeue", f"{job}_3"], check=True)
        self.wait("all tasks end", lambda: self.ended(job, 4))
        states = self.states(job)
        self.assertEqual(states[2], "FAILED")
        self.assertEqual(self.code(job, 2), "137:0")
        self.assertFalse(os.path.exists("summary-2.csv"))
        self.assertLess(len(self.finished()), SONGS)
        again = re.search(r"\d+", out_of("sbatch", "--array=2", "emotrack.sbatch", "library", "4")).group()
        self.wait("the task ends", lambda: self.ended(again, 1))
        self.complete(4, "summary-%d.csv")
        now = self.finished()
        self.assertEqual({path: now[path] for path in when}, when, "a song that was done was done again")
        failed = [json.loads(line) for i in range(1, 5) for line in read(f"failed-{i}.jsonl").splitlines()]
        self.assertEqual([row["name"] for row in failed], ["broken.wav"])
        codes = sorted(self.code(again if i == 2 else job, i) for i in range(1, 5))
        self.assertEqual(codes, ["0:0", "0:0", "0:0", "1:0"])


class Parallel(Library):
    def test_ended_in_the_middle_and_run_again(self):
        line = block_of(PAGE, "seq 8 | parallel")
        process = subprocess.Popen(["bash", "-c", line], start_new_session=True, stderr=subprocess.DEVNULL)
        self.wait("songs are done", lambda: len(self.finished()) >= 5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.wait("its processes have ended", lambda: subprocess.run(["pgrep", "-s", str(process.pid)],
                                                                     stdout=subprocess.DEVNULL).returncode != 0)
        when = self.finished()
        self.assertLess(len(when), SONGS)
        code = subprocess.run(["bash", "-c", line], stderr=subprocess.DEVNULL).returncode
        self.assertEqual(code, 1, "one shard has a song that is broken")
        self.complete(8, "summary-%d.csv")
        now = self.finished()
        self.assertEqual({path: now[path] for path in when}, when, "a song that was done was done again")


if __name__ == "__main__":
    if WHAT == "parallel" and (not shutil.which("parallel") or "GNU" not in out_of("parallel", "--version")):
        print("skipped: GNU parallel is not installed")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], defaultTest="Slurm" if WHAT == "slurm" else "Parallel")
