"""Models as PyTorch modules, and back (`pip install emotrack[torch]`).

>>> module = emotrack.torch.load("music")              # a torch.nn.Module: [windows, window, columns_in] -> [windows, responses]
>>> emotrack.torch.save(module, "mine.safetensors")    # a file that emotrack reads
"""
from __future__ import annotations

import json
import math
from typing import Any, Optional, Union

import numpy as np
import torch
import torch.nn.functional as F

from . import errors
from ._model import Model, PathLike, as_model, read_file, write_file
from ._networks import NAMES, Networks, members_of

_FRONT = ("relative.", "columns.", "scaling.", "projection.")
_OTHERS = ("memory.", "ear.")


class Network(torch.nn.Module):
    """One of the ten networks. Its tensors have the names of the model file, with dashes for dots; what is fitted and not learnt
    (columns, scaling, projection, running averages) are buffers."""

    def __init__(self, name: str, config: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        if name not in NAMES:
            raise errors.ArgumentError(f"there is no network {name!r}; known: {', '.join(NAMES)}")
        self.network, self.config = name, dict(config)
        self._given: Optional[dict[str, np.ndarray]] = tensors
        with torch.no_grad():
            training, self.training = self.training, False
            self(torch.zeros(1, config["window"], config["columns_in"]))
            self.training = training
        self._given = None

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Windows of rows, float32 [windows, window, columns_in], to [windows, targets] in [-1, 1]."""
        return Networks(_Torch(self), self.config).answer(rows, self.network)

    def tensor(self, name: str, *shape: int) -> torch.Tensor:
        """A tensor by its name in the file; while the module is made, one that is not given begins as the trainer's do."""
        key = name.replace(".", "-")
        if self._given is not None and key not in self._parameters and key not in self._buffers:
            value = torch.from_numpy(self._given[name].copy()) if name in self._given else _start(name, shape)
            if tuple(value.shape) != shape:
                raise errors.FormatError(f"{name} has the shape {tuple(value.shape)}, not {shape}")
            if name.startswith(_FRONT) or name.endswith((".mean", ".variance")):
                self.register_buffer(key, value)
            else:
                self.register_parameter(key, torch.nn.Parameter(value))
        return getattr(self, key)

    def tensors(self) -> dict[str, np.ndarray]:
        """All tensors under their names in the file."""
        return {key.replace("-", "."): value.detach().cpu().numpy() for key, value in self.state_dict().items()}


def _start(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    last = name.rsplit(".", 1)[-1]
    value = torch.zeros(shape)
    if last in ("scale", "variance"):
        return torch.ones(shape)
    if last == "weight_recurrent":
        return torch.nn.init.orthogonal_(value)
    if last.startswith("weight"):
        return torch.nn.init.xavier_uniform_(value)
    if "lstm" in name and last == "bias":
        value[shape[0] // 4:shape[0] // 2] = 1  # the forget gates
    return value


class _Torch:
    """The layers."""

    def __init__(self, module: Network) -> None:
        self.m = module
        self.P = module.tensor

    elu, sigmoid, tanh = staticmethod(F.elu), staticmethod(torch.sigmoid), staticmethod(torch.tanh)
    add, mul = staticmethod(torch.add), staticmethod(torch.mul)
    concat = staticmethod(torch.cat)

    def reshape(self, x, shape):
        return x.reshape(shape)

    def relative(self, x, place, columns):
        rms = torch.maximum(x[:, place:place + 1], self.P("relative.floor", 1))
        power = self.P("relative.power", columns)
        return torch.where(power != 0, x * torch.exp2(-power * torch.log2(rms)), x)

    def select(self, x, columns):
        return x[:, self.P("columns.index", columns).long()]

    def scale(self, x, columns):
        offset, mean, deviation, clip = (self.P(f"scaling.{name}", columns) for name in ("log_offset", "mean", "deviation", "clip"))
        x = torch.where(offset >= 0, torch.log(torch.clamp(x + offset, min=1e-30)), x)
        x = (x - mean) / deviation
        return torch.where(clip > 0, torch.maximum(torch.minimum(x, clip), -clip), x)

    def project(self, x, columns, features):
        return F.linear(x - self.P("projection.mean", columns), self.P("projection.weight", features, columns))

    def conv(self, x, name, inputs, outputs, width, dilation):
        pad = (width - 1) * dilation
        return F.conv1d(F.pad(x, (pad // 2, pad - pad // 2)), self.P(name + ".weight", outputs, inputs, width),
                        self.P(name + ".bias", outputs), dilation=dilation)

    def batch_norm(self, x, name, c):
        return F.batch_norm(x, self.P(name + ".mean", c), self.P(name + ".variance", c), self.P(name + ".scale", c),
                            self.P(name + ".offset", c), training=self.m.training, momentum=0.1, eps=1e-5)

    def layer_norm(self, x, name, c, length):
        return F.group_norm(x, 1, self.P(name + ".scale", c), self.P(name + ".offset", c), eps=1e-5)

    def max_pool(self, x, width):
        pad = width - 1
        return F.max_pool1d(F.pad(x, (pad // 2, pad - pad // 2), value=-math.inf), width, stride=1)

    def dropout(self, x, rate):
        return F.dropout(x, rate, self.m.training)

    def dense(self, x, name, inputs, outputs):
        return F.linear(x, self.P(name + ".weight", outputs, inputs), self.P(name + ".bias", outputs))

    def mean(self, x, axis):
        return x.mean(axis)

    def max(self, x, axis):
        return x.amax(axis)

    def wavelet(self, x):
        return torch.cos(1.75 * x) * torch.exp(-x * x / 2)

    def lstm(self, x, name, inputs, hidden, steps, last):
        weights = []
        for direction in ("forward", "backward"):
            bias = self.P(f"{name}.{direction}.bias", 4 * hidden)
            weights += [self.P(f"{name}.{direction}.weight_input", 4 * hidden, inputs),
                        self.P(f"{name}.{direction}.weight_recurrent", 4 * hidden, hidden), bias, torch.zeros_like(bias)]
        zero = x.new_zeros(2, len(x), hidden)
        y, h, _ = torch.lstm(x, (zero, zero), weights, True, 1, 0.0, self.m.training, True, True)
        return torch.cat([h[0], h[1]], 1) if last else y

    def attend(self, query, key, value, steps, heads, keys):
        def split(x):
            return x.reshape(-1, steps, heads, keys // heads).transpose(1, 2)
        y = F.scaled_dot_product_attention(split(query), split(key), split(value))
        return y.transpose(1, 2).reshape(-1, steps, keys)

    def last(self, x, steps):
        return x[:, -1]


class EmotionNetworks(torch.nn.Module):
    """The networks of a model. `members` holds them; `metadata` what the file said."""

    def __init__(self, metadata: dict[str, str], tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.metadata = dict(metadata)
        #: tensors that belong to no network: the memory's, the learned ear's file
        self.others = {name: value for name, value in tensors.items() if name.startswith(_OTHERS)}
        self.members = torch.nn.ModuleList(
            Network(name, config, {key[len(prefix):]: value for key, value in tensors.items() if key.startswith(prefix)})
            for name, config, prefix in members_of(metadata))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """[windows, window, columns_in] to [windows, responses], member by member: the numbers of `Model.networks`."""
        return torch.cat([member(rows) for member in self.members], 1)


def load(model: Union[Model, PathLike, None] = None) -> EmotionNetworks:
    """A model as a module, ready to answer (`eval()`); `train()` makes it trainable.

    Same answers as `emotrack.Model.networks` to 1e-5."""
    return EmotionNetworks(*read_file(as_model(model).path)).eval()


def new(like: Union[Model, PathLike, None], network: str, **config: Any) -> EmotionNetworks:
    """A module with the columns, scaling and projection of a model, and a network not yet trained behind them.

    :param network: one of the ten names   :param config: sizes that differ, e.g. hidden=50, channels=20"""
    metadata, tensors = read_file(as_model(like).path)
    first = members_of(metadata)[0]
    changed = {**first[1], **config}
    kept = {name[len(first[2]):]: value for name, value in tensors.items() if name.startswith(first[2])}
    kept = {name: value for name, value in kept.items() if name.startswith(_FRONT)}
    kept.update({name: value for name, value in tensors.items() if name.startswith(_OTHERS)})
    drop = ("training", "metrics", "card", "license", "metadata")
    text = {key: value for key, value in metadata.items() if key not in drop}
    text.update(network=network, config=json.dumps(changed), members="1", name=network)
    text["targets"] = json.dumps(["valence,arousal" if changed["targets"] == 2 else "valence"])
    return EmotionNetworks(text, kept).eval()


def save(module: EmotionNetworks, path: PathLike, name: Optional[str] = None, **metadata: str) -> Model:
    """Writes a module as a model file and reads it back.

    :param name: of the model; None: as it was   :param metadata: further fields: card, license ...
    :raises FormatError: what the C program would not read"""
    text = {**module.metadata, **metadata}
    if name is not None:
        text["name"] = name
    tensors = dict(module.others)
    for (_, _, prefix), member in zip(members_of(text), module.members):
        tensors.update({prefix + key: value for key, value in member.tensors().items()})
    write_file(path, text, tensors)
    return Model(path)
