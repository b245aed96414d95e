"""README.md and docs/*.md hold: their commands run as typed, the options that they name exist, so do the files.

The commands run in a folder made here: an installed emotrack, the sound that is bundled under the names of the documents, a DEAM, a
PMEmo and a folder of one's own with a few synthetic tones, and a virtual microphone. Training gets small sizes and few epochs."""
import glob
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import wave

SOURCE, BUILD, COMPILER = sys.argv[1:4]
PAGES = [os.path.join(SOURCE, "README.md"), *sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")))]
FRAGMENT = """#include <emotrack.h>
#include <stdio.h>
extern et_model *model; extern et_tracker *tracker; extern et_tracker_group *group; extern et_emotion emotion; extern et_error error;
extern float *samples, *block[]; extern size_t frames; size_t next_block(float *); void use(et_emotion *);
void use_of(size_t, et_emotion *); int fragment(void);
int fragment(void) {
%s
return 0; }
"""
COMMANDS = ("annotate", "devices", "evaluate", "export", "features", "info", "live", "tag", "train")
PROGRAMS = ("emotrack", "build/tools/emotrack", "tools/", "tests/run", "bench/", "cmake", "ctest", "git", "sudo", "pip")

NOT_RUN = [  # what a command begins with, or holds, and why it is not run here
    (r"^tools/demo", "installs packages and builds"),
    (r"^(\S+=\S+ )?tests/run", "runs this test"),
    (r"(^|\s|/)bench/|peers\.py", "measures for minutes, against peers that it installs"),
    (r"^(cmake|ctest|git|pip|sudo|apt|apt-get)\b", "builds, tests or installs; tests/house/install.sh does it"),
    (r"\| sudo ", "changes the system"),
    (r"^srun |^sbatch |^library=|\| parallel ", "needs Slurm, or GNU parallel; tests/scale has them"),
    (r"^beet ", "needs beets and a library; python/tests/test_beets.py has them"),
    (r"pactl|pulseaudio|PULSE_SOURCE", "needs a sound server; tests/tools/test_live_realtime.py has one"),
    (r"--monitor\b", "needs loudspeakers"),
    (r"grep monitor|Monitor of", "needs a sound server; tests/tools/test_live_servers.py has one"),
    (r"--midi\b", "needs a MIDI port; tests/tools/test_live_midi.py has one"),
    (r"\.recv\(", "waits for a message; tests/tools/test_live_command.py sends it"),
    (r"compute-sanitizer|nvcc|nsys|nvidia|--device cuda|EMOTRACK_CUDA|\bgpu\b", "needs a GPU; tests/cuda asks for one"),
    (r"^(EMOTRACK=\S+ )?models/\w+\.sh", "trains the bundled models on data that is not free to copy"),
]
NOT_OURS = {  # options of other programs in running text
    "--requeue", "--sshlogin", "--build", "--install", "--prefix", "--test-dir", "--libs", "--cflags", "--static", "--tool", "--output-on-failure"}
NOT_THERE = {  # paths that a command makes, or that a user's own program has
    "docs/results.json"}
SONGS = 16  # fewer, and a forest has nothing to grow on
SMALL = {"--epochs": "2", "--pool": "1000", "--window": "4", "--hidden": "4", "--channels": "2", "--blocks": "1",
         "--components": "4", "--batch": "8"}


def code_of(page):
    """Fenced blocks as (language, lines), and the inline code of everything else."""
    with open(page) as f:
        text = f.read()
    blocks = [(language, body.splitlines()) for language, body in
              re.findall(r"^[ ]*```(\w*)\n(.*?)^[ ]*```$", text, re.M | re.S)]
    rest = re.sub(r"^[ ]*```.*?^[ ]*```$", "", text, flags=re.M | re.S)
    return blocks, re.findall(r"`([^`\n]+)`", rest), rest


def commands_of(blocks):
    """(command, the lines that the page shows as its output)"""
    found = []
    for language, lines in blocks:
        if language not in ("", "sh", "console", "bash"):
            continue
        joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
        prompts = any(line.lstrip().startswith("$ ") for line in joined)
        for line in (line.strip() for line in joined):
            if prompts:
                if line.startswith("$ "):
                    found.append((line[2:], []))
                elif line and found:
                    found[-1][1].append(line)
            elif line and not line.startswith("#") and (language or line.startswith(PROGRAMS)):
                found.append((line, []))
    return [(re.sub(r"\s+#\s.*$", "", command), output) for command, output in found]


def calls_of(code):
    """emotrack's commands in a piece of code, with their options."""
    for part in re.split(r"\||;|&&|\$\(|>", code):
        call = re.search(r"(?:^|[\s/])emotrack (%s)\b(.*)" % "|".join(COMMANDS), part)
        if call:
            yield call.group(1), re.findall(r"(?:^|\s)(--[a-z][a-z-]*)", call.group(2))


def tone(path, hz, level, seconds=17):
    with wave.open(path, "wb") as f:
        f.setparams((1, 2, 44100, 0, "NONE", ""))
        draw = random.Random(hz)
        second = []
        for i in range(44100):  # harmonics that come and go, and noise: no descriptor may stand still
            wave_now = sum(math.sin(2 * math.pi * hz * k * i / 44100 + math.sin(i / 3000 / k)) / k for k in (1, 2, 5))
            second.append(int(12000 * level * (wave_now * (.5 + .5 * math.sin(i / 7000)) + draw.gauss(0, .2))))
        f.writeframes(struct.pack("<44100h", *second) * seconds)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def make_deam(folder):
    times = range(15000, 17500, 500)
    head = "song_id," + ",".join("sample_%dms" % t for t in times) + "\n"
    os.makedirs(folder + "/MEMD_audio")
    for name, sign in (("arousal", 1), ("valence", -1)):
        rows = ["%d,%s\n" % (i, ",".join("%.3f" % (sign * (i - SONGS / 2) / SONGS + t / 2e5) for t in times)) for i in range(1, SONGS + 1)]
        write("%s/annotations/%s.csv" % (folder, name), head + "".join(rows))
    for i in range(1, SONGS + 1):
        tone("%s/MEMD_audio/%d.wav" % (folder, i), 60 * i, .8 * i / SONGS)


def make_others(folder, deam):
    for i in (1, 2, 3, 4, 5):
        os.makedirs(folder + "/PMEmo/chorus", exist_ok=True)
        os.makedirs(folder + "/my-songs", exist_ok=True)
        os.symlink("%s/MEMD_audio/%d.wav" % (deam, i), "%s/PMEmo/chorus/%d.mp3" % (folder, i))
        os.symlink("%s/MEMD_audio/%d.wav" % (deam, i), "%s/my-songs/%d.wav" % (folder, i))
    write(folder + "/PMEmo/annotations/dynamic_annotations.csv", "musicId,frameTime,Arousal(mean),Valence(mean)\n" +
          "".join("%d,%.1f,%.1f,%.1f\n" % (i, 15 + k / 2, i / 10, 1 - i / 10) for i in range(1, 6) for k in range(4)))
    write(folder + "/my-songs/labels.csv", "file,time_s,valence,arousal,group\n" +
          "".join("%d.wav,%d,%.1f,%.1f,g%d\n" % (i, k, i / 10, -i / 10, i) for i in range(1, 6) for k in range(5, 15)))
    write(folder + "/parts.csv", "song,part\n1,test\n2,validation\n3,train\n4,train\n5,train\n6,train\n7,train\n8,train\n")


def make_song_means(deam):
    shown = subprocess.run(["emotrack", "features", deam + "/MEMD_audio/3.wav"], capture_output=True, text=True, check=True)
    head, *rows = (line.split(";")[1:] for line in shown.stdout.splitlines())
    means = ["%.6g" % (sum(float(row[c]) for row in rows) / len(rows)) for c in range(len(head))]
    write(deam + "/song_means.csv", ",".join(["song_id", "label_frames", "arousal_mean", "valence_mean", *head]) + "\n" +
          "".join("%d,5,%g,%g,%s\n" % (i, .1, -.1, ",".join(means)) for i in (101, 102)))


def make_sounds(folder):
    sound = next(p for p in glob.glob(SOURCE + "/models/demo.*"))
    os.makedirs(folder + "/songs")
    os.makedirs(folder + "/library/a")
    for name in ("song.mp3", "song.wav", "songs/first.flac", "songs/second.flac", "library/a/song.flac"):
        if name == "song.wav":
            tone(os.path.join(folder, name), 440, .3, 3)
        else:
            shutil.copy(sound, os.path.join(folder, name)) # a link would be followed: `tag` writes into what it points to


def make_microphone(home):
    with open(home + "/sound.f32", "wb") as f:
        f.write(struct.pack("<88200f", *[.1 * math.sin(i / 50) for i in range(88200)]) * 20)
    write(home + "/.asoundrc", 'pcm.usb_microphone { type file slave.pcm "null" file "/dev/null" infile "%s/sound.f32" format "raw"\n'
          '  hint { show on description "plays a file" } }\n' % home)


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder, prefix, home = (os.path.join(place.name, name) for name in ("here", "prefix", "home"))
        os.makedirs(cls.folder)
        os.makedirs(home)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        package = glob.glob(prefix + "/**/emotrack.pc", recursive=True)[0]
        os.environ.update(PATH=prefix + "/bin:" + os.environ["PATH"], HOME=home, XDG_RUNTIME_DIR=home, EMOTRACK_MODEL="",
                          PKG_CONFIG_PATH=os.path.dirname(package), LD_LIBRARY_PATH=os.path.dirname(os.path.dirname(package)))
        for name in ("docs", "models", "include", "tools", "src", "tests", "bench"):
            os.symlink(os.path.join(SOURCE, name), os.path.join(cls.folder, name))
        os.symlink(BUILD, os.path.join(cls.folder, "build"))
        deam = os.path.join(cls.folder, "DEAM")
        make_deam(deam)
        make_others(cls.folder, deam)
        make_song_means(deam)
        make_sounds(cls.folder)
        make_microphone(home)
        listed = subprocess.run(["emotrack", "devices"], capture_output=True, text=True).stdout
        cls.microphone = "usb_microphone" in listed
        cls.help_pages = {c: subprocess.run(["emotrack", c, "--help"], capture_output=True, text=True, check=True).stdout
                          for c in COMMANDS}
        cls.helps = {c: set(re.findall(r"--[a-z][a-z-]*", page)) for c, page in cls.help_pages.items()}

    def as_run(self, command):
        """The command with small training, an ending `live`, and the compiler of this build; None if it is not run."""
        if any(re.search(pattern, command) for pattern, _ in NOT_RUN):
            return None
        command = re.sub(r"^cc ", COMPILER + " ", command)
        if re.search(r"emotrack train\b", command):
            more = [" ".join(o) for o in SMALL.items() if o[0] not in command]
            command = "%s %s --quiet" % (command, " ".join(more))
        if re.search(r"emotrack live\b", command):
            if not self.microphone:
                return "emotrack live --help"
            command = re.sub(r"--duration-s \S+", "--duration-s 2", command)
            if "--duration-s" not in command:
                command = re.sub(r"emotrack live", "emotrack live --duration-s 2", command)
        return command

    def same_output(self, got, shown):
        """Words exactly; numbers as a reader would: another processor may differ in the last digits."""
        self.assertEqual(len(got), len(shown))
        for mine, page in ((re.split(r"[,\s]+", a), re.split(r"[,\s]+", b)) for a, b in zip(got, shown)):
            self.assertEqual(len(mine), len(page))
            for a, b in zip(mine, page):
                if a != b:
                    self.assertAlmostEqual(float(a), float(b), delta=.01, msg=" ".join(page))

    def test_commands_run_as_typed(self):
        count = 0
        for page in PAGES:
            blocks, _, rest = code_of(page)
            in_tables = [(c, []) for line in rest.splitlines() if line.startswith("|")
                         for c in re.findall(r"`(emotrack [a-z][^`]*)`", line)]
            for command, shown in commands_of(blocks) + in_tables:
                run = self.as_run(command)
                if run is None:
                    continue
                with self.subTest(page=os.path.basename(page), command=command):
                    out = subprocess.run(["bash", "-o", "pipefail", "-c", run], cwd=self.folder, capture_output=True, text=True,
                                         timeout=60, stdin=subprocess.DEVNULL)
                    self.assertEqual(out.returncode, 0, "%s\n%s" % (run, out.stderr[-1000:]))
                    if shown:
                        self.same_output([x.strip() for x in out.stdout.splitlines() if x.strip()], shown)
                count += 1
        self.assertGreater(count, 15)

    def test_fragments_of_c_compile(self):
        blocks, _, _ = code_of(os.path.join(SOURCE, "docs", "library.md"))
        fragments = ["\n".join(lines) for language, lines in blocks if language == "c"]
        self.assertGreater(len(fragments), 2)
        for code in fragments:
            with self.subTest(fragment=code):
                out = subprocess.run([COMPILER, "-std=c17", "-Wall", "-Werror", "-fsyntax-only", "-I", SOURCE + "/include", "-x", "c", "-"],
                                     input=FRAGMENT % code, capture_output=True, text=True)
                self.assertEqual(out.returncode, 0, out.stderr)

    def test_options_exist(self):
        every = set.union(*self.helps.values())
        for page in PAGES:
            blocks, inline, _ = code_of(page)
            for code in inline + [line for _, lines in blocks for line in lines]:
                for command, options in calls_of(code):
                    for option in options:
                        with self.subTest(page=os.path.basename(page), command=command, option=option):
                            self.assertIn(option, self.helps[command])
            for code in inline:
                if code.startswith("--"):
                    with self.subTest(page=os.path.basename(page), option=code):
                        self.assertIn(re.match(r"--[a-z-]*", code).group(), every | NOT_OURS)

    def test_the_help_names_pages_that_exist(self):
        for command, page in self.help_pages.items():
            for path in re.findall(r"(?:docs|models)/[\w.-]+\.md", page):
                self.assertTrue(os.path.exists(os.path.join(SOURCE, path)), "%s --help names %s" % (command, path))

    def test_files_exist(self):
        for page in PAGES:
            _, inline, rest = code_of(page)
            links = [os.path.join(os.path.dirname(page), target.split("#")[0])
                     for target in re.findall(r"\]\(([^)\s]+)\)", rest) if "://" not in target and not target.startswith("#")]
            for code in inline:
                named = re.match(r"((?:src|tools|tests|docs|models|bench|include|cmake)/[\w./*{},-]+)", code)
                if named and named.group(1) not in NOT_THERE and not re.search(r"[A-Z]{3,}|\.\.\.", named.group(1).replace("README", "")):
                    links.append(os.path.join(SOURCE, named.group(1)))
            for path in links:
                with self.subTest(page=os.path.basename(page), path=os.path.relpath(path, SOURCE)):
                    found = subprocess.run(["bash", "-c", "ls -d -- %s" % re.sub(r"[^\w./*{},-]", "?", path)], capture_output=True)
                    self.assertEqual(found.returncode, 0, "no such file")


unittest.main(argv=["docs_commands"])
