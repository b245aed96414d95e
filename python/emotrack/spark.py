"""Sounds by the million on Spark: one row in, one row out, whatever a sound holds. Needs PySpark, pandas and pyarrow.

>>> import emotrack.spark
>>> songs = spark.read.text("songs.txt").toDF("path").repartition(1000)
>>> emotrack.spark.annotate(songs).write.parquet("curves.parquet")

emotrack must be installed where the workers run. A worker keeps one model and one tracker for all its partitions. An answer
depends on nothing but its sound, so that a partition which Spark starts again gives the same rows.
"""
from __future__ import annotations

import os
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Union
from urllib.parse import unquote

import numpy as np

from . import _library as lib
from . import errors
from ._annotation import QUARTERS, Annotation, Annotator, flag_text
from ._model import Model, PathLike, as_model

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

ROWS_AT_ONCE = 32


def annotate(df: "DataFrame", sound: str = "path", model: Union[Model, PathLike, None] = None, step_ms: int = 500,
             curve: bool = True) -> "DataFrame":
    """The emotion curves of a DataFrame of sounds, by `mapInPandas`: the numbers of `emotrack.annotate`.

    :param df: a row a sound. Its other columns come back as they are
    :param sound: name of the column that has the sound: paths (string) that the workers can open, "file:" in front or not, or
        whole files (binary), as `spark.read.format("binaryFile")` gives them under "content"
    :param model: as in `emotrack.annotate`; a model that is a file of one's own travels to the workers
    :param step_ms: a row of the curve every so many ms, a multiple of 10
    :param curve: False: the summary alone
    :return: the columns of `df` without bytes of sounds, then those of `Annotation.summary` (`error` is null for a whole
        sound, and says why for one that failed or broke off, whose summary is of what was heard before), then `curve`
    :raises ArgumentError: no such column, one of another type, or one whose name is taken; FileError, FormatError: no model

    Spark hands bytes over in batches of `spark.sql.execution.arrow.maxRecordsPerBatch` rows, 10,000 unless set: with whole
    files set it to 10 or so.
    """
    from pyspark.sql.types import StructType

    fields = {field.name: field for field in df.schema.fields}
    if sound not in fields:
        raise errors.ArgumentError(f"there is no column {sound!r}; there are {', '.join(fields)}")
    kind = fields[sound].dataType.simpleString()
    if kind not in ("string", "binary"):
        raise errors.ArgumentError(f"column {sound!r} is of type {kind}; sounds are paths (string) or whole files (binary)")
    kept = [name for name in fields if kind == "string" or name != sound]
    added = _answer_type(curve)
    taken = [name for name in added.names if name in kept]
    if taken:
        raise errors.ArgumentError(f"the answer has columns {', '.join(taken)} too; rename those of the DataFrame")
    work = _Work(as_model(model), step_ms, sound, kept, curve)
    return df.mapInPandas(work, StructType([fields[name] for name in kept] + added.fields))


def _answer_type(curve: bool) -> "StructType":
    from pyspark.sql.types import ArrayType, DoubleType, FloatType, LongType, StringType, StructField, StructType

    def fields(**types: Any) -> list[StructField]:
        return [StructField(name, kind) for name, kind in types.items()]

    number, text, single = DoubleType(), StringType(), FloatType()
    summary = fields(seconds=number, rows=LongType(), valence_mean=number, valence_deviation=number, arousal_mean=number,
                     arousal_deviation=number, quarter=text, **dict.fromkeys(QUARTERS, number), level_dbfs=number, flags=text,
                     error=text)
    row = fields(time_s=number, valence=single, arousal=single, context_s=single, level_dbfs=single, flags=text)
    return StructType(summary + (fields(curve=ArrayType(StructType(row))) if curve else []))


class _Work:
    """What travels to the workers."""

    def __init__(self, model: Model, step_ms: int, sound: str, kept: list[str], curve: bool) -> None:
        inside = os.path.dirname(model.path) == str(lib.MODELS)
        self.model = model.name if inside else ""
        self.content = b"" if inside else open(model.path, "rb").read()
        self.digest, self.step_ms, self.sound, self.kept, self.curve = model.digest, step_ms, sound, kept, curve

    def __call__(self, batches: Iterable["pandas.DataFrame"]) -> Iterator["pandas.DataFrame"]:
        import pandas

        annotator = _annotator(self)
        for batch in batches:
            for at in range(0, len(batch), ROWS_AT_ONCE):
                part = batch.iloc[at:at + ROWS_AT_ONCE]
                answers = pandas.DataFrame([self.answer(annotator, sound) for sound in part[self.sound]], index=part.index)
                yield pandas.concat([part[self.kept], answers], axis=1)

    def answer(self, annotator: Annotator, sound: Any) -> dict[str, Any]:
        """One row."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.NotFiniteWarning)
            out = _heard(annotator, sound)
        row = out.summary()
        del row["file"]
        row["error"] = row["error"] or None
        if self.curve:
            row["curve"] = [dict(zip(lib.ANSWER.names, values), flags=flag_text(values[-1])) for values in out.rows.tolist()]
        return row


def _heard(annotator: Annotator, sound: Any) -> Annotation:
    if isinstance(sound, str):
        return annotator.annotate(_local(sound))
    if not isinstance(sound, (bytes, bytearray, memoryview)):
        return Annotation(np.empty(0, lib.ANSWER), error="there is no sound in this row: it is null")
    held = os.memfd_create("sound")
    try:
        with open(held, "wb", closefd=False) as file:
            file.write(sound)
        return annotator.annotate(f"/proc/self/fd/{held}", "the sound")
    finally:
        os.close(held)


def _local(path: str) -> str:
    """The path in a URI, which Spark writes with and without %20: "file:/songs/a%20b.mp3". Any other path as it is."""
    if not path.startswith("file:/"):
        return path
    path = "/" + path[len("file:"):].lstrip("/")
    return path if os.path.exists(path) else unquote(path)


_annotators: dict[tuple[str, int], Annotator] = {}


def _annotator(work: _Work) -> Annotator:
    """The worker's own, kept from one partition to the next."""
    key = work.digest, work.step_ms
    if key not in _annotators:
        _annotators.clear()
        _annotators[key] = Annotator(_model(work), work.step_ms)
    return _annotators[key]


def _model(work: _Work) -> Model:
    if work.model:
        model = Model(work.model)
    else:
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
            file.write(work.content)
            file.flush()
            model = Model(file.name)
    if model.digest != work.digest:
        raise errors.VersionError(f"the model {work.model} of this worker is another than the driver's; install one version of "
                                  "emotrack on all machines")
    return model
