"""The plug-in inside beets itself: a library of its own, songs imported, heard, asked for, written and read again."""
import json
import shutil
import subprocess
import sys

import pytest

import emotrack
from conftest import DEMO

pytest.importorskip("beets", reason="skipped: beets is not installed")
import mutagen  # noqa: E402  beets needs it

UNKNOWN = ["$valence", "$arousal", ""]  # as beets shows fields that are not there


class Beets:
    def __init__(self, folder):
        self.folder, self.songs = folder, folder / "songs"
        self.songs.mkdir()
        self.configure()

    def configure(self, **settings):
        (self.folder / "config.yaml").write_text(json.dumps({
            "directory": str(self.songs), "library": str(self.folder / "library.db"), "plugins": ["emotrack"],
            "import": {"copy": False, "write": False}, "emotrack": settings}))

    def __call__(self, *arguments, code=0):
        done = subprocess.run([sys.executable, "-m", "beets", "-c", str(self.folder / "config.yaml"), *arguments], text=True,
                              capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def import_songs(self):
        self("import", "-A", "-q", str(self.songs))

    def values(self, *query):
        lines = self("ls", "-f", "$title|$valence|$arousal|$mood", *query).splitlines()
        return {line.split("|")[0]: line.split("|")[1:] for line in lines if "|" in line}


@pytest.fixture
def beet(tmp_path):
    beets = Beets(tmp_path)
    for name in ("calm", "lively"):
        song = shutil.copy(DEMO, beets.songs / f"{name}.flac")
        file = mutagen.File(song)
        file["title"] = name
        file.save()
    return beets


def test_songs_get_the_numbers_of_annotate(beet):
    beet.import_songs()
    assert beet.values() == {"calm": UNKNOWN, "lively": UNKNOWN}
    beet("emotrack", "calm")
    heard = emotrack.annotate(DEMO, model="music")
    about = heard.summary()
    values = beet.values()
    assert values["lively"]== UNKNOWN
    assert values["calm"] == [f"{about['valence_mean']:.6f}", f"{about['arousal_mean']:.6f}", heard.mood]
    before = (beet.songs / "calm.flac").read_bytes()
    assert beet("emotrack", "--pretend").count("lively") == 1  # and not the one that is done
    beet("emotrack")
    assert beet.values()["lively"][0] == values["calm"][0]
    assert (beet.songs / "calm.flac").read_bytes() == before


def test_queries_compare_numbers(beet):
    beet.import_songs()
    assert not beet.values("valence:-1..1")
    beet("emotrack")
    valence = float(beet.values()["calm"][0])
    assert set(beet.values(f"valence:{valence - .1}..{valence + .1}")) == {"calm", "lively"}
    assert not beet.values(f"valence:{valence + .1}..")


def test_tags_are_those_of_the_program_both_ways(beet, tmp_path):
    beet.import_songs()
    beet("emotrack", "--write")
    values, song = beet.values()["calm"], beet.songs / "calm.flac"
    tags = mutagen.File(song)
    assert [tags[f"EMOTRACK_{name}"][0] for name in ("VALENCE", "AROUSAL", "MOOD")] == values
    (tmp_path / "library.db").unlink()
    beet.import_songs()  # what the files say is taken over
    assert beet.values()["calm"] == values


def test_while_importing(beet):
    beet.configure(auto=True)
    beet.import_songs()
    assert all(float(values[0]) for values in beet.values().values())


def test_a_broken_song_is_told_and_the_others_are_done(beet):
    beet.import_songs()
    (beet.songs / "calm.flac").write_bytes(b"no sound at all" * 100)
    said = beet("emotrack", code=1)
    assert "no format of sound" in said and "1 of 2 songs" in said
    values = beet.values()
    assert values["calm"]== UNKNOWN and float(values["lively"][0])
