"""What runs the program inside: features, live, evaluate, train, and the command itself."""
import shutil
import subprocess
import sys

import numpy as np
import pytest

import emotrack
from emotrack._program import PROGRAM


@pytest.mark.parametrize("family, columns", [("deam", 260), ("pmemo", 260), ("frames", 130)])
def test_features(wav, demo_s16, family, columns):
    of_file = emotrack.features(wav, family=family)
    of_array = emotrack.features(demo_s16, 44100, family=family)
    assert of_file.values.shape[1] == len(of_file.names) == columns
    assert np.array_equal(of_file.values, of_array.values) and np.array_equal(of_file.time_s, of_array.time_s)
    assert np.isfinite(of_file.values).all() and np.all(np.diff(of_file.time_s) > 0)


def test_features_are_the_programs(wav):
    text = subprocess.run([PROGRAM, "features", wav], capture_output=True, check=True).stdout.decode().splitlines()
    ours = emotrack.features(wav)
    assert ";".join(ours.names) == text[0].partition(";")[2]
    assert [list(map(float, line.split(";")[1:])) for line in text[1:]] == ours.values.tolist()


def test_features_that_do_not_exist(wav, tmp_path):
    with pytest.raises(emotrack.ArgumentError, match="family"):
        emotrack.features(wav, family="nosuch")
    with pytest.raises(emotrack.FileError):
        emotrack.features(tmp_path / "nosuch.wav")


def test_the_command_is_the_program():
    command = shutil.which("emotrack", path=str(__import__("pathlib").Path(sys.executable).parent))
    if not command:
        pytest.skip("the package is not installed beside this Python")
    assert subprocess.run([command, "--version"], capture_output=True).stdout.split()[1].decode() == emotrack.__version__


def test_help_names_the_command_of_the_package_too():
    shown = subprocess.run([sys.executable, "-m", "emotrack", "--help"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("emotrack ") and "annotate" in shown
    assert "\n  parquet " in shown


def test_live_says_what_is_wrong():
    with pytest.raises(emotrack.EmotrackError, match="nosuchdevice"):
        next(emotrack.live(input="nosuchdevice"))


def make_data_set(folder, songs=24):
    """A folder in DEAM's layout: columns that follow the labels, and noise."""
    random = np.random.default_rng(3)
    (folder / "features").mkdir(parents=True)
    (folder / "annotations").mkdir()
    names = emotrack.features(np.zeros(88200, np.float32), 44100).names
    head = "song_id," + ",".join(f"sample_{t}ms" for t in range(15000, 18000, 500))
    labels = {"arousal": [head], "valence": [head]}
    for song in range(1, songs + 1):
        level = {target: random.uniform(-0.6, 0.6) for target in labels}
        for target, lines in labels.items():
            lines.append(",".join([str(song), *(f"{level[target] + random.uniform(0, 0.02):.4f}" for _ in range(6))]))
        column = np.arange(260)
        mix = np.where(column % 2, level["arousal"], level["valence"]) * (column % 7) / 3
        rows = 2 + mix + 0.3 * random.uniform(size=(36, 260))
        text = [";".join(["frameTime", *names])] + [";".join([str(i / 2), *(f"{x:.6f}" for x in row)]) for i, row in enumerate(rows)]
        (folder / "features" / f"{song}.csv").write_text("\n".join(text) + "\n")
    for target, lines in labels.items():
        (folder / "annotations" / f"{target}.csv").write_text("\n".join(lines) + "\n")


SMALL = dict(window=4, hidden=4, channels=2, blocks=1, components=8, batch=24, epochs=3, threads=1)


def test_train_and_evaluate(tmp_path):
    data, seen, said = tmp_path / "deam", [], []
    make_data_set(data)
    trained = emotrack.train(data, tmp_path / "m.safetensors", progress=seen.append, on_message=said.append, **SMALL)
    assert trained.model.name == "m" and len(trained.log) == len(seen) == 3
    assert trained.scores and trained.scores[-1].songs > 2 and said
    scores = emotrack.evaluate(data, trained.model, per_song=True, predictions=True)
    assert scores.left_out > 10 and scores.songs == len(scores.per_song) and scores.labels == len(scores.predictions)
    assert scores.metric("arousal", "rmse") > 0 and scores.metric("valence", "rmse", predictor="mean") > 0
    assert "| arousal, labels |" in scores.to_markdown() and r"\begin{tabular}" in scores.to_latex()


def test_folds_have_a_mean_and_a_deviation(tmp_path):
    make_data_set(tmp_path / "deam")
    trained = emotrack.train(tmp_path / "deam", folds=2, repeats=2, network="cnn", **SMALL)
    assert trained.model is None
    scores = trained.scores[-1]
    assert "cnn" in scores.title and len(scores.tables) == 2
    row = scores.rows()[0]
    assert (row["target"], row["over"], row["predictor"]) == ("arousal", "labels", "model")
    assert row["rmse"] > 0 and row["rmse_deviation"] >= 0
    assert "±" in scores.to_markdown() and r"$\pm$" in scores.to_latex()


def test_an_option_that_is_not_there(tmp_path):
    with pytest.raises(emotrack.ArgumentError, match="nosuch"):
        emotrack.evaluate(tmp_path, nosuch=1)
    with pytest.raises(emotrack.ArgumentError, match="output"):
        emotrack.train(tmp_path)
