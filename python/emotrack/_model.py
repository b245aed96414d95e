"""A model file: read once, shared by any number of trackers and threads."""
from __future__ import annotations

import ctypes as c
import html
import json
import os
import re
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np

from . import _library as lib

PathLike = Union[str, "os.PathLike[str]"]


def bundled() -> list[str]:
    """Names of the models in this package."""
    return sorted(path.stem for path in lib.MODELS.glob("*.safetensors") if _header(path).get("format") == "emotrack-model")


def _header(path: PathLike) -> dict[str, str]:
    with open(path, "rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little"))).get("__metadata__", {})


def find(name: Optional[PathLike]) -> str:
    """The file of a bundled model's name, or the path as it is. None: $EMOTRACK_MODEL, else "music"."""
    text = os.fspath(name) if name is not None else os.environ.get("EMOTRACK_MODEL") or "music"
    inside = lib.MODELS / f"{text}.safetensors"
    return str(inside) if re.fullmatch(r"[A-Za-z0-9_-]{1,63}", text) and inside.exists() else text


def read_file(path: PathLike) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and tensors of a safetensors file: float32, and the learned ear's file as bytes (uint8)."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        body = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        kind = np.uint8 if about["dtype"] == "U8" else "<f4"
        tensors[name] = np.frombuffer(body[begin:end], kind).reshape(about["shape"]).copy()
    return metadata, tensors


def write_file(path: PathLike, metadata: dict[str, str], tensors: dict[str, np.ndarray]) -> None:
    """Writes a safetensors file of float32 tensors, and of bytes (uint8), under a temporary name first."""
    header: dict[str, Any] = {"__metadata__": metadata}
    at, parts = 0, []
    for name, tensor in tensors.items():
        kind = ("U8", np.uint8) if tensor.dtype == np.uint8 else ("F32", "<f4")
        part = np.ascontiguousarray(tensor, kind[1]).tobytes()
        header[name] = {"dtype": kind[0], "shape": list(tensor.shape), "data_offsets": [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class Model:
    """A model, by the name of a bundled one ("music", "speech") or a file.

    Never changes; any number of trackers and threads may share one. A name with a slash or a dot is always a file.

    :param name: name or path; None means $EMOTRACK_MODEL, else "music"
    :raises FileError: no such file; :class:`FormatError`, :class:`VersionError`: no model, or a newer one's
    """

    def __init__(self, name: Optional[PathLike] = None) -> None:
        self._handle = c.c_void_p()
        #: the file
        self.path = find(name)
        error = lib.Error()
        lib.check(lib.model_create(c.byref(self._handle), os.fsencode(self.path), c.byref(error)), error)
        sizes = [c.c_int() for _ in range(4)]
        lib.model_sizes(self._handle, *map(c.byref, sizes))
        self._members, self._columns_in, self._window, self._responses = (size.value for size in sizes)
        self._metadata: Optional[dict[str, Any]] = None

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            lib.model_destroy(self._handle)

    def __reduce__(self):
        return Model, (self.path,)

    @property
    def name(self) -> str:
        """Its name, e.g. "music"."""
        return lib.model_name(self._handle).decode()

    @property
    def digest(self) -> str:
        """SHA-256 of the file, 64 hexadecimal digits."""
        return lib.model_digest(self._handle).decode()

    @property
    def context_s(self) -> float:
        """Seconds of sound that a full answer stands on."""
        return lib.model_context_s(self._handle)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the file says about itself: network, config, training, metrics, license ... (see docs/model-file.md)."""
        if self._metadata is None:
            self._metadata = {key: _parsed(value) for key, value in _header(self.path).items()}
        return self._metadata

    @property
    def card(self) -> str:
        """One paragraph about the model; empty where it has none."""
        return str(self.metadata.get("card", ""))

    @property
    def license(self) -> str:
        """Its licence; empty where it states none."""
        return str(self.metadata.get("license", ""))

    @property
    def columns(self) -> list[str]:
        """Names of the acoustic columns that it uses, in order."""
        return list(self.metadata.get("columns", []))

    def networks(self, rows: np.ndarray) -> np.ndarray:
        """What its networks answer to windows of rows: neither memory nor the mean over members.

        :param rows: float array [windows, window, columns_in], oldest frame first: functionals as `features` gives them
        :return: float32 array [windows, responses], member by member, valence before arousal, in [-1, 1]
        """
        rows = np.ascontiguousarray(rows, np.float32)
        if rows.ndim != 3 or rows.shape[1:] != (self._window, self._columns_in):
            raise lib.error_of(1, f"rows have the shape (windows, {self._window}, {self._columns_in}), not {rows.shape}")
        out = np.empty((len(rows), self._responses), np.float32)
        error = lib.Error()
        lib.check(lib.model_networks(self._handle, rows.ctypes.data, len(rows), out.ctypes.data, c.byref(error)), error)
        return out

    def __repr__(self) -> str:
        return f"<emotrack.Model {self.name} {self.digest[:12]}, {self.context_s:g} s of context>"

    def _repr_html_(self) -> str:
        rows = {"digest": self.digest[:16], "network": self.metadata.get("network"), "context": f"{self.context_s:g} s",
                "licence": self.license}
        cells = "".join(f"<tr><th>{key}</th><td>{html.escape(str(value))}</td></tr>" for key, value in rows.items())
        return f"<b>{html.escape(self.name)}</b><p>{html.escape(self.card)}</p><table>{cells}</table>"


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def as_model(model: Union[Model, PathLike, None]) -> Model:
    """A model, whether given as one or by name or path."""
    return model if isinstance(model, Model) else Model(model)
