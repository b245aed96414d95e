"""Sounds to emotion curves."""
from __future__ import annotations

import ctypes as c
import html
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Optional, Union

import numpy as np

from . import _library as lib
from . import errors
from ._model import Model, PathLike, as_model
from ._tracker import Tracker

if TYPE_CHECKING:
    import pandas

QUARTERS = ("happy", "tense", "sad", "relaxed")
BLOCK_FRAMES = 65536


def flag_text(flags: int) -> str:
    """"silence+clipped" and the like, as the program writes flags."""
    return "+".join(name for bit, name in lib.FLAGS.items() if flags & bit)


class Annotation:
    """The emotion curve of one sound.

    Columns are NumPy arrays of one length: `time_s` (end of the sound that a row has heard), `valence` and `arousal` in [-1, 1]
    (NaN where the model has none), `context_s` (seconds of sound behind the row), `level_dbfs` (of the last second), `flags`
    (bits: 1 silence, 2 clipped, 4 lost). `rows` holds all of them as a structured array.
    """

    def __init__(self, rows: np.ndarray, name: str = "", model: str = "", seconds: float = 0.0, error: str = "") -> None:
        #: structured array of the answers
        self.rows = rows
        #: of the sound: its path, or ""
        self.name = name
        #: name of the model
        self.model = model
        #: length of the sound
        self.seconds = seconds
        #: why the sound broke off; "" for a whole one
        self.error = error

    @property
    def time_s(self) -> np.ndarray:
        """Seconds since the first sample, float64."""
        return self.rows["time_s"]

    @property
    def valence(self) -> np.ndarray:
        """Unpleasant -1 .. 1 pleasant, float32."""
        return self.rows["valence"]

    @property
    def arousal(self) -> np.ndarray:
        """Calm -1 .. 1 excited, float32."""
        return self.rows["arousal"]

    @property
    def context_s(self) -> np.ndarray:
        """Seconds of sound behind each row, float32."""
        return self.rows["context_s"]

    @property
    def level_dbfs(self) -> np.ndarray:
        """RMS of the last second in dBFS, float32; -200 for digital silence."""
        return self.rows["level_dbfs"]

    @property
    def flags(self) -> np.ndarray:
        """Bits, uint32: 1 silence, 2 clipped, 4 lost."""
        return self.rows["flags"]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[np.void]:
        return iter(self.rows)

    def summary(self) -> dict[str, Any]:
        """One row about the sound, as `emotrack annotate --summary` writes it: mean and deviation of both dimensions, the quarter of
        the plane where the mean lies, share of time in each quarter, seconds (time of the last row), level, flags and error.

        Silent rows are left out, unless all are silent."""
        heard = self.rows[(self.rows["flags"] & 1) == 0]
        if len(heard) == 0:
            heard = self.rows
        v, a = heard["valence"].astype(float), heard["arousal"].astype(float)
        seconds = float(self.rows["time_s"][-1]) if len(self.rows) else 0.0
        out: dict[str, Any] = {"file": self.name, "seconds": seconds, "rows": len(self.rows)}
        for what, values in (("valence", v), ("arousal", a)):
            out[f"{what}_mean"] = float(values.mean()) if len(values) else float("nan")
            out[f"{what}_deviation"] = float(values.std()) if len(values) else float("nan")
        known = np.isfinite(v) & np.isfinite(a)
        quarters = quarter_of(v[known], a[known])
        mean = out["valence_mean"], out["arousal_mean"]
        out["quarter"] = str(quarter_of(*map(np.atleast_1d, mean))[0]) if np.isfinite(mean).all() else ""
        for quarter in QUARTERS:
            out[quarter] = float((quarters == quarter).mean()) if len(quarters) else float("nan")
        power = 10.0 ** (heard["level_dbfs"].astype(float) / 10)
        out["level_dbfs"] = float(10 * np.log10(power.mean())) if len(heard) else float("nan")
        out["flags"] = flag_text(int(np.bitwise_or.reduce(self.rows["flags"]))) if len(self.rows) else ""
        out["error"] = self.error
        return out

    @property
    def mood(self) -> str:
        """A word for the mean's place on the plane, as `emotrack tag --mood` writes it: pleased, happy, excited, alert, tense, upset,
        unhappy, sad, weary, calm, relaxed, content; neutral, silence; "" where the model has no valence or no arousal."""
        about = self.summary()
        silent = len(self.rows) > 0 and bool((self.rows["flags"] & 1).all())
        return lib.mood(about["valence_mean"], about["arousal_mean"], silent).decode()

    def to_pandas(self) -> "pandas.DataFrame":
        """A DataFrame with the six columns; `flags` as text."""
        import pandas

        columns = {name: self.rows[name] for name in lib.ANSWER.names}
        return pandas.DataFrame({**columns, "flags": [flag_text(int(bits)) for bits in self.flags]})

    def to_csv(self, path: PathLike) -> None:
        """The file that `emotrack annotate` would write, byte for byte."""
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write("time_s,valence,arousal,context_s,level_dbfs,flags\n")
            for time_s, valence, arousal, context_s, level, flags in self.rows.tolist():
                two = ",".join("" if value != value else f"{value + 0.0:.6f}" for value in (valence, arousal))
                file.write(f"{time_s:.3f},{two},{context_s:.2f},{level:.2f},{flag_text(flags)}\n")

    def plot(self, axes: Any = None) -> Any:
        """Draws the curves over time and the path on the plane with matplotlib.

        :param axes: None for a new figure, one axes for the curves alone, or two for curves and plane
        :return: the figure"""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(1, 2, figsize=(10, 3.2), gridspec_kw={"width_ratios": [2.2, 1]}, layout="constrained")
        curves, plane = axes if np.size(axes) == 2 else (axes, None)
        curves.plot(self.time_s, self.arousal, color="#c2410c", label="arousal")
        curves.plot(self.time_s, self.valence, color="#1d4ed8", label="valence")
        curves.set(xlabel="time (s)", ylim=(-1, 1), title=os.path.basename(self.name))
        curves.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        curves.legend(frameon=False)
        if plane is not None:
            plane.plot(self.valence, self.arousal, color="0.4", linewidth=1)
            plane.plot(self.valence[-1:], self.arousal[-1:], "o", color="#c2410c")
            plane.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="valence", ylabel="arousal", aspect="equal")
            plane.axhline(0, color="0.8", linewidth=0.8, zorder=0)
            plane.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        return curves.figure

    def __repr__(self) -> str:
        about = self.summary()
        return (f"<emotrack.Annotation {self.name or 'sound'}: {len(self)} rows, {self.seconds:.1f} s, "
                f"valence {about['valence_mean']:.2f}, arousal {about['arousal_mean']:.2f}, {about['quarter'] or 'no quarter'}>")

    def _repr_html_(self) -> str:
        about = self.summary()
        title = f"<b>{html.escape(os.path.basename(self.name) or 'sound')}</b>, {self.seconds:.1f} s, {about['quarter']}"
        step = max(1, len(self) // 12)
        lines = [f"<tr><td>{row['time_s']:.1f}</td><td>{row['valence']:.3f}</td><td>{row['arousal']:.3f}</td>"
                 f"<td>{row['level_dbfs']:.1f}</td><td>{flag_text(int(row['flags']))}</td></tr>" for row in self.rows[::step]]
        head = "".join(f"<th>{name}</th>" for name in ("time_s", "valence", "arousal", "level_dbfs", "flags"))
        return f"{title}{_curve_svg(self)}<table><tr>{head}</tr>{''.join(lines)}</table>"


def quarter_of(valence: np.ndarray, arousal: np.ndarray) -> np.ndarray:
    """The quarter of the plane: happy, tense, sad or relaxed; 0 counts as pleasant and as excited."""
    return np.select([(arousal >= 0) & (valence >= 0), arousal >= 0, valence < 0], ["happy", "tense", "sad"], "relaxed")


def _curve_svg(annotation: Annotation, width: int = 640, height: int = 160) -> str:
    """A small picture that needs no matplotlib."""
    if len(annotation) < 2:
        return ""
    length = max(float(annotation.time_s[-1]), 1e-9)
    lines = []
    for values, colour in ((annotation.arousal, "#c2410c"), (annotation.valence, "#1d4ed8")):
        points = " ".join(f"{t / length * width:.1f},{(1 - y) / 2 * height:.1f}" for t, y in zip(annotation.time_s, values)
                          if y == y)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
    middle = f'<line x1="0" y1="{height / 2}" x2="{width}" y2="{height / 2}" stroke="#ccc"/>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'style="display:block;background:#fff">{middle}{"".join(lines)}</svg>'
            '<small><span style="color:#c2410c">arousal</span> <span style="color:#1d4ed8">valence</span></small>')


