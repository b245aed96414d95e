"""The patches of docs/examples and their table: well formed, and no address that emotrack does not send, nor one that the table lacks."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = sys.argv[1]
EXAMPLES = os.path.join(PROJECT, "docs", "examples")


def read(*path):
    with open(os.path.join(PROJECT, *path)) as f:
        return f.read()


def addresses(text):
    return set(re.findall(r"/(?:emotrack|wek)/[a-z_]+", text))


class Patches(unittest.TestCase):
    sent = addresses(read("tools", "live", "osc.c"))

    def test_the_table_has_every_address_that_is_sent(self):
        self.assertGreater(len(self.sent), 10)
        self.assertEqual(addresses(read("docs", "examples", "README.md").split("## Every address")[1]), self.sent)

    def test_patches_know_only_addresses_that_are_sent(self):
        for name in ("emotrack.maxpat", "emotrack.scd", "emotrack.pde"):
            mine = addresses(read("docs", "examples", name))
            self.assertGreater(len(mine), 0, name)
            self.assertLessEqual(mine, self.sent, name)

    def test_the_patch_of_max_is_wired_as_its_objects_allow(self):
        patcher = json.loads(read("docs", "examples", "emotrack.maxpat"))["patcher"]
        boxes = {item["box"]["id"]: item["box"] for item in patcher["boxes"]}
        self.assertEqual(len(boxes), len(patcher["boxes"]), "an id twice")
        for box in boxes.values():
            self.assertEqual(len(box.get("outlettype", [])), box["numoutlets"], box)
            if box.get("text", "").startswith("route "):
                self.assertEqual(box["numoutlets"], len(box["text"].split()))
        reached, before = {"obj-2"}, set()
        while reached != before:
            before = set(reached)
            for line in patcher["lines"]:
                (source, outlet), (target, inlet) = line["patchline"]["source"], line["patchline"]["destination"]
                self.assertTrue(outlet < boxes[source]["numoutlets"] and inlet < boxes[target]["numinlets"], line)
                reached |= {target} if source in reached else set()
        ends = {boxes[number].get("text") for number in reached}
        self.assertLessEqual({"send valence", "send arousal", "print emotrack"}, ends)

    def test_supercollider_takes_its_example(self):
        if shutil.which("sclang") is None:
            self.skipTest("there is no SuperCollider here (package supercollider-language)")
        with tempfile.TemporaryDirectory() as home:
            script = os.path.join(home, "compile.scd")
            with open(script, "w") as f:
                f.write('var f = thisProcess.interpreter.compile(File.readAllString("%s"));\n"compiled: %%, broken: %%".format(f.notNil, thisProcess.interpreter.compile("1 +").notNil).postln;\n0.exit;\n'
                        % os.path.join(EXAMPLES, "emotrack.scd"))
            said = os.path.join(home, "said")  # a pipe would stay open in the browser that it brings
            with open(said, "w") as f:
                try:
                    subprocess.run(["sclang", script], cwd=home, stdout=f, stderr=f, timeout=90, stdin=subprocess.DEVNULL,
                                   env=dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, QT_QPA_PLATFORM="offscreen",
                                            QTWEBENGINE_DISABLE_SANDBOX="1"))
                except subprocess.TimeoutExpired:
                    self.skipTest("sclang does not come to an end here")
            with open(said, errors="replace") as f:
                out = f.read()
        if "compiled: " not in out:
            self.skipTest("sclang does not run here: " + out[-200:])
        self.assertIn("compiled: true, broken: false", out)


unittest.main(argv=["patches"])
