"""emotrack devices, as a user calls it: with a virtual microphone (ALSA's file plug-in), and with none."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
MICROPHONE = """pcm.test_microphone { type file slave.pcm "null" file "/dev/null" infile "/dev/zero" format "raw"
  hint { show on description "zeros" } }
"""


def run(*arguments, microphone=True):
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, ".asoundrc"), "w") as f:
            f.write(MICROPHONE if microphone else "")
        environment = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home)
        return subprocess.run([PROGRAM, "devices", *arguments], capture_output=True, timeout=60, env=environment, text=True)


class Devices(unittest.TestCase):
    def test_text_lists_the_microphone_and_says_nothing_else(self):
        out = run()
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        if "test_microphone" not in out.stdout:
            self.skipTest("no ALSA file device can be set up here (package libasound2-plugins)")
        line = [line for line in out.stdout.splitlines() if "test_microphone" in line][0]
        for words in ("ALSA", "channels", "Hz", "ms"):
            self.assertIn(words, line)
        self.assertIn("GPUs:", out.stdout)

    def test_json_has_every_field(self):
        out = run("--format", "json")
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        listed = json.loads(out.stdout)
        self.assertIsInstance(listed["gpus"], list)
        for device in listed["inputs"]:
            self.assertEqual(set(device), {"index", "name", "host_api", "channels", "rate_hz", "latency_s", "default"})
        self.assertLessEqual(sum(device["default"] for device in listed["inputs"]), 1)

    def test_without_inputs_it_says_what_to_do(self):
        out = run(microphone=False)
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        self.assertIn("Inputs:", out.stdout)

    def test_wrong_use(self):
        self.assertEqual(run("more").returncode, 2)
        self.assertEqual(run("--format", "xml").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
