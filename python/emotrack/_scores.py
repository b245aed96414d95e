"""Training and judging: the program underneath, its results as objects."""
from __future__ import annotations

import csv
import json
import math
import os
import re
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Sequence, Union

from . import errors
from ._model import Model, PathLike, find
from ._program import run

if TYPE_CHECKING:
    import pandas

METRICS = ("rmse", "mae", "r", "r2", "nse", "ccc")
Data = Union[PathLike, Sequence[PathLike]]


class Scores:
    """Tables of how answers and labels agree; one table, or one for each repeat of folds.

    `tables`: for each repeat a list of rows, dicts of `target` ("arousal", "valence"), `over` ("labels", "songs", "within",
    "after 1 s" ...), `predictor` ("model", or "mean": always the mean label) and the metrics, None where one does not apply.
    """

    def __init__(self, title: str, tables: list[list[dict[str, Any]]], songs: int, labels: int, note: str = "",
                 left_out: int = 0, per_song: Optional[list[dict[str, Any]]] = None,
                 predictions: Optional[list[dict[str, Any]]] = None) -> None:
        self.title, self.tables, self.songs, self.labels = title, tables, songs, labels
        #: what no reader may miss: how training and evaluated songs overlap; "" where they do not
        self.note = note
        #: songs not evaluated because the model was trained on them
        self.left_out = left_out
        #: rows of single songs, where asked for
        self.per_song = per_song
        #: rows set, song, time_s, labels and answers, where asked for
        self.predictions = predictions

    def rows(self) -> list[dict[str, Any]]:
        """One row for each target, stretch and predictor: every metric's mean over the repeats, and its deviation under
        `METRIC_deviation` where there are several."""
        out = []
        for same in zip(*self.tables):
            row = {key: same[0][key] for key in ("target", "over", "predictor")}
            for metric in METRICS:
                values = [one[metric] for one in same if one[metric] is not None]
                row[metric] = sum(values) / len(values) if values else None
                if len(self.tables) > 1:
                    row[f"{metric}_deviation"] = _deviation(values)
            out.append(row)
        return out

    def metric(self, target: str, name: str = "nse", over: str = "labels", predictor: str = "model") -> float:
        """One figure, e.g. `scores.metric("arousal", "ccc")`."""
        for row in self.rows():
            if (row["target"], row["over"], row["predictor"]) == (target, over, predictor):
                return float("nan") if row[name] is None else row[name]
        raise KeyError(f"no row {target}, {over}, {predictor}")

    def to_pandas(self) -> "pandas.DataFrame":
        """`rows()` as a DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows())

    def _cells(self, plus_minus: str) -> Iterable[list[str]]:
        yield ["", *(metric.upper() if metric != "r" else "r" for metric in METRICS)]
        for row in self.rows():
            who = "" if row["predictor"] == "model" else ", predicts the mean"
            cells = [f"{row['target']}, {row['over']}{who}"]
            for metric in METRICS:
                value, deviation = row[metric], row.get(f"{metric}_deviation")
                text = "" if value is None else f"{value:.3f}"
                cells.append(text + (f"{plus_minus}{deviation:.3f}" if deviation is not None and text else ""))
            yield cells

    def _caption(self) -> str:
        several = f", mean and deviation over {len(self.tables)} repeats" if len(self.tables) > 1 else ""
        return f"{self.title}: {self.songs} songs, {self.labels} labels{several}" + (f" ({self.note})" if self.note else "")

    def to_markdown(self) -> str:
        """A table for a README or a paper, with what must be known about it above."""
        head, *body = self._cells(" ± ")
        lines = [head, ["---", *["---:"] * len(METRICS)], *body]
        return "\n".join([self._caption(), "", *("| " + " | ".join(cells) + " |" for cells in lines)]) + "\n"

    def to_latex(self) -> str:
        """A tabular (booktabs) in a table with its caption."""
        head, *body = ([cell.replace("_", r"\_").replace("%", r"\%") for cell in cells] for cells in self._cells(r" $\pm$ "))
        lines = [r"\begin{table}", r"\caption{" + self._caption().replace("_", r"\_").replace("%", r"\%") + "}",
                 r"\begin{tabular}{l" + "r" * len(METRICS) + "}", r"\toprule", " & ".join(head) + r" \\", r"\midrule",
                 *(" & ".join(cells) + r" \\" for cells in body), r"\bottomrule", r"\end{tabular}", r"\end{table}"]
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"<emotrack.Scores {self._caption()}>"

    def _repr_html_(self) -> str:
        head, *body = self._cells(" ± ")
        lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in body)
        return f"{self._caption()}<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>{lines}</table>"


class Training:
    """What `train` came to."""

    def __init__(self, model: Optional[Model], scores: list[Scores], log: list[dict[str, float]], messages: list[str]) -> None:
        #: the model that was written; None after folds
        self.model = model
        #: tables: of test songs, or of the folds pooled, one for each set and predictor (teacher, network)
        self.scores = scores
        #: a dict an epoch: losses and rate
        self.log = log
        #: what the program said about the data
        self.messages = messages

    def __repr__(self) -> str:
        return f"<emotrack.Training {self.model!r}, {len(self.log)} epochs, {self.scores!r}>"


def _deviation(values: Sequence[float]) -> Optional[float]:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _arguments(data: Data, options: dict[str, Any]) -> list[str]:
    """Keyword arguments as options of the program: underscores are dashes, True is a bare flag, a list is given repeatedly."""
    out: list[str] = []
    for folder in [data] if isinstance(data, (str, bytes, os.PathLike)) else data:
        out += ["--data", os.fsdecode(folder)]
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is True:
                out.append(option)
            elif one is not None and one is not False:
                out += [option, os.fsdecode(one) if isinstance(one, (bytes, os.PathLike)) else str(one)]
    return out


def evaluate(data: Data, model: Union[Model, PathLike, None] = None, per_song: bool = False, predictions: bool = False,
             on_message: Optional[Callable[[str], None]] = None, **options: Any) -> Scores:
    """Holds a model against labelled songs that it was not trained on: `emotrack evaluate`.

    :param data: a folder of labelled songs (DEAM, PMEmo, or your own: docs/train-your-own.md), or several
    :param per_song: also a row for each song, in `Scores.per_song`
    :param predictions: also every label with its answer, in `Scores.predictions`
    :param on_message: called with each line that the program says about the data
    :param options: the program's, e.g. `include_training_songs=True`, `threads=2`, `degrade="phone"`
    :raises ArgumentError: an option that the program does not know; EmotrackError: data that cannot be read
    """
    path = model.path if isinstance(model, Model) else find(model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "predictions.csv"
        arguments = ["evaluate", "--quiet", "--format", "json", "--model", path, *_arguments(data, options)]
        arguments += ["--per-song"] if per_song else []
        arguments += ["--predictions", str(file)] if predictions else []
        out = json.loads(run(arguments, on_message=on_message))
        rows = _read_csv(file) if predictions else None
    table = [row for target in ("arousal", "valence") for row in _rows_of(target, out["targets"][target])]
    songs = [{"set": one["set"], "song": one["song"], "labels": one["labels"],
              **{f"{target}_{metric}": one["targets"][target][metric] for target in one["targets"] for metric in METRICS}}
             for one in out["per_song"]] if per_song else None
    return Scores(out["model"], [table], out["songs"], out["frames"], out.get("note", ""), out["left_out"], songs, rows)


def _rows_of(target: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    none = dict.fromkeys(METRICS)

    def row(over: str, predictor: str, numbers: dict[str, Any]) -> dict[str, Any]:
        return {"target": target, "over": over, "predictor": predictor, **{key: numbers.get(key) for key in METRICS}}

    rows = [row("labels", "model", values), row("labels", "mean", values["mean_predictor"]),
            row("songs", "model", values["song_mean"]), row("within", "model", {**none, "r": values["within_song_r"]})]
    return rows + [row(f"after {one['after_s']:g} s", "model", one) for one in values.get("onsets", [])]


def train(data: Data, output: Optional[PathLike] = None, folds: Optional[int] = None, repeats: int = 1,
          progress: Optional[Callable[[dict[str, float]], None]] = None, on_message: Optional[Callable[[str], None]] = None,
          **options: Any) -> Training:
    """Labelled songs to a model: `emotrack train`.

    :param data: a folder of labelled songs, or several; the first set's terms are the answer's
    :param output: the model file to write; or
    :param folds: so many folds by song instead, pooled; `repeats` times, divided anew. No model is written
    :param progress: called after each epoch with its row of the log: losses and rate (only with `output`)
    :param on_message: called with each line that the program says about the data
    :param options: the program's, e.g. `network="dcbam"`, `epochs=8`, `seed=2`, `song_means="means.csv"`
    :raises ArgumentError: neither output nor folds, or an option that the program does not know
    """
    if (output is None) == (folds is None):
        raise errors.ArgumentError("train wants either `output`, the model to write, or `folds`, which write none")
    messages: list[str] = []

    def hear(line: str) -> None:
        messages.append(line)
        if on_message:
            on_message(line)

    arguments = ["train", "--quiet", *_arguments(data, options)]
    if folds is not None:
        text = run([*arguments, "--folds", str(folds), "--repeats", str(repeats)], on_message=hear)
        return Training(None, _tables(text), [], messages)
    path = os.fsdecode(output)
    watching = _Log(Path(f"{path}.log.csv"), progress)
    with watching:
        text = run([*arguments, "--output", path], on_message=hear)
    return Training(Model(path if os.sep in path or "." in path else f"./{path}"), _tables(text), watching.rows, messages)


class _Log:
    """Follows a log that grows by a line an epoch."""

    def __init__(self, path: Path, progress: Optional[Callable[[dict[str, float]], None]]) -> None:
        self.path, self.progress, self.rows = path, progress, []
        self._before = _stamp(path)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _read(self) -> None:
        if not self.path.exists() or _stamp(self.path) == self._before:
            return
        for row in _read_csv(self.path)[len(self.rows):]:
            self.rows.append(row)
            if self.progress:
                self.progress(row)

    def _watch(self) -> None:
        while not self._done.wait(0.25):
            self._read()

    def __enter__(self) -> "_Log":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._read()


def _stamp(path: Path) -> Any:
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None


def _read_csv(path: Path) -> list[dict[str, Any]]:
    def value(text: Optional[str]) -> Any:
        try:
            return float(text) if text else None
        except ValueError:
            return text

    text = path.read_text(encoding="utf-8")
    whole = text[:text.rfind("\n") + 1]  # the last line may still be written
    return [{key: value(cell) if key not in ("set", "song") else cell for key, cell in row.items()}
            for row in csv.DictReader(whole.splitlines())]


_COUNTS = re.compile(r"(\d+) songs, (\d+) labels +RMSE")
_ROW = re.compile(r"^(arousal|valence|) *(.*?)((?: +(?:-?\d+\.\d+|nan|-)){6})(?:  \((.*)\))?$")


def _tables(text: str) -> list[Scores]:
    """The tables that `train` prints; those that differ in their repeat alone become one."""
    found: dict[str, Scores] = {}
    title, scores, target, table = "", None, "", []
    for line in text.splitlines():
        counts, row = _COUNTS.match(line), _ROW.match(line)
        if counts:
            table = []
            name = re.sub(r", repeat \d+", "", title)
            scores = found.setdefault(name, Scores(name, [], int(counts[1]), int(counts[2])))
            scores.tables.append(table)
        elif row and scores is not None:
            target = row[1] or target
            table.append(_row_of_text(target, row[2].strip(), row[3].split(), table))
            scores.note = row[4] or scores.note
        else:
            title = line.strip()
    return list(found.values())


def _row_of_text(target: str, what: str, numbers: list[str], before: list[dict[str, Any]]) -> dict[str, Any]:
    predictor = "mean" if what == "predicts the mean" else "model"
    names = {"all labels": "labels", "means over songs": "songs", "within songs (mean of r)": "within"}
    over = before[-1]["over"] if predictor == "mean" else names.get(what, what.replace("songs' level ", ""))
    values = [None if number in ("-", "nan") else float(number) for number in numbers]
    return {"target": target, "over": over, "predictor": predictor, **dict(zip(METRICS, values))}
