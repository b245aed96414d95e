"""The shared library of the package, by ctypes: its structures, its functions, and errors as exceptions."""
from __future__ import annotations

import ctypes as c
import os
from pathlib import Path

import numpy as np

from . import errors

HERE = Path(__file__).resolve().parent
MODELS = HERE / "share" / "emotrack" / "models"

#: One answer: the C library's `et_emotion`.
ANSWER = np.dtype({
    "names": ["time_s", "valence", "arousal", "context_s", "level_dbfs", "flags"],
    "formats": ["<f8", "<f4", "<f4", "<f4", "<f4", "<u4"],
    "offsets": [0, 8, 12, 16, 20, 24],
    "itemsize": 32,
})

FLAGS = {1: "silence", 2: "clipped", 4: "lost"}


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("message", c.c_char * 508)]


class Options(c.Structure):
    _fields_ = [("rate_hz", c.c_double), ("channels", c.c_uint), ("step_ms", c.c_uint), ("queue_s", c.c_uint),
                ("device", c.c_char_p), ("harmony", c.c_bool)]


def _load() -> c.CDLL:
    path = os.environ.get("EMOTRACK_PYTHON_LIBRARY") or str(HERE / "_emotrack.so")
    try:
        return c.CDLL(path)
    except OSError as problem:
        raise ImportError(f"emotrack's library cannot be loaded: {problem}. In a clone, `pip install .` builds it") from None


library = _load()


def _declare(name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


_pointer, _error = c.c_void_p, c.POINTER(Error)
_size = c.POINTER(c.c_size_t)
version = _declare("et_version", c.c_char_p)
status_text = _declare("et_status_text", c.c_char_p, c.c_int)
model_create = _declare("et_model_create", c.c_int, c.POINTER(_pointer), c.c_char_p, _error)
model_destroy = _declare("et_model_destroy", None, _pointer)
model_name = _declare("et_model_name", c.c_char_p, _pointer)
model_digest = _declare("et_model_digest", c.c_char_p, _pointer)
model_context_s = _declare("et_model_context_s", c.c_double, _pointer)
model_sizes = _declare("etp_model_sizes", None, _pointer, *[c.POINTER(c.c_int)] * 4)
model_networks = _declare("etp_model_networks", c.c_int, _pointer, _pointer, c.c_size_t, _pointer, _error)
model_onnx = _declare("etp_model_onnx", c.c_int, _pointer, c.POINTER(_pointer), _size, _error)
free = _declare("etp_free", None, _pointer)
mood = _declare("etp_mood", c.c_char_p, c.c_float, c.c_float, c.c_bool)
tracker_create = _declare("et_tracker_create", c.c_int, c.POINTER(_pointer), _pointer, c.POINTER(Options), _error)
tracker_destroy = _declare("et_tracker_destroy", None, _pointer)
tracker_flush = _declare("et_tracker_flush", c.c_int, _pointer)
tracker_reset = _declare("et_tracker_reset", None, _pointer)
tracker_push_lost = _declare("et_tracker_push_lost", c.c_int, _pointer, c.c_size_t)
tracker_room = _declare("et_tracker_room", c.c_size_t, _pointer)
tracker_look_ahead_s = _declare("et_tracker_look_ahead_s", c.c_double, _pointer)
tracker_follow = _declare("etp_tracker_follow", c.c_int, _pointer, _pointer, c.c_bool, c.c_uint, c.c_size_t, _size, _pointer,
                          c.c_size_t, _size)
sound_open = _declare("etp_sound_open", c.c_int, c.POINTER(_pointer), c.c_char_p, c.POINTER(c.c_double), c.POINTER(c.c_uint),
                      c.POINTER(c.c_int64), _error)
sound_read = _declare("etp_sound_read", c.c_int, _pointer, _pointer, c.c_size_t, _size, _error)
sound_close = _declare("etp_sound_close", None, _pointer)


def error_of(status: int, message: str = "") -> errors.EmotrackError:
    """The exception of a status."""
    kind = errors.BY_STATUS.get(status, errors.EmotrackError)
    return kind(message or status_text(status).decode())


def check(status: int, error: Error | None = None) -> None:
    """Raises what a status other than 0 stands for."""
    if status:
        raise error_of(status, error.message.decode(errors="replace") if error is not None else "")
