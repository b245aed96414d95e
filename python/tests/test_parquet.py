"""emotrack.parquet: a folder as two files, shard by shard, through failures and kills."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import emotrack
from conftest import write_wav

pa = pytest.importorskip("pyarrow", reason="skipped: pyarrow is not installed")
import emotrack.parquet  # noqa: E402
from pyarrow import parquet  # noqa: E402


@pytest.fixture
def library(tmp_path, demo_s16):
    """Three songs, one cut short, one that is no sound."""
    top = tmp_path / "library"
    (top / "a").mkdir(parents=True)
    for i, name in enumerate(("a/one.wav", "a/two.wav", "so,ng \u00e9.wav")):
        write_wav(top / name, demo_s16[i * 44100:][:88200])
    whole = (top / "a" / "one.wav").read_bytes()
    (top / "cut.wav").write_bytes(whole[:len(whole) // 2])
    (top / "text.wav").write_text("this is no sound, but long enough to be looked at")
    return top


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "emotrack", "parquet", *map(str, arguments)], capture_output=True, text=True)


def test_rows_and_summaries_are_those_of_annotate(library, tmp_path):
    written = emotrack.parquet.annotate(library, tmp_path / "c.parquet", tmp_path / "s.parquet", step_ms=100)
    curves, songs = parquet.read_table(tmp_path / "c.parquet"), parquet.read_table(tmp_path / "s.parquet")
    assert songs.schema.equals(emotrack.parquet.SONGS) and curves.schema.equals(emotrack.parquet.CURVES)
    assert written == (5, 2, len(curves))
    assert songs["file"].to_pylist() == [str(library / name) for name in ("a/one.wav", "a/two.wav", "cut.wav", "so,ng \u00e9.wav",
                                                                         "text.wav")]
    for song in songs.to_pylist():
        rows = curves.filter(pa.compute.equal(curves["file"].cast("string"), song["file"]))
        assert len(rows) == song["rows"]
        if song["error"] is None:
            expected = emotrack.annotate(song["file"], step_ms=100)
            for column in ("time_s", "valence", "arousal"):
                assert np.allclose(rows[column].to_numpy(), getattr(expected, column), atol=1e-6)
            assert song["valence_mean"] == pytest.approx(expected.summary()["valence_mean"], abs=1e-6)
    errors = dict(zip(songs["file"].to_pylist(), songs["error"].to_pylist()))
    assert "cut off" in errors[str(library / "cut.wav")] and "text.wav" in errors[str(library / "text.wav")]
    about = json.loads(parquet.read_schema(tmp_path / "c.parquet").metadata[b"emotrack"])
    assert about["model_digest"] == emotrack.Model().digest and "step_ms=100" in about["options"]
    assert not (tmp_path / "c.parquet.part").exists()


def test_shards_are_the_songs_once_each(library, tmp_path):
    files = []
    for i in range(1, 9):
        out = command("--output", tmp_path / f"c{i}", "--summary", tmp_path / f"s{i}", "--shard", f"{i}/8", "--quiet", library)
        assert out.returncode in (0, 1), out.stderr
        assert parquet.read_table(tmp_path / f"c{i}").schema.equals(emotrack.parquet.CURVES)
        files += parquet.read_table(tmp_path / f"s{i}")["file"].to_pylist()
    assert sorted(files) == sorted(str(path) for path in library.rglob("*.wav"))


def test_killed_and_called_again_it_goes_on(library, tmp_path):
    for i in range(30):
        shutil.copy(library / "a" / "one.wav", library / f"{i}.wav")
    arguments = [sys.executable, "-m", "emotrack", "parquet", "-q", "-j", "1", "-o", str(tmp_path / "c"), str(library)]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, start_new_session=True)
    part = tmp_path / "c.part" / "curves"
    while process.poll() is None and len(list(part.glob("*.csv"))) < 3:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {path: path.stat().st_mtime_ns for path in part.rglob("*.csv")}
    assert 3 <= len(done) < 33 and not (tmp_path / "c").exists()
    kept = shutil.rmtree
    seen = {}
    emotrack.parquet.shutil.rmtree = lambda path: seen.update({p: p.stat().st_mtime_ns for p in part.rglob("*.csv")}) or kept(path)
    try:
        written = emotrack.parquet.annotate(library, tmp_path / "c")
    finally:
        emotrack.parquet.shutil.rmtree = kept
    assert written.songs == 35 and all(seen[path] == when for path, when in done.items())


def test_names_that_are_not_text(library, tmp_path):
    os.rename(library / "a" / "one.wav", os.fsencode(library) + b"/caf\xe9.wav")
    emotrack.parquet.annotate(library, tmp_path / "c", tmp_path / "s")
    assert str(library / "caf\ufffd.wav") in parquet.read_table(tmp_path / "c")["file"].to_pylist()


def test_what_is_wrong_is_said(library, tmp_path):
    with pytest.raises(emotrack.ArgumentError, match="shard"):
        emotrack.parquet.annotate(library, tmp_path / "c", shard="9/8")
    assert command("-o", tmp_path / "c", "--format", "jsonl", library).returncode == 2
    assert "nosuch" in command("-o", tmp_path / "c", "--nosuch", library).stderr
    (tmp_path / "empty").mkdir()
    assert "no sound" in command("-o", tmp_path / "c", tmp_path / "empty").stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("c")] == []
