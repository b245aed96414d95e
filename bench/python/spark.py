#!/usr/bin/env python3
"""Songs an hour and core on Spark beside the plain program: the same songs, processor time of all processes, in one run.

    pip install '.[spark]'
    python3 bench/python/spark.py [SONGS]       # a folder; 12 songs of 3.5 minutes are made otherwise

Spark's own start, and a first job in which its workers begin, are not counted.
"""
import os
import pathlib
import sys
import tempfile
import warnings

from python import long_wav, seconds_of_children

import emotrack.spark
from emotrack._program import PROGRAM
from pyspark.sql import SparkSession

SONGS = 12


def processor_seconds(of):
    """Of a process, all below it, and those of them that have ended."""
    ticks, parents = {}, {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry)], ticks[int(entry)] = int(fields[1]), sum(map(int, fields[11:15]))
    below = {of}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(ticks[pid] for pid in below) / os.sysconf("SC_CLK_TCK")


def main():
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(made) / "songs"
        if len(sys.argv) == 1:
            folder.mkdir()
            first = long_wav(folder)
            for i in range(1, SONGS):
                os.link(first, folder / f"{i}.wav")
        paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        os.environ["PYSPARK_PYTHON"] = sys.executable
        spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
        df = spark.createDataFrame([(path,) for path in paths], "path string").repartition(4)
        emotrack.spark.annotate(df.limit(2).repartition(2)).collect()
        before = processor_seconds(os.getpid())
        answers = emotrack.spark.annotate(df).collect()
        ours = processor_seconds(os.getpid()) - before
        spark.stop()
        plain, _ = seconds_of_children(PROGRAM, "annotate", "-q", "--output-dir", pathlib.Path(made) / "out", folder)
    if any(row["error"] for row in answers):
        sys.exit("a song failed")
    print(f"{len(paths)} songs; songs an hour and core: the program {3600 * len(paths) / plain:.0f}, "
          f"Spark {3600 * len(paths) / ours:.0f}; ratio {plain / ours:.3f}")


if __name__ == "__main__":
    main()
