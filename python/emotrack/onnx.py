"""Models as ONNX graphs, which ONNX Runtime and others run.

>>> emotrack.onnx.export("music", "music.onnx")

Input `rows`: float32 [windows, window, columns_in], functionals as `emotrack.features` gives them, oldest first. Output `answers`:
[windows, responses], as `emotrack.Model.networks`. On the command line: `emotrack export music --onnx music.onnx`.
"""
from __future__ import annotations

import ctypes as c
import os
from pathlib import Path
from typing import Union

from . import _library as lib
from . import errors
from ._model import Model, PathLike, as_model


def graph(model: Union[Model, PathLike, None] = None) -> bytes:
    """The bytes of a model's ONNX file."""
    model = as_model(model)
    data, size, error = c.c_void_p(), c.c_size_t(), lib.Error()
    lib.check(lib.model_onnx(model._handle, c.byref(data), c.byref(size), c.byref(error)), error)
    try:
        return c.string_at(data, size.value)
    finally:
        lib.free(data)


def export(model: Union[Model, PathLike, None], path: PathLike) -> None:
    """Writes a model's networks as an ONNX graph: same answers as `emotrack.Model.networks` to 1e-4.

    The tracker's memory, which stands between sound and rows, is no part of the graph.

    :raises FileError: the file cannot be written; and what :class:`emotrack.Model` raises"""
    data = graph(model)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as problem:
        raise errors.FileError(f"{path}: cannot be written: {problem.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
