"""annotate --format: what editors open, checked against the rows, and read by the formats' own readers where $EMOTRACK_PYTHON has them
(pip install jams textgrid webvtt-py)."""
import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import wave
import xml.etree.ElementTree as xml
import zlib

PROGRAM, DATA, WRITE_MODEL = sys.argv[1:4]
PYTHON = os.environ.get("EMOTRACK_PYTHON", sys.executable)
EXTENSIONS = {"audacity": ".txt", "textgrid": ".TextGrid", "jams": ".jams", "sonic-visualiser": ".svl", "webvtt": ".vtt"}


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        cls.sound = os.path.join(cls.home, 'a "song" & more.wav')
        with wave.open(cls.sound, "wb") as out:  # music, two seconds of silence, speech
            for place, name in enumerate(("music_44k.wav", None, "speech_44k.wav")):
                if name is None:
                    out.writeframes(bytes(2 * 2 * 44100 + 2000))
                    continue
                with wave.open(os.path.join(DATA, "audio", name)) as part:
                    if place == 0:
                        out.setparams(part.getparams())
                    out.writeframes(part.readframes(part.getnframes()))
        with wave.open(cls.sound) as sound:
            cls.duration = sound.getnframes() / sound.getframerate()
        subprocess.run([WRITE_MODEL, os.path.join(cls.home, "test.safetensors")], check=True)
        cls.environment = dict(os.environ, EMOTRACK_MODEL=os.path.join(cls.home, "test.safetensors"))
        cls.rows = list(csv.DictReader(io.StringIO(cls.annotate("csv"))))
        cls.files = {}
        for name, extension in EXTENSIONS.items():
            cls.files[name] = os.path.join(cls.home, "out" + extension)
            cls.annotate(name, "--output", cls.files[name])

    @classmethod
    def annotate(cls, name, *arguments):
        return subprocess.run([PROGRAM, "annotate", "--quiet", "--step-ms", "250", "--format", name, *arguments, cls.sound],
                              env=cls.environment, capture_output=True, text=True, check=True).stdout

    def read(self, name):
        with open(self.files[name], encoding="utf-8") as f:
            return f.read()

    def by_reference(self, module, script, name):
        if subprocess.run([PYTHON, "-c", "import " + module], capture_output=True).returncode != 0:
            self.skipTest("no Python package %s here; set EMOTRACK_PYTHON to a Python that has it" % module)
        out = subprocess.run([PYTHON, "-W", "ignore", "-c", script, self.files[name]], capture_output=True, text=True)
        self.assertEqual(out.returncode, 0, out.stderr)
        return json.loads(out.stdout)

    def quarters(self, stretches):
        """Every row that lies in the middle of a stretch of its quarter agrees; stretches have no gaps."""
        self.assertEqual(stretches[0][0], 0)
        self.assertAlmostEqual(stretches[-1][1], max(self.duration, float(self.rows[-1]["time_s"])), places=3)
        for a, b in zip(stretches, stretches[1:]):
            self.assertAlmostEqual(a[1], b[0])
            self.assertNotEqual(a[2], b[2])
        for begin, end, word in stretches[:-1]:
            self.assertGreaterEqual(end - begin, 1 - 1e-6)
        agree = 0
        for row in self.rows:
            v, a = float(row["valence"]), float(row["arousal"])
            mine = "silence" if "silence" in row["flags"] else "neutral" if v * v + a * a < .0064 else \
                ("happy" if v >= 0 else "tense") if a >= 0 else "relaxed" if v >= 0 else "sad"
            time = float(row["time_s"]) - .01
            agree += any(begin <= time < end and word == mine for begin, end, word in stretches)
        self.assertGreater(agree, .8 * len(self.rows))

    def same_points(self, points, name):
        self.assertEqual(len(points), len(self.rows))
        for (time, value), row in zip(points, self.rows):
            self.assertAlmostEqual(time, float(row["time_s"]), places=5)
            self.assertAlmostEqual(value, float(row[name]), places=6)

    def test_audacity(self):
        lines = [line.split("\t") for line in self.read("audacity").splitlines()]
        self.assertTrue(all(len(line) == 3 for line in lines))
        stretches = [(float(begin), float(end), word) for begin, end, word in lines]
        self.quarters([s for s in stretches if s[2] != "change"])
        self.assertTrue(all(begin == end for begin, end, word in stretches if word == "change"))
        self.assertIn("silence", {s[2] for s in stretches})

    def test_textgrid(self):
        text = self.read("textgrid")
        self.assertTrue(text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n'))
        number = r"([-0-9.]+)"
        self.quarters([(float(a), float(b), word) for a, b, word in
                       re.findall(r"intervals \[\d+\]:\s+xmin = %s\s+xmax = %s\s+text = \"(\w*)\"" % (number, number), text)])
        tiers = text.split("item [")[2:]
        for name, tier in zip(("valence", "arousal"), tiers[1:]):
            self.assertIn('name = "%s"' % name, tier)
            self.same_points([(float(t), float(v)) for t, v in re.findall(r"number = %s\s+mark = \"%s\"" % (number, number), tier)], name)

    def test_textgrid_by_its_reader(self):
        tiers = self.by_reference("textgrid", """
import json, sys, textgrid
grid = textgrid.TextGrid.fromFile(sys.argv[1])
print(json.dumps([[tier.name, [[i.minTime, i.maxTime, i.mark] if hasattr(i, "minTime") else [float(i.time), float(i.mark)] for i in tier]]
                  for tier in grid], default=float))""", "textgrid")
        self.assertEqual([name for name, _ in tiers], ["quarter", "valence", "arousal"])
        self.quarters(tiers[0][1])
        self.same_points(tiers[1][1], "valence")

    def test_jams(self):
        jam = json.loads(self.read("jams"))
        self.assertEqual(jam["file_metadata"]["title"], os.path.basename(self.sound))
        data = jam["annotations"][0]["data"]
        self.same_points([(point["time"] + point["duration"], point["value"][0]) for point in data], "valence")
        self.same_points([(point["time"] + point["duration"], point["value"][1]) for point in data], "arousal")

    def test_jams_by_its_reader(self):
        points = self.by_reference("jams", """
import json, sys, jams
jam = jams.load(sys.argv[1], validate=True, strict=True)
note = jam.search(namespace="mood_thayer")[0]
assert note.validate(strict=True)
print(json.dumps([[o.time + o.duration, list(o.value)] for o in note.data]))""", "jams")
        self.same_points([(time, value[1]) for time, value in points], "arousal")

    def test_sonic_visualiser(self):
        tree = xml.fromstring(self.read("sonic-visualiser"))
        models = {model.get("id"): model for model in tree.iter("model")}
        sets = {data.get("id"): data for data in tree.iter("dataset")}
        layers = list(tree.iter("layer"))
        self.assertEqual([layer.get("name") for layer in layers], ["valence", "arousal"])
        for layer in layers:
            model = models[layer.get("model")]
            points = [(int(p.get("frame")) / 44100, float(p.get("value"))) for p in sets[model.get("dataset")]]
            self.assertEqual(model.get("sampleRate"), "44100")
            self.same_points([(round(time, 5), value) for time, value in points], layer.get("name"))

    def test_webvtt(self):
        blocks = self.read("webvtt").strip().split("\n\n")
        self.assertEqual(blocks[0], "WEBVTT")
        self.assertGreater(len(blocks), 2)
        for block in blocks[1:]:
            self.assertRegex(block, r"^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n[a-z]+$")

    def test_webvtt_by_its_reader(self):
        captions = self.by_reference("webvtt", """
import json, sys, webvtt
print(json.dumps([[c.start_in_seconds, c.end_in_seconds, c.text] for c in webvtt.read(sys.argv[1])]))""", "webvtt")
        self.assertEqual(captions[0][0], 0)
        self.assertTrue(all(begin < end for begin, end, _ in captions))

    def test_a_folder_has_a_file_for_each_sound_and_one_output_is_refused(self):
        out = os.path.join(self.home, "folder")
        second = os.path.join(DATA, "audio", "speech_44k.wav")
        both = [PROGRAM, "annotate", "--quiet", "--format", "textgrid", self.sound, second]
        refused = subprocess.run(both, env=self.environment, capture_output=True, text=True)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("--output-dir", refused.stderr)
        subprocess.run(both + ["--output-dir", out], env=self.environment, check=True)
        self.assertEqual(sorted(name for name in os.listdir(out) if name.endswith(".TextGrid")),
                         ['a "song" & more.TextGrid', "speech_44k.TextGrid"])

    def draw(self, *arguments, code=0):
        out = subprocess.run([PROGRAM, "annotate", "--quiet", "--output", "/dev/null", *arguments, self.sound], env=self.environment,
                             capture_output=True, text=True)
        if "without libcairo2-dev" in out.stderr:
            self.skipTest("this build draws SVG only (package libcairo2-dev)")
        self.assertEqual(out.returncode, code, out.stderr)
        return out.stderr

    def test_pictures_are_what_their_names_say(self):
        begins = {"svg": b"<svg ", "png": b"\x89PNG\r\n\x1a\n", "PDF": b"%PDF-"}
        for ending, begin in begins.items():
            path = os.path.join(self.home, "picture." + ending)
            self.draw("--plot", path)
            with open(path, "rb") as f:
                content = f.read()
            self.assertTrue(content.startswith(begin))
            if ending == "png":
                self.assertEqual(struct.unpack(">II", content[16:24]), (2000, 760))
                drawn = zlib.decompress(b"".join(chunk for kind, chunk in self.chunks(content) if kind == b"IDAT"))
                self.assertGreater(sum(byte < 128 for byte in drawn), 10000, "the picture is empty")
        self.assertIn(".svg, .png or .pdf", self.draw("--plot", os.path.join(self.home, "picture.gif"), code=2))

    def chunks(self, png):
        at = 8
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            yield kind, png[at + 8:at + 8 + length]
            at += length + 12

    def test_own_ratings_are_drawn_over(self):
        ratings = os.path.join(self.home, "ratings.csv")
        path = os.path.join(self.home, "rated.svg")
        with open(ratings, "w") as f:
            f.write("time_s,valence,arousal\n1,0.5,-0.5\n2,,0.25\n")
        self.draw("--plot", path)
        with open(path) as f:
            before = f.read().count("<circle")
        self.draw("--plot", path, "--ratings", ratings)
        with open(path) as f:
            text = f.read()
        self.assertEqual(text.count("<circle"), before + 3)
        self.assertIn("rated", text)
        with open(ratings, "w") as f:
            f.write("time_s,valence\nsoon,0.5\n")
        self.assertIn("line 2: 'soon' is no time", self.draw("--plot", path, "--ratings", ratings, code=1))

    def test_a_picture_of_each_sound(self):
        out, pictures = os.path.join(self.home, "curves"), os.path.join(self.home, "pictures")
        subprocess.run([PROGRAM, "annotate", "--quiet", "--output-dir", out, "--plot-dir", pictures, self.sound,
                        os.path.join(DATA, "audio", "speech_44k.wav")], env=self.environment, check=True)
        self.assertEqual(sorted(os.listdir(pictures)), ['a "song" & more.svg', "speech_44k.svg"])


unittest.main(argv=["formats"])
