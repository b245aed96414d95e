"""The Vamp plug-in in the SDK's own host: the numbers of annotate, bit for bit as far as the host prints them, at the same times."""
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA, PLUGINS, LIBRARIES = sys.argv[1:5]
HOST = shutil.which("vamp-simple-host")
if HOST is None:
    print("skipped: there is no vamp-simple-host here (package vamp-examples)")
    sys.exit(77)


class Vamp(unittest.TestCase):
    environment = dict(os.environ, VAMP_PATH=PLUGINS, LD_LIBRARY_PATH=LIBRARIES)

    def host(self, *arguments):
        return subprocess.run([HOST, *arguments], env=self.environment, capture_output=True, text=True, timeout=120)

    def features(self, output, sound):
        with tempfile.NamedTemporaryFile(suffix=".txt") as out:
            done = self.host("vamp-emotrack:emotrack:" + output, sound, "-o", out.name)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = out.read().decode().splitlines()
        return [(float(time), [float(value) for value in values.split()]) for time, values in
                (re.match(r" *([0-9.]+): ?(.*)", line).groups() for line in lines)]

    def test_it_is_listed_with_its_outputs(self):
        listed = self.host("-l").stdout
        for name in ("emotrack", "valence", "arousal", "both", "changes", "valence_error", "arousal_error", "key", "tempo"):
            self.assertIn('"%s"' % name, listed)

    def test_the_numbers_and_times_are_those_of_annotate(self):
        sound = os.path.join(DATA, "audio", "music_44k.wav")
        rows = list(csv.DictReader(io.StringIO(subprocess.run(
            [PROGRAM, "annotate", "--quiet", "--step-ms", "100", "--columns", "tempo", sound], capture_output=True, text=True, check=True).stdout)))
        both = self.features("both", sound)
        self.assertGreaterEqual(len(both), len(rows))
        for (time, (valence, arousal)), row in zip(both, rows):
            self.assertAlmostEqual(time, float(row["time_s"]), places=6)
            self.assertAlmostEqual(valence, float(row["valence"]), delta=1.5e-6)
            self.assertAlmostEqual(arousal, float(row["arousal"]), delta=1.5e-6)
        tempo = dict((time, value) for time, (value,) in self.features("tempo", sound))
        for row in rows:
            self.assertAlmostEqual(tempo.get(float(row["time_s"]), 0), float(row["tempo"] or 0), delta=.051)
        self.assertEqual(self.features("valence", sound), [(time, values[:1]) for time, values in both])
        self.assertEqual(self.features("arousal", sound), [(time, values[1:]) for time, values in both])


unittest.main(argv=["vamp"])
