"""A library of songs as Parquet: one file of curves and one of summaries for each shard. Needs pyarrow.

>>> import emotrack.parquet
>>> emotrack.parquet.annotate("library", "curves-3.parquet", "songs-3.parquet", shard="3/100")

On the command line `emotrack parquet --output curves-3.parquet --summary songs-3.parquet --shard 3/100 library`.

Curves (`CURVES`): a row an answer, sound after sound, `file` as the summaries have it. Summaries (`SONGS`): a row a sound, the
columns of `Annotation.summary`. What has no value is null. The files' metadata says version, model, its digest and options.
"""
from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Union
from urllib.parse import unquote_to_bytes

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from . import errors
from ._annotation import QUARTERS
from ._model import Model, PathLike, find
from ._program import PROGRAM, run

_text = pa.dictionary(pa.int32(), pa.string())

#: Schema of the curves.
CURVES = pa.schema([("file", _text), ("time_s", pa.float64()), ("valence", pa.float32()), ("arousal", pa.float32()),
                    ("context_s", pa.float32()), ("level_dbfs", pa.float32()), ("flags", _text)])
#: Schema of the summaries.
SONGS = pa.schema([("file", pa.string()), ("seconds", pa.float64()), ("rows", pa.int64()), ("valence_mean", pa.float64()),
                   ("valence_deviation", pa.float64()), ("arousal_mean", pa.float64()), ("arousal_deviation", pa.float64()),
                   ("quarter", pa.string()), *((quarter, pa.float64()) for quarter in QUARTERS), ("level_dbfs", pa.float64()),
                   ("flags", pa.string()), ("error", pa.string())])
ROWS_AT_ONCE = 500000
OWN = ("--output-dir", "--format", "--columns")


class Written(NamedTuple):
    """What `annotate` has done."""

    songs: int  #: in the summaries
    failed: int  #: of them, those with an `error`
    rows: int  #: of curves


def annotate(sounds: Union[PathLike, Sequence[PathLike]], curves: PathLike, summary: Optional[PathLike] = None,
             shard: Optional[str] = None, model: Union[Model, PathLike, None] = None, step_ms: int = 500,
             jobs: Optional[int] = None, options: Sequence[str] = ()) -> Written:
    """Annotates a folder, files or lists into Parquet. Killed and called again, it goes on where it was: what is done so far
    stands in the folder `CURVES.part`, which goes when the files appear.

    :param sounds: a folder, a sound, an .m3u or .jsonl, or several of these
    :param curves: the file of curves   :param summary: the file of summaries; None: none
    :param shard: "I/N": only every N-th sound, as `emotrack annotate --shard`
    :param jobs: sounds at once; None: the number of cores
    :param options: further ones of `emotrack annotate`, e.g. ["--include", "*.mp3", "--failed", "failed.jsonl"]
    :raises ArgumentError: an option that is wrong; EmotrackError: no such folder, no room on the disk. A sound that fails
        does not raise: its summary has an `error`
    """
    arguments = ["--quiet", "--model", model.path if isinstance(model, Model) else find(model), "--step-ms", str(step_ms), *options]
    for option, value in (("--shard", shard), ("--jobs", jobs)):
        arguments += [] if value is None else [option, str(value)]
    single = isinstance(sounds, (str, bytes, os.PathLike))
    arguments += ["--", *map(os.fsdecode, [sounds] if single else sounds)]
    part = _begin(curves)
    try:
        run(_command(part, arguments))
    except errors.EmotrackError:
        if not _came_to_its_end(part):
            raise
    return _gather(part, Path(curves), Path(summary) if summary is not None else None)


def _begin(curves: PathLike) -> Path:
    part = Path(f"{os.fspath(curves)}.part")
    part.mkdir(parents=True, exist_ok=True)
    (part / "songs.csv").unlink(missing_ok=True)
    return part


def _command(part: Path, arguments: Sequence[str]) -> list[str]:
    """It leaves songs.csv where it came to its end, whether or not a sound failed."""
    return ["annotate", "--output-dir", str(part / "curves"), "--resume", "--summary", str(part / "songs.csv"), *arguments]


def _came_to_its_end(part: Path) -> bool:
    """After a failure. A run that has not begun leaves nothing."""
    if not (part / "curves").exists():
        shutil.rmtree(part)
    return (part / "songs.csv").exists()


