"""Models of format version 1, from before the learned ear, are read and answer as they did when they were made."""
import csv
import os
import subprocess
import sys
import unittest

PROGRAM, DATA = sys.argv[1:3]


class OldModels(unittest.TestCase):
    def test_a_model_of_version_1_gives_its_rows(self):
        model = os.path.join(DATA, "model", "version_1.safetensors")
        sound = os.path.join(DATA, "golden", "audio", "speech_44k.wav")
        rows = subprocess.run([PROGRAM, "annotate", "--model", model, sound], capture_output=True, text=True, check=True).stdout
        with open(os.path.join(DATA, "model", "version_1.csv"), encoding="ascii") as f:
            wanted = list(csv.DictReader(f))
        found = list(csv.DictReader(rows.splitlines()))
        self.assertEqual(len(found), len(wanted))
        for a, b in zip(found, wanted):
            self.assertEqual(a["time_s"], b["time_s"])
            for column in ("valence", "arousal"):  # kernels differ in their last bits from processor to processor
                self.assertAlmostEqual(float(a[column]), float(b[column]), delta=2e-4, msg=f"{column} at {a['time_s']} s")


unittest.main(argv=["old_models"])
