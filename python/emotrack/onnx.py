"""Models as ONNX graphs, written without any other package; ONNX Runtime and others run them.

>>> emotrack.onnx.export("music", "music.onnx")

Input `rows`: float32 [windows, window, columns_in], functionals as `emotrack.features` gives them, oldest first. Output `answers`:
[windows, responses], as `emotrack.Model.networks`. On the command line: `emotrack export music --onnx music.onnx`.
"""
from __future__ import annotations

import argparse
import os
import struct
import sys
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence, Union

import numpy as np

from . import errors
from ._library import version
from ._model import Model, PathLike, as_model, read_file
from ._networks import Networks, members_of

OPSET = 13
FLOAT, INT64, BOOL = 1, 7, 9


# ---- protocol buffers: the few messages of onnx.proto that a graph takes


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def _field(number: int, value: Union[int, float, str, bytes]) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"f": FLOAT, "i": INT64, "b": BOOL}[array.dtype.kind]
    return (b"".join(_field(1, int(size)) for size in array.shape) + _field(2, kind) + _field(8, name)
            + _field(9, np.ascontiguousarray(array).tobytes()))


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, float):
        return _field(1, name) + _field(2, value) + _field(20, 1)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    return _field(1, name) + b"".join(_field(8, one) for one in value) + _field(20, 7)


def _value(name: str, shape: Sequence[Union[int, str]]) -> bytes:
    dimensions = b"".join(_field(1, _field(1 if isinstance(size, int) else 2, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dimensions)))