def _gather(part: Path, curves: Path, summary: Optional[Path]) -> Written:
    """The results of a run in two files, each whole or not there."""
    begun = (part / "songs.csv").exists()  # not where a shard has no song
    names, about = _record(part / "curves" / "emotrack.jsonl") if begun else ({}, {})
    songs, rows = _summaries(part / "songs.csv") if begun else [], 0
    with _writer(curves, CURVES, about) as write:
        for table in _curves(part / "curves", names, [song["file"] for song in songs]):
            write(table)
            rows += len(table)
    for song in songs:
        song["file"] = _shown(song["file"])
    if summary is not None:
        with _writer(summary, SONGS, about) as write:
            write(pa.Table.from_pylist(songs, SONGS))
    shutil.rmtree(part)
    return Written(len(songs), sum(song["error"] is not None for song in songs), rows)


class _writer:
    """A Parquet file that appears under its name when it is complete."""

    def __init__(self, path: Path, schema: pa.Schema, about: dict[str, str]) -> None:
        self.path, self.temporary = path, path.with_name(f".{path.name}.{os.getpid()}")
        self.schema = schema.with_metadata({"emotrack": json.dumps(about)})

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = pa.parquet.ParquetWriter(self.temporary, self.schema, compression="zstd")
        return self.file.write_table

    def __exit__(self, kind: Any, *_: object) -> None:
        self.file.close()
        if kind is None:
            os.replace(self.temporary, self.path)
        else:
            self.temporary.unlink(missing_ok=True)


def _record(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Of each sound the name of its result, and what the newest run says about itself."""
    names: dict[str, str] = {}
    about: dict[str, str] = {}
    with open(path, "rb") as file:
        for line in map(json.loads, file):
            if "sound" in line:
                sound = unquote_to_bytes(line["sound_bytes"]) if "sound_bytes" in line else line["sound"].encode()
                name = unquote_to_bytes(line["name_bytes"]) if "name_bytes" in line else line["name"].encode()
                names[os.fsdecode(sound)] = os.fsdecode(name)
            elif "model" in line:
                about = {key: line[key] for key in ("version", "model", "model_digest", "options")}
    return names, about


def _summaries(path: Path) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        songs: list[dict[str, Any]] = list(csv.DictReader(file))
    for song in songs:
        for field in SONGS:
            text = song[field.name]
            if pa.types.is_floating(field.type):
                song[field.name] = float(text) if text else None
            elif pa.types.is_integer(field.type):
                song[field.name] = int(text)
            elif field.name != "file":
                song[field.name] = _shown(text) if text or field.name == "flags" else None
    return songs


def _curves(folder: Path, names: dict[str, str], files: Sequence[str]) -> Iterator[pa.Table]:
    tables: list[pa.Table] = []
    convert = pa.csv.ConvertOptions(column_types={field.name: field.type for field in CURVES})
    for file in files:
        absolute = os.path.join(os.path.realpath(os.path.dirname(file) or "."), os.path.basename(file))
        result = folder / f"{names.get(absolute, '')}.csv"
        if absolute not in names or not result.exists():
            continue
        with open(result, "rb") as stream:
            rows = pa.csv.read_csv(stream, convert_options=convert)
        name = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(rows)), [_shown(file)])
        tables.append(rows.add_column(0, "file", name).select(CURVES.names))
        if sum(map(len, tables)) >= ROWS_AT_ONCE:
            yield pa.concat_tables(tables).unify_dictionaries()
            tables.clear()
    if tables:
        yield pa.concat_tables(tables).unify_dictionaries()


def _shown(path: str) -> str:
    """A name that is not UTF-8 as text."""
    return os.fsencode(path).decode(errors="replace")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """`emotrack parquet`."""
    parser = argparse.ArgumentParser(prog="emotrack parquet", allow_abbrev=False, description="Sound files, folders and lists to "
                                     "Parquet. Called again after a kill, it goes on where it was.",
                                     epilog="Other options are those of `emotrack annotate --help`: --shard I/N, --include, "
                                     "--files-from, --failed, --model, --step-ms, --jobs ...")
    parser.add_argument("-o", "--output", metavar="FILE.parquet", required=True, help="curves: a row an answer")
    parser.add_argument("--summary", metavar="FILE.parquet", help="a row a sound: means, quarter of the plane, errors")
    for option in OWN:
        parser.add_argument(option, help=argparse.SUPPRESS)
    known, others = parser.parse_known_args(arguments)
    for option in OWN:
        if getattr(known, option[2:].replace("-", "_")) is not None:
            parser.error(f"{option} is not for Parquet")
    part = _begin(known.output)
    code = subprocess.call([PROGRAM, *_command(part, others)])
    if code and not _came_to_its_end(part):
        return code
    written = _gather(part, Path(known.output), Path(known.summary) if known.summary else None)
    print(f"{written.songs} songs, {written.failed} of them failed, {written.rows} rows", file=sys.stderr)
    return 1 if written.failed else 0


if __name__ == "__main__":
    sys.exit(main())
