"""emotrack.spark on Spark itself: one machine, its workers real processes, one of them killed."""
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import emotrack
from conftest import write_wav

pytest.importorskip("pyspark", reason="skipped: PySpark is not installed")
pytest.importorskip("pyarrow", reason="skipped: pyarrow is not installed")
pytest.importorskip("pandas", reason="skipped: pandas is not installed")
if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
    pytest.skip("skipped: there is no Java for Spark", allow_module_level=True)

import emotrack.spark  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402


def session(master):
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master(master).appName("emotrack tests")
    settings = {"spark.ui.enabled": "false", "spark.driver.memory": "512m", "spark.sql.shuffle.partitions": "2"}
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


@pytest.fixture(scope="module")
def spark():
    running = session("local[2]")
    yield running
    running.stop()


@pytest.fixture
def songs(tmp_path, wav, demo_s16):
    """Two whole songs, one cut short, one that is no sound, one that is not there."""
    whole = wav.read_bytes()
    (tmp_path / "a song.wav").write_bytes(whole)
    write_wav(tmp_path / "b.wav", demo_s16[:110250])
    (tmp_path / "cut.wav").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "text.wav").write_text("this is no sound, but long enough to be looked at")
    return [tmp_path / name for name in ("a song.wav", "b.wav", "cut.wav", "text.wav", "nosuch.wav")]


def same(rows, songs):
    """The rows are those of `annotate`, a failed sound's row says why."""
    by_name = {Path(row["path"]).name: row for row in rows}
    assert len(rows) == len(songs) == len(by_name)
    for path in songs:
        row = by_name[path.name]
        try:
            expected = emotrack.annotate(path)
            assert row["error"] is None
        except emotrack.TruncatedError as problem:
            expected = problem.annotation
            assert row["error"]
        except emotrack.EmotrackError:
            assert row["error"] and row["rows"] == 0 and row["valence_mean"] is None and row["curve"] == []
            continue
        for name in ("time_s", "valence", "arousal", "context_s", "level_dbfs"):
            assert np.array_equal(np.array([one[name] for one in row["curve"]], expected.rows[name].dtype), expected.rows[name])
        about = expected.summary()
        assert all(row[key] == about[key] for key in ("seconds", "rows", "valence_mean", "arousal_deviation", "quarter", "flags"))


def test_paths(spark, songs):
    paths = [(i, str(path)) for i, path in enumerate(songs)]
    answers = emotrack.spark.annotate(spark.createDataFrame(paths, "id long, path string")).collect()
    same(answers, songs)
    assert sorted(row["id"] for row in answers) == list(range(len(songs)))
    assert "nosuch.wav" in next(row["error"] for row in answers if "nosuch" in row["path"])


def test_whole_files(spark, songs):
    there = [path for path in songs if path.exists()]
    files = spark.read.format("binaryFile").load([f"file:{path}" for path in there])
    answers = emotrack.spark.annotate(files, "content").collect()
    assert "content" not in answers[0].asDict() and answers[0]["length"] > 0
    same(answers, there)
    assert all("/proc" not in (row["error"] or "") for row in answers)


def test_paths_of_files_that_spark_found(spark, songs):
    there = [path for path in songs if path.exists()]
    files = spark.read.format("binaryFile").load([f"file:{path}" for path in there])
    for name in ("path", "_metadata.file_path"):  # the second has %20 for a space
        answers = emotrack.spark.annotate(files.selectExpr(f"{name} as path"), curve=False).collect()
        assert sum(row["error"] is None for row in answers) == 2, [tuple(row)[-1] for row in answers]
        assert "curve" not in answers[0].asDict()


def test_a_row_without_a_sound(spark):
    answers = emotrack.spark.annotate(spark.createDataFrame([(None,)], "path string")).collect()
    assert "null" in answers[0]["error"]


def test_a_model_of_ones_own_travels(spark, songs, tmp_path):
    own = tmp_path / "own.safetensors"
    shutil.copy(emotrack.Model("speech").path, own)
    answers = emotrack.spark.annotate(spark.createDataFrame([(str(songs[0]),)], "path string"), model=own)
    own.unlink()
    row, = answers.collect()
    assert row["valence_mean"] == emotrack.annotate(songs[0], model="speech").summary()["valence_mean"]


def test_a_worker_has_one_tracker_for_all_its_partitions(spark, songs):
    paths = spark.createDataFrame([(str(songs[0]),)] * 8, "path string").repartition(8)

    def counted(batches):
        import emotrack._annotation as annotation
        import pandas
        import emotrack.spark

        made, work = [], emotrack.spark._Work(emotrack.Model(), 500, "path", ["path"], False)
        kept = annotation.Tracker
        annotation.Tracker = lambda *a: made.append(1) or kept(*a)
        try:
            songs = sum(len(batch) for batch in work(batches))
        finally:
            annotation.Tracker = kept
        yield pandas.DataFrame({"pid": [os.getpid()], "songs": [songs], "made": [len(made)]})

    seen = paths.mapInPandas(counted, "pid long, songs long, made long").collect()
    assert len(seen) == 8 and sum(row["songs"] for row in seen) == 8
    assert sum(row["made"] for row in seen) <= len({row["pid"] for row in seen}) < 8


def test_columns_that_cannot_be_are_said(spark):
    df = spark.createDataFrame([(1, "x", "y")], "number long, path string, error string")
    with pytest.raises(emotrack.ArgumentError, match="'sound'"):
        emotrack.spark.annotate(df, "sound")
    with pytest.raises(emotrack.ArgumentError, match="bigint"):
        emotrack.spark.annotate(df, "number")
    with pytest.raises(emotrack.ArgumentError, match="error"):
        emotrack.spark.annotate(df)


def test_a_worker_killed_in_the_middle_loses_nothing(songs, tmp_path):
    SparkSession.getActiveSession() and SparkSession.getActiveSession().stop()
    running = session("local[2,4]")
    try:
        log = tmp_path / "began"
        paths = [(i, str(songs[i % 2])) for i in range(40)]
        df = running.createDataFrame(paths, "id long, path string").repartition(20)

        def slowly(batches, log=str(log)):
            for batch in batches:
                with open(log, "a") as file:
                    file.write(f"{os.getpid()}\n")
                time.sleep(0.2)
                yield batch

        killed, over = [], threading.Event()

        def kill():
            while not (log.exists() and len(log.read_text().split()) >= 4):
                if over.wait(0.01):
                    return
            killed.append(int(log.read_text().split()[-1]))
            os.kill(killed[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        answers = emotrack.spark.annotate(df.mapInPandas(slowly, df.schema)).collect()
        over.set()
        killer.join()
        assert killed and len(log.read_text().split()) > 20, "no partition was begun again"
        assert sorted(row["id"] for row in answers) == list(range(40))
        expected = {str(path): emotrack.annotate(path).summary()["valence_mean"] for path in songs[:2]}
        assert all(row["error"] is None and row["valence_mean"] == expected[row["path"]] for row in answers)
    finally:
        running.stop()