class _Graph:
    """The layers as nodes: the backend of `Networks`."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self.given: dict[str, np.ndarray] = {}
        self.prefix = ""
        self.count = 0

    def node(self, kind: str, inputs: Iterable[str], outputs: int = 1, **attributes: Any) -> Any:
        names = [f"v{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(b"".join(_field(1, name) for name in inputs) + b"".join(_field(2, name) for name in names)
                          + _field(4, kind) + b"".join(_field(5, _attribute(*pair)) for pair in attributes.items()))
        return names[0] if outputs == 1 else names

    def constant(self, array: Any, kind: Any = np.float32) -> str:
        name = f"c{len(self.tensors)}"
        self.tensors.append(_tensor(name, np.asarray(array, kind)))
        return name

    def get(self, name: str) -> np.ndarray:
        return self.given[self.prefix + name]

    def P(self, name: str) -> str:
        return self.constant(self.get(name))

    # ---- layers

    def elu(self, x):
        return self.node("Elu", [x], alpha=1.0)

    def sigmoid(self, x):
        return self.node("Sigmoid", [x])

    def tanh(self, x):
        return self.node("Tanh", [x])

    def add(self, x, y):
        return self.node("Add", [x, y])

    def mul(self, x, y):
        return self.node("Mul", [x, y])

    def concat(self, parts, axis):
        return self.node("Concat", parts, axis=axis)

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.constant(shape, np.int64)])

    def dropout(self, x, rate):
        return x

    def relative(self, x, place, columns):
        rms = self.node("Gather", [x, self.constant([place], np.int64)], axis=1)
        octaves = self.node("Log", [self.node("Max", [rms, self.P("relative.floor")])])
        return self.mul(x, self.node("Exp", [self.mul(octaves, self.constant(-self.get("relative.power")))]))

    def select(self, x, columns):
        return self.node("Gather", [x, self.constant(self.get("columns.index").astype(np.int64), np.int64)], axis=1)

    def scale(self, x, columns):
        offset, clip = self.get("scaling.log_offset"), self.get("scaling.clip")
        shifted = self.node("Max", [self.add(x, self.constant(np.maximum(offset, 0))), self.constant(1e-30)])
        x = self.node("Where", [self.constant(offset >= 0, bool), self.node("Log", [shifted]), x])
        x = self.node("Div", [self.node("Sub", [x, self.P("scaling.mean")]), self.P("scaling.deviation")])
        most = np.where(clip > 0, clip, np.finfo(np.float32).max).astype(np.float32)
        return self.node("Max", [self.node("Min", [x, self.constant(most)]), self.constant(-most)])

    def project(self, x, columns, features):
        x = self.node("Sub", [x, self.P("projection.mean")])
        return self.node("MatMul", [x, self.constant(self.get("projection.weight").T)])

    def conv(self, x, name, inputs, outputs, width, dilation):
        pad = (width - 1) * dilation
        return self.node("Conv", [x, self.P(name + ".weight"), self.P(name + ".bias")], kernel_shape=[width],
                         dilations=[dilation], strides=[1], pads=[pad // 2, pad - pad // 2])

    def batch_norm(self, x, name, c):
        return self.node("BatchNormalization", [x, *(self.P(f"{name}.{part}") for part in ("scale", "offset", "mean", "variance"))],
                         epsilon=1e-5)

    def layer_norm(self, x, name, c, length):
        one, zero = self.constant([1.0]), self.constant([0.0])
        flat = self.node("InstanceNormalization", [self.reshape(x, [-1, 1, c * length]), one, zero], epsilon=1e-5)
        scale, offset = (self.constant(self.get(f"{name}.{part}").reshape(1, c, 1)) for part in ("scale", "offset"))
        return self.add(self.mul(self.reshape(flat, [-1, c, length]), scale), offset)

    def max_pool(self, x, width):
        return self.node("MaxPool", [x], kernel_shape=[width], strides=[1], pads=[(width - 1) // 2, width // 2])

    def dense(self, x, name, inputs, outputs):
        return self.add(self.node("MatMul", [x, self.constant(self.get(name + ".weight").T)]), self.P(name + ".bias"))

    def mean(self, x, axis):
        return self.node("ReduceMean", [x], axes=[axis], keepdims=0)

    def max(self, x, axis):
        return self.node("ReduceMax", [x], axes=[axis], keepdims=0)

    def wavelet(self, x):
        bell = self.node("Exp", [self.mul(self.mul(x, x), self.constant(-0.5))])
        return self.mul(self.node("Cos", [self.mul(x, self.constant(1.75))]), bell)

    def lstm(self, x, name, inputs, hidden, steps, last):
        def gates(part: str) -> np.ndarray:
            """Both directions; ONNX has the gates as input, output, forget, cell."""
            both = np.stack([self.get(f"{name}.{direction}.{part}") for direction in ("forward", "backward")])
            i, f, g, o = np.split(both, 4, axis=1)
            return np.concatenate([i, o, f, g], axis=1)

        bias = gates("bias")
        x = self.node("Transpose", [x], perm=[1, 0, 2])
        y, h = self.node("LSTM", [x, self.constant(gates("weight_input")), self.constant(gates("weight_recurrent")),
                                  self.constant(np.concatenate([bias, np.zeros_like(bias)], axis=1))], 2,
                         hidden_size=hidden, direction="bidirectional")
        if last:
            return self.reshape(self.node("Transpose", [h], perm=[1, 0, 2]), [-1, 2 * hidden])
        return self.reshape(self.node("Transpose", [y], perm=[2, 0, 1, 3]), [-1, steps, 2 * hidden])

    def attend(self, query, key, value, steps, heads, keys):
        size = keys // heads
        split = [self.reshape(x, [-1, steps, heads, size]) for x in (query, key, value)]
        q, v = (self.node("Transpose", [split[i]], perm=[0, 2, 1, 3]) for i in (0, 2))
        k = self.node("Transpose", [split[1]], perm=[0, 2, 3, 1])
        weights = self.node("Softmax", [self.mul(self.node("MatMul", [q, k]), self.constant(size ** -0.5))], axis=-1)
        y = self.node("Transpose", [self.node("MatMul", [weights, v])], perm=[0, 2, 1, 3])
        return self.reshape(y, [-1, steps, keys])

    def last(self, x, steps):
        return self.node("Gather", [x, self.constant(steps - 1, np.int64)], axis=1)


def graph(model: Union[Model, PathLike, None] = None) -> bytes:
    """The bytes of a model's ONNX file."""
    metadata, tensors = read_file(as_model(model).path)
    members = members_of(metadata)
    g = _Graph()
    g.given = tensors
    answers = []
    for name, config, g.prefix in members:
        answers.append(Networks(g, config).answer("rows", name))
    out = g.concat(answers, 1)
    g.nodes.append(_field(1, out) + _field(2, "answers") + _field(4, "Identity"))
    first, responses = members[0][1], sum(config["targets"] for _, config, _ in members)
    body = b"".join(_field(1, node) for node in g.nodes) + _field(2, metadata.get("name") or "emotrack")
    body += b"".join(_field(5, tensor) for tensor in g.tensors)
    body += _field(11, _value("rows", ["windows", first["window"], first["columns_in"]]))
    body += _field(12, _value("answers", ["windows", responses]))
    notes = b"".join(_field(14, _field(1, key) + _field(2, metadata[key])) for key in ("targets", "columns", "license", "card")
                     if key in metadata)
    return (_field(1, 7) + _field(2, "emotrack") + _field(3, version().decode()) + _field(7, body)
            + _field(8, _field(1, "") + _field(2, OPSET)) + notes)


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


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """`emotrack export MODEL --onnx FILE`."""
    parser = argparse.ArgumentParser("emotrack export", description="a model for other programs")
    parser.add_argument("model", help="a bundled model's name, or a file")
    parser.add_argument("--onnx", metavar="FILE", required=True, help="the ONNX graph to write")
    options = parser.parse_args(arguments)
    try:
        export(options.model, options.onnx)
    except errors.EmotrackError as problem:
        print(f"emotrack: {problem}", file=sys.stderr)
        return 1
    return 0
