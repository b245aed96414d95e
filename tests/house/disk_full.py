"""A disk that fills up, for real: a file-size limit, and a tmpfs of a few kilobytes where that may be mounted. Each run ends with 1 and
one sentence; what was complete stays; with room it goes on to the bytes of a run that never lacked any."""
import os
import resource
import subprocess
import sys
import tempfile
import unittest

import recoverable

PROGRAM, WRITE_MODEL, COLUMNS = sys.argv[1:4]


def may_mount():
    """Also in containers, where root may not."""
    with tempfile.TemporaryDirectory() as place:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True).returncode:
            return False
        subprocess.run(["umount", place], check=True)
        return True


def sizes_at_most(most):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


class DiskFull(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.place = place.name
        model = cls.place + "/model.safetensors"
        subprocess.run([WRITE_MODEL, model], check=True)
        cls.annotate = recoverable.Annotate(PROGRAM, model, cls.place + "/a", 4)
        cls.train = recoverable.Train(PROGRAM, cls.place + "/t", COLUMNS)
        cls.whole = {job: cls.run_whole(job) for job in (cls.annotate, cls.train)}

    @classmethod
    def run_whole(cls, job):
        out = tempfile.mkdtemp(dir=cls.place)
        assert recoverable.run(job.line(out)).returncode == 0
        return job.result(out)

    def fails_in_order(self, line, words, **options):
        out = recoverable.run(line, **options)
        self.assertEqual(out.returncode, 1, out.stderr)
        self.assertRegex(out.stderr, words)
        return out.stderr.splitlines()

    def goes_on(self, job, out):
        done = recoverable.run(job.line(out))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(job.result(out), self.whole[job])

    def test_no_file_may_be_as_large_as_the_checkpoint(self):
        out = tempfile.mkdtemp(dir=self.place)
        said = self.fails_in_order(self.train.line(out), "model.safetensors.checkpoint: cannot be written: File too large",
                                   preexec_fn=sizes_at_most(4096))
        self.assertEqual(len(said), 1, said)
        # What may stand there are whole files: the log, and the run's settings.
        self.assertEqual([name for name in os.listdir(out) if "log" not in name and not name.endswith(".config.json")], [])
        self.goes_on(self.train, out)

    def test_the_last_checkpoint_stays(self):
        """The second network's checkpoints hold the first one too: they are larger."""
        out = tempfile.mkdtemp(dir=self.place)
        kept = out + "/model.safetensors.checkpoint"
        begun = subprocess.Popen(self.train.line(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(kept) and begun.poll() is None:
            pass
        begun.kill()
        begun.wait()
        size = os.path.getsize(kept)
        said = self.fails_in_order(self.train.line(out), "checkpoint: cannot be written: File too large",
                                   preexec_fn=sizes_at_most(size + 2000))
        self.assertEqual(len(said), 1, said)
        self.assertLess(abs(os.path.getsize(kept) - size), 2000)
        self.goes_on(self.train, out)

    def test_rows_do_not_fit(self):
        out = tempfile.mkdtemp(dir=self.place)
        largest = max(len(rows) for rows in self.whole[self.annotate].values())
        said = self.fails_in_order(self.annotate.line(out), r"song\d.csv: cannot be written: File too large",
                                   preexec_fn=sizes_at_most(largest - 1))
        self.assertEqual(len(said), 1, said)
        for name, rows in self.annotate.result(out).items():
            self.assertEqual(rows, self.whole[self.annotate][name])
        self.goes_on(self.annotate, out)
        said = self.fails_in_order(self.annotate.command[:-2] + ["--output", out + "/one.csv", self.annotate.files[0]],
                                   "one.csv: cannot be written: File too large", preexec_fn=sizes_at_most(1000))
        self.assertEqual(len(said), 1, said)
        self.assertNotIn("one.csv", os.listdir(out))

    @unittest.skipUnless(os.geteuid() == 0 and may_mount(), "no tmpfs can be mounted")
    def test_a_full_disk(self):
        for job, kilobytes in ((self.annotate, 40), (self.train, 72)):
            out = tempfile.mkdtemp(dir=self.place)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dk" % kilobytes, "tmpfs", out], check=True)
            self.addCleanup(subprocess.run, ["umount", out])
            said = self.fails_in_order(job.line(out), "cannot be written: No space left on device")
            self.assertLessEqual(len(said), 4, said)
            subprocess.run(["mount", "-o", "remount,size=10m", out], check=True)
            self.goes_on(job, out)


unittest.main(argv=["disk_full"])
