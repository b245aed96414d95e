import csv
import subprocess

import numpy as np
import pytest

import emotrack
from emotrack._program import PROGRAM


def program(*arguments):
    return subprocess.run([PROGRAM, "annotate", *map(str, arguments)], capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("model", emotrack.bundled())
def test_rows_are_the_programs_byte_for_byte(wav, tmp_path, model):
    curve = emotrack.annotate(wav, model=model, step_ms=100)
    curve.to_csv(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_text() == program("--step-ms", 100, "--model", model, wav)


def test_an_array_has_the_numbers_of_the_file(wav, demo_s16):
    expected = emotrack.annotate(wav).rows
    for array in (demo_s16, demo_s16 / 32768.0, (demo_s16 / 32768.0).astype(np.float32)):
        assert np.array_equal(emotrack.annotate(array, 44100).rows, expected)


def test_columns_are_numpy_arrays_of_one_length(wav):
    curve = emotrack.annotate(wav)
    assert list(curve.time_s) == [0.5 + 0.5 * i for i in range(10)]
    for column in (curve.valence, curve.arousal, curve.context_s, curve.level_dbfs, curve.flags):
        assert len(column) == len(curve)
    assert np.abs(curve.valence).max() <= 1


def test_summary_says_where_on_the_plane(demo):
    about = emotrack.annotate(demo).summary()
    assert about["rows"] == 48 and about["seconds"] == pytest.approx(24)
    assert about["happy"] + about["tense"] + about["sad"] + about["relaxed"] == pytest.approx(1)
    assert about["quarter"] in ("happy", "tense", "sad", "relaxed")


def test_summary_is_the_programs(wav, tmp_path):
    program("--summary", tmp_path / "songs.csv", wav)
    with open(tmp_path / "songs.csv", newline="") as file:
        row = next(csv.DictReader(file))
    about = emotrack.annotate(wav).summary()
    assert list(row) == list(about)
    for key, value in about.items():
        assert row[key] == value if isinstance(value, str) else float(row[key]) == pytest.approx(value, abs=1e-2), key


def test_shown_as_table_and_picture(wav):
    html = emotrack.annotate(wav)._repr_html_()
    assert "<table>" in html and "<svg" in html and "five seconds.wav" in html
    assert "10 rows" in repr(emotrack.annotate(wav))


def test_pandas(wav):
    pandas = pytest.importorskip("pandas")
    table = emotrack.annotate(wav).to_pandas()
    assert list(table.columns) == ["time_s", "valence", "arousal", "context_s", "level_dbfs", "flags"]
    assert isinstance(table, pandas.DataFrame) and len(table) == 10


def test_plot(wav):
    pytest.importorskip("matplotlib").use("agg")
    assert len(emotrack.annotate(wav).plot().axes) == 2


def test_a_missing_file_is_a_file_error(tmp_path):
    with pytest.raises(emotrack.FileError, match="nosuch.wav") as caught:
        emotrack.annotate(tmp_path / "nosuch.wav")
    assert isinstance(caught.value, OSError)


def test_no_sound_is_a_format_error(tmp_path):
    (tmp_path / "text.wav").write_text("this is no sound, but long enough to be looked at")
    with pytest.raises(emotrack.FormatError):
        emotrack.annotate(tmp_path / "text.wav")


def test_a_sound_that_breaks_off_gives_what_was_heard(wav):
    whole = wav.read_bytes()
    wav.write_bytes(whole[:len(whole) // 2])
    with pytest.raises(emotrack.TruncatedError) as caught:
        emotrack.annotate(wav)
    assert 3 < len(caught.value.annotation) < 10
    assert caught.value.annotation.error


def test_an_array_needs_a_rate_and_a_file_has_one(wav, demo_s16):
    with pytest.raises(emotrack.ArgumentError, match="rate"):
        emotrack.annotate(demo_s16)
    with pytest.raises(emotrack.ArgumentError, match="rate"):
        emotrack.annotate(wav, rate=44100)
