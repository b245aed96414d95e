"""One stream of sound to its emotions."""
from __future__ import annotations

import ctypes as c
import warnings
from typing import Any, Optional, Union

import numpy as np

from . import _library as lib
from . import errors
from ._model import Model, PathLike, as_model

_FLOAT, _S16 = np.dtype(np.float32), np.dtype(np.int16)


def samples_of(array: Any, channels: int) -> np.ndarray:
    """Contiguous float32 or int16 samples of [frames] or [frames, channels]; the array itself where it is that already."""
    array = np.asarray(array)
    if array.ndim == 1 and channels != 1:
        raise errors.ArgumentError(f"an array [frames, {channels}] is due, not one of shape {array.shape}")
    if array.ndim == 2 and array.shape[1] != channels or array.ndim not in (1, 2):
        hint = "; transpose it" if array.ndim == 2 and array.shape[0] == channels else ""
        raise errors.ArgumentError(f"an array [frames, {channels}] is due, not one of shape {array.shape}{hint}")
    if array.dtype == np.int32:
        array = (array / 2147483648.0).astype(np.float32)
    elif array.dtype.kind == "f" and array.dtype.itemsize in (2, 4, 8):
        array = array.astype(np.float32, copy=False)
    elif array.dtype.kind != "i" or array.dtype.itemsize != 2:
        raise errors.ArgumentError(f"samples are float32, float64 or int16, not {array.dtype}")
    else:
        array = array.astype(_S16, copy=False)
    return np.ascontiguousarray(array)


class Tracker:
    """Follows one stream: push samples, get the answers that became due.

    Blocks may have any size; the same sound gives the same numbers. The interpreter's lock is free while it works, so that
    trackers in several threads work at a time; one tracker belongs to one thread at a time.

    :param model: a :class:`Model`, the name of a bundled one, or a file
    :param rate: of the samples, 4,000 .. 768,000 Hz
    :param channels: 1 .. 256, mixed down to their mean
    :param step_ms: one answer every so many ms, a multiple of 10
    :param device: "cpu", "cuda" or "auto"
    :raises ArgumentError: a value out of its range; MemoryError, UnsupportedError, DeviceError

    >>> with Tracker("music", rate=44100) as tracker:
    ...     for block in blocks:
    ...         for answer in tracker.push(block):
    ...             print(answer["time_s"], answer["valence"], answer["arousal"])
    """

    def __init__(self, model: Union[Model, PathLike, None] = None, rate: float = 44100, channels: int = 1, step_ms: int = 10,
                 device: str = "cpu") -> None:
        self._handle = c.c_void_p()
        self._model = as_model(model)
        for what, value, low, high in (("channels", channels, 1, 256), ("step_ms", step_ms, 10, 3600000)):
            if not low <= value <= high or int(value) != value:
                raise errors.ArgumentError(f"{what} is a whole number from {low} to {high}, not {value}")
        self._channels, self._rate, self._step_ms = int(channels), float(rate), int(step_ms)
        options, error = lib.Options(self._rate, self._channels, self._step_ms, 0, device.encode()), lib.Error()
        lib.check(lib.tracker_create(c.byref(self._handle), self._model._handle, c.byref(options), c.byref(error)), error)
        self._answers = np.zeros(64, lib.ANSWER)
        self._room = self._answers.ctypes.data
        self._taken, self._count = c.c_size_t(), c.c_size_t()
        self._at = c.byref(self._taken), c.byref(self._count)

    def close(self) -> None:
        """Frees it; a `with` does so at its end."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            lib.tracker_destroy(handle)

    __del__ = close

    def __enter__(self) -> "Tracker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self):
        raise TypeError("a tracker cannot be pickled: it is in the middle of a stream. Make one in each process; "
                        "a Model can be pickled")

    @property
    def model(self) -> Model:
        """The model."""
        return self._model

    @property
    def rate(self) -> float:
        """Hz of the samples."""
        return self._rate

    @property
    def channels(self) -> int:
        """Channels of a frame."""
        return self._channels

    @property
    def step_ms(self) -> int:
        """Milliseconds between two answers."""
        return self._step_ms

    @property
    def look_ahead_s(self) -> float:
        """Seconds by which descriptors lag behind the sound heard."""
        return lib.tracker_look_ahead_s(self._open())

    def push(self, samples: Any) -> np.ndarray:
        """Takes sound and does all work that it makes possible.

        :param samples: [frames, channels], or [frames] if mono: float (nominal -1 .. 1) or int16, contiguous or not. Contiguous
            float32 and int16 are not copied
        :return: the new answers, oldest first: a structured array of `time_s` (s), `valence`, `arousal` ([-1, 1], NaN where the
            model has none), `context_s` (s), `level_dbfs` and `flags` (1 silence, 2 clipped, 4 lost). Often empty
        :raises ArgumentError: another shape or type. NaN and infinite samples count as 0, with a NotFiniteWarning
        """
        # The usual case first: a block that needs no look at its layout.
        if not (type(samples) is np.ndarray and samples.flags.c_contiguous and samples.dtype in (_FLOAT, _S16)
                and samples.shape[1:] == ((self._channels,) if self._channels > 1 else ())):
            samples = samples_of(samples, self._channels)
        return self._follow(samples.ctypes.data, samples.dtype == _S16, len(samples), samples.itemsize * self._channels)

    def push_lost(self, frames: int) -> np.ndarray:
        """Tells that `frames` frames never came: they count as zeros, their rows are flagged `lost`. Returns as `push`."""
        out = []
        while frames > 0:
            now = min(frames, lib.tracker_room(self._open()))
            lib.check(lib.tracker_push_lost(self._handle, now))
            frames -= now
            out.append(self._follow(None, False, 0, 0))
        return np.concatenate(out) if out else np.empty(0, lib.ANSWER)

    def flush(self) -> np.ndarray:
        """The stream has ended: the answers that only waited for more sound. After it only `reset`."""
        lib.check(lib.tracker_flush(self._open()))
        return self._follow(None, False, 0, 0)

    def reset(self) -> None:
        """Begins a new stream: as just created."""
        lib.tracker_reset(self._open())

    def _open(self) -> c.c_void_p:
        if not self._handle:
            raise errors.ArgumentError("the tracker is closed")
        return self._handle

    def _follow(self, address: Optional[int], s16: bool, frames: int, frame_bytes: int) -> np.ndarray:
        handle, most, parts, finite = self._open(), len(self._answers), [], True
        while True:
            status = lib.tracker_follow(handle, address, s16, self._channels, frames, self._at[0], self._room, most, self._at[1])
            count, taken = self._count.value, self._taken.value
            if status == 9:
                finite = False
            elif status:
                raise lib.error_of(status)
            parts.append(self._answers[:count].copy())
            if count < most:
                break
            address, frames = address + taken * frame_bytes if address else None, frames - taken
        if not finite:
            warnings.warn("some samples are not finite numbers; they count as 0 and their rows are flagged 'lost'",
                          errors.NotFiniteWarning, stacklevel=3)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def __repr__(self) -> str:
        state = "" if self._handle else ", closed"
        return f"<emotrack.Tracker {self._model.name}, {self._rate:g} Hz, {self._channels} channels, every {self._step_ms} ms{state}>"