class SoundFile:
    """A sound file, read block by block: what libsndfile and mpg123 read (WAV, FLAC, Ogg, Opus, MP3 ...).

    :raises FileError, FormatError, LimitError: as the program would refuse it"""

    def __init__(self, path: PathLike) -> None:
        self._handle = c.c_void_p()
        rate, channels, frames, error = c.c_double(), c.c_uint(), c.c_int64(), lib.Error()
        name = os.fsencode(path)
        if name == b"-":
            name = b"./-"
        lib.check(lib.sound_open(c.byref(self._handle), name, c.byref(rate), c.byref(channels), c.byref(frames),
                                 c.byref(error)), error)
        self.rate, self.channels = rate.value, channels.value
        #: frames that its header announces; -1 where it does not say
        self.frames = frames.value

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[np.ndarray]:
        """Blocks [frames, channels] of float32. Each is overwritten by the next.

        :raises TruncatedError, FormatError: after the last good block"""
        block = np.empty((frames, self.channels), np.float32)
        got, error = c.c_size_t(), lib.Error()
        while True:
            status = lib.sound_read(self._handle, block.ctypes.data, frames, c.byref(got), c.byref(error))
            if got.value:
                yield block[:got.value]
            lib.check(status, error)
            if got.value == 0:
                return

    def close(self) -> None:
        """Closes it; a `with` does so at its end."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            lib.sound_close(handle)

    __del__ = close

    def __enter__(self) -> "SoundFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def annotate(sound: Union[PathLike, np.ndarray], rate: Optional[float] = None, model: Union[Model, PathLike, None] = None,
             step_ms: int = 500, device: str = "cpu") -> Annotation:
    """The emotion curve of a sound: the numbers of `emotrack annotate`, bit for bit.

    :param sound: a path, or samples [frames] or [frames, channels], float (nominal -1 .. 1) or int16
    :param rate: Hz of an array; a file knows its own
    :param model: a :class:`Model`, a bundled model's name, a file; None: $EMOTRACK_MODEL, else "music"
    :param step_ms: a row every so many ms, a multiple of 10
    :raises FileError, FormatError, LimitError: no sound that can be read; TruncatedError, FormatError: it breaks off; the
        exception's `annotation` has what was heard before
    """
    model = as_model(model)
    if isinstance(sound, (str, bytes, os.PathLike)):
        if rate is not None:
            raise errors.ArgumentError("a file knows its own rate: leave `rate` out")
        with SoundFile(os.fsdecode(sound)) as file:
            return _follow(file.blocks(), file.rate, file.channels, os.fsdecode(sound), model, step_ms, device)
    if rate is None:
        raise errors.ArgumentError("an array needs its `rate` in Hz")
    array = np.asarray(sound)
    channels = array.shape[1] if array.ndim == 2 else 1
    blocks = (array[at:at + BLOCK_FRAMES] for at in range(0, len(array) if array.ndim else 1, BLOCK_FRAMES))
    return _follow(blocks, float(rate), channels, "", model, step_ms, device)


def _follow(blocks: Iterator[np.ndarray], rate: float, channels: int, name: str, model: Model, step_ms: int,
            device: str) -> Annotation:
    with Tracker(model, rate, channels, step_ms, device) as tracker:
        out, problem = _hear(tracker, blocks, name)
    if problem:
        problem.annotation = out
        raise problem
    return out


def _hear(tracker: Tracker, blocks: Iterator[np.ndarray], name: str) -> tuple[Annotation, Optional[errors.EmotrackError]]:
    """What a fresh tracker says to a sound, and why the sound broke off."""
    problem, frames, parts = None, 0, []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", errors.NotFiniteWarning)
        try:
            for block in blocks:
                frames += len(block)
                parts.append(tracker.push(block))
        except (errors.TruncatedError, errors.FormatError) as broken:
            problem = broken
        parts.append(tracker.flush())
    if caught:
        warnings.warn(f"{name or 'the array'}: {caught[0].message}", errors.NotFiniteWarning, stacklevel=4)
    error = str(problem) if problem else ""
    return Annotation(np.concatenate(parts), name, tracker.model.name, frames / tracker.rate, error), problem


class Annotator:
    """Sounds one after the other with one model and one tracker, which is made anew where rate or channels change.

    A sound that fails is an annotation with an `error`, not an exception. Belongs to one thread."""

    def __init__(self, model: Model, step_ms: int = 500) -> None:
        self._model, self._step_ms = model, step_ms
        self._tracker: Optional[Tracker] = None

    def annotate(self, path: PathLike, name: str = "") -> Annotation:
        """The annotation of a file, as `annotate` gives it. `name`: what its errors call it; "": its path."""
        shown = name or os.fsdecode(path)
        try:
            with SoundFile(path) as file:
                out, _ = _hear(self._tracker_for(file.rate, file.channels), file.blocks(), shown)
        except errors.EmotrackError as problem:
            out = Annotation(np.empty(0, lib.ANSWER), shown, self._model.name, 0.0, str(problem))
        if name:
            out.error = out.error.replace(os.fsdecode(path), name)
        return out

    def _tracker_for(self, rate: float, channels: int) -> Tracker:
        if self._tracker and (self._tracker.rate, self._tracker.channels) == (rate, channels):
            self._tracker.reset()
        else:
            self._tracker = Tracker(self._model, rate, channels, self._step_ms)
        return self._tracker
