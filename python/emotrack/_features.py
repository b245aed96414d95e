"""Sounds to acoustic descriptors."""
from __future__ import annotations

import io
import os
from typing import NamedTuple, Optional, Union

import numpy as np

from . import errors
from ._model import PathLike
from ._program import run
from ._tracker import samples_of

#: family: arguments of the program, names of its first column
FAMILIES = {
    "deam": ["--layout", "deam"],
    "pmemo": ["--layout", "pmemo"],
    "frames": ["--frames"],
}


class Features(NamedTuple):
    """Descriptors of one sound."""

    values: np.ndarray  #: float64 [rows, columns]
    names: list[str]  #: of the columns
    time_s: np.ndarray  #: float64 [rows]: start of each row's window

    def to_pandas(self):
        """A DataFrame with a row a time, indexed by `time_s`."""
        import pandas

        return pandas.DataFrame(self.values, columns=self.names, index=pandas.Index(self.time_s, name="time_s"))


def features(sound: Union[PathLike, np.ndarray], rate: Optional[float] = None, family: str = "deam",
             resample: bool = False) -> Features:
    """Acoustic descriptors (ComParE) of a sound: the numbers of `emotrack features`.

    :param sound: a path, or samples [frames] or [frames, channels], float or int16
    :param rate: Hz of an array
    :param family: "deam" or "pmemo": 260 functionals of a second every 0.5 s under the names of that data set; "frames": 130
        descriptors every 10 ms
    :param resample: True: at 44.1 kHz, as models are trained, whatever the sound's rate; False: at its own
    :return: values [rows, columns], names, and the start of each row's window in seconds
    :raises ArgumentError: an unknown family, an array without a rate; EmotrackError: no sound that can be read
    """
    if family not in FAMILIES:
        raise errors.ArgumentError(f"there is no family {family!r}; known: {', '.join(FAMILIES)}")
    arguments = ["features", "--quiet", *FAMILIES[family], *(["--rate", "44100"] if resample else [])]
    if isinstance(sound, (str, bytes, os.PathLike)):
        if rate is not None:
            raise errors.ArgumentError("a file knows its own rate: leave `rate` out")
        if not os.path.exists(sound):
            raise errors.FileError(f"{os.fsdecode(sound)}: there is no such file")
        text = run([*arguments, "--", os.fsdecode(sound)])
    else:
        if rate is None:
            raise errors.ArgumentError("an array needs its `rate` in Hz")
        array = np.asarray(sound)
        channels = array.shape[1] if array.ndim == 2 else 1
        samples = samples_of(array, channels)
        kind = "s16le" if samples.dtype == np.int16 else "f32le"
        text = run([*arguments, "--raw", f"{kind}:{rate:.17g}:{channels}", "-"], samples.tobytes())
    return _parse(text)


def _parse(text: str) -> Features:
    head, _, body = text.partition("\n")
    mark = ";" if ";" in head else ","
    names = head.split(mark)
    skip = next(i for i, name in enumerate(names) if name.lower() in ("frametime", "time_s"))
    if not body.strip():
        table = np.empty((0, len(names) - skip))
    else:
        table = np.loadtxt(io.StringIO(body), delimiter=mark, ndmin=2, usecols=range(skip, len(names)))
    return Features(table[:, 1:], names[skip + 1:], table[:, 0])
