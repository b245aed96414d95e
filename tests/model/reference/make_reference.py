#!/usr/bin/env python3
"""Writes tests/data/network/*.ref: outputs and gradients of every layer and of every network by PyTorch in float64.

    python3 -m venv venv && venv/bin/pip install torch numpy && venv/bin/python tests/model/reference/make_reference.py

Parameters and inputs are not stored: C and Python draw them from the same integer hash, by name. The networks are written
here a second time, from the papers and with PyTorch's own layers, so that agreement means something.
A file is a row of records: name length, name, count (int32, little-endian), count float64.
"""

import struct
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
DATA = Path(__file__).resolve().parent.parent.parent / "data" / "network"
MASK = (1 << 64) - 1


def name_seed(name):
    """FNV-1a, 64 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def draw(name, shape):
    """Numbers in [-1, 1): splitmix64 of the name's hash and the place."""
    count, seed = int(torch.tensor(shape).prod()), name_seed(name)
    out = []
    for i in range(count):
        z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        out.append(((z ^ (z >> 31)) >> 11) / 2.0**52 - 1.0)
    return torch.tensor(out).reshape(shape)


class Parameters:
    """Tensors made when first asked for."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            last = name.rsplit(".", 1)[-1]
            u = draw(name, shape)
            t = 1 + 0.2 * u if last in ("scale", "variance") else 0.4 * u
            self.tensors[name] = t.requires_grad_(last not in ("mean", "variance"))
        return self.tensors[name]


class Network:
    """C channels, N blocks, k1, k2 widths, H hidden units, R targets, dropout off; `train`: batch norm by the batch."""

    def __init__(self, P, train, C=2, N=2, k1=4, k2=3, H=3, R=2, heads=3, keys=6, attention_last=False):
        self.__dict__.update(locals())

    def conv(self, x, name, channels, width, dilation=1):
        w = self.P(name + ".weight", channels, x.shape[1], width)
        pad = (width - 1) * dilation
        return F.conv1d(F.pad(x, (pad // 2, pad - pad // 2)), w, self.P(name + ".bias", channels), dilation=dilation)

    def batch_norm(self, x, name):
        c = x.shape[1]
        return F.batch_norm(x, self.P(name + ".mean", c), self.P(name + ".variance", c), self.P(name + ".scale", c),
                            self.P(name + ".offset", c), training=self.train, momentum=0.1, eps=1e-5)

    def layer_norm(self, x, name):
        c = x.shape[1]
        return F.group_norm(x, 1, self.P(name + ".scale", c), self.P(name + ".offset", c), eps=1e-5)

    def max_pool(self, x, width):
        pad = width - 1
        return F.max_pool1d(F.pad(x, (pad // 2, pad - pad // 2), value=-torch.inf), width, stride=1)

    def linear(self, x, name, out):
        return F.linear(x, self.P(name + ".weight", out, x.shape[-1]), self.P(name + ".bias", out))

    def space(self, x, name, d=1):
        y = self.batch_norm(self.conv(x, name + "conv", self.C, self.k1, d), name + "norm1")
        return self.batch_norm(self.max_pool(F.elu(y), self.k2), name + "norm2")

    def time(self, x, name, d1, d2):
        y = self.layer_norm(self.conv(x, name + "conv1", self.C, self.k1, d1), name + "norm1")
        return F.elu(self.layer_norm(self.conv(y, name + "conv2", self.C, self.k2, d2), name + "norm2"))

    def spatial(self, u, name):
        pooled = torch.stack([u.mean(1), u.amax(1)], 1)
        return torch.sigmoid(self.conv(pooled, name + "spatial", u.shape[1], 1))

    def pipe(self, v, first, second):
        return torch.sigmoid(self.linear(F.elu(self.linear(v, first, v.shape[1])), second, v.shape[1]))

    def attention(self, u, name, kind):
        c = u.shape[1]
        if kind == "squeeze":
            channel = self.pipe(u.mean(2), name + "channel1", name + "channel2")
        elif kind == "cbam":
            channel = self.pipe(u.mean(2), name + "mean1", name + "mean2") + \
                self.pipe(u.amax(2), name + "max1", name + "max2")
        else:
            v = torch.cat([u.mean(2), u.amax(2)], 1)[:, :, None]
            v = F.elu(self.conv(v, name + "channel1", c, 1))
            v = torch.cos(1.75 * v) * torch.exp(-v * v / 2)
            channel = torch.sigmoid(self.conv(v, name + "channel2", c, 1))[:, :, 0]
        return u * channel[:, :, None] * self.spatial(u, name)

    def blocks(self, frames, kind=None):
        x = frames[:, None, :]
        for i in range(1, self.N + 1):
            name, d = f"block{i}.", 2 ** (i - 1)
            u = torch.cat([self.space(x, name + "space.", d), self.time(x, name + "time.", d, d)], 1)
            if kind:
                u = self.attention(u, name, kind)
            x = u + (self.conv(x, name + "skip", 2 * self.C, 1) if i == 1 else x)
        return x.flatten(1)

    def lstm(self, x, name, last):
        lstm, weights = torch.nn.LSTM(x.shape[2], self.H, batch_first=True, bidirectional=True), {}
        for direction, suffix in (("forward", ""), ("backward", "_reverse")):
            weights["weight_ih_l0" + suffix] = self.P(f"{name}.{direction}.weight_input", 4 * self.H, x.shape[2])
            weights["weight_hh_l0" + suffix] = self.P(f"{name}.{direction}.weight_recurrent", 4 * self.H, self.H)
            weights["bias_ih_l0" + suffix] = self.P(f"{name}.{direction}.bias", 4 * self.H)
            weights["bias_hh_l0" + suffix] = torch.zeros(4 * self.H)
        y, (h, _) = torch.func.functional_call(lstm, weights, (x,))
        return torch.cat([h[0], h[1]], 1) if last else y

    def self_attention(self, x):
        def split(name):
            y = self.linear(x, "attention." + name, self.keys)
            return y.reshape(*y.shape[:2], self.heads, -1).transpose(1, 2)
        y = F.scaled_dot_product_attention(split("query"), split("key"), split("value"))
        return self.linear(y.transpose(1, 2).flatten(2), "attention.output", x.shape[2])

    def regression(self, x):
        return torch.tanh(self.linear(x, "regression", self.R))

    def head(self, frames, windows):
        return self.regression(self.lstm(self.lstm(frames[windows], "lstm1", False), "lstm2", True))

    def dselfattention(self, frames, windows):
        x = self.lstm(self.blocks(frames)[windows], "lstm1", False)
        x = self.lstm(x, "lstm2", self.attention_last)
        x = self.self_attention(x[:, None, :] if self.attention_last else x)
        return self.regression(x[:, -1])

    def cnn(self, frames, windows):
        x = frames[windows].flatten(1)[:, None, :]
        return self.regression(torch.cat([self.space(x, "space."), self.time(x, "time.", 1, 2)], 1).flatten(1))

    def bilstm(self, frames, windows):
        return self.head(frames, windows)

    def cnnbilstm(self, frames, windows):
        x = frames[:, None, :]
        return self.head(torch.cat([self.space(x, "space."), self.time(x, "time.", 1, 2)], 1).flatten(1), windows)

    def tcnnbilstm(self, frames, windows):
        return self.head(self.time(frames[:, None, :], "time.", 1, 2).flatten(1), windows)

    def scnnbilstm(self, frames, windows):
        return self.head(self.space(frames[:, None, :], "space.").flatten(1), windows)

    def dcnbilstm(self, frames, windows):
        return self.head(self.blocks(frames), windows)

    def dwsam(self, frames, windows):
        return self.head(self.blocks(frames, "wavelet"), windows)

    def dsesam(self, frames, windows):
        return self.head(self.blocks(frames, "squeeze"), windows)

    def dcbam(self, frames, windows):
        return self.head(self.blocks(frames, "cbam"), windows)


def write(name, records):
    DATA.mkdir(exist_ok=True)
    with open(DATA / (name + ".ref"), "wb") as out:
        for key, tensor in records:
            values = tensor.detach().flatten().tolist()
            out.write(struct.pack("<i", len(key)) + key.encode() + struct.pack("<i", len(values)))
            out.write(struct.pack(f"<{len(values)}d", *values))


FRAMES, WINDOWS, STEPS, FEATURES = 7, 5, 4, 6
SHARED = torch.tensor([[(w + (2 * k if w == 3 else k)) % FRAMES for k in range(STEPS)] for w in range(WINDOWS)])


def one_network(name, file, **options):
    P = Parameters()
    frames = draw("frames", (FRAMES, FEATURES))
    records = []
    train = getattr(Network(P, True, **options), name)(frames, SHARED)
    records.append(("out.training", train))
    (train * draw("d_out", train.shape)).sum().backward()
    for key, tensor in P.tensors.items():
        records.append((key, tensor.grad if tensor.grad is not None else tensor))
    records.append(("out.answering", getattr(Network(P, False, **options), name)(frames, SHARED)))
    write(file, records)
    print(file, sum(t.numel() for t in P.tensors.values() if t.requires_grad), "parameters")


def layers():
    """Each layer alone: a case's name, inputs' shapes (items first), the function."""
    def net(P):
        return Network(P, True, H=3)

    def gates(x, u, last):
        """The LSTM written out, from its input's products: (n, K, 8H) -> (n, K, 2H) or (n, 1, 2H)."""
        n, steps, hidden = x.shape[0], x.shape[1], x.shape[2] // 8
        halves = []
        for direction in range(2):
            h = c = torch.zeros(n, hidden)
            out = [None] * steps
            for t in range(steps) if direction == 0 else reversed(range(steps)):
                z = x[:, t, 4 * hidden * direction:4 * hidden * (direction + 1)] + h @ u[direction].T
                i, f, g, o = z.chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = out[t] = torch.sigmoid(o) * torch.tanh(c)
            halves.append(torch.stack(out, 1) if not last else h[:, None])
        return torch.cat(halves, 2)

    def attend(q, k, v):
        parts = [y.reshape(*y.shape[:2], 3, -1).transpose(1, 2) for y in (q, k, v)]
        return F.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)

    def lstm_input(P, x):
        return torch.cat([F.linear(x, P(f"l.{d}.weight_input", 12, 5), P(f"l.{d}.bias", 12)) for d in ("forward", "backward")], 1)

    def recurrent(P):
        return [P(f"l.{d}.weight_recurrent", 12, 3) for d in ("forward", "backward")]

    cases = [
        ("conv.even", [(3, 2, 9)], lambda P, x: net(P).conv(x, "l", 3, 4, 2)),
        ("conv.odd", [(3, 2, 9)], lambda P, x: net(P).conv(x, "l", 7, 5, 1)),
        ("conv.wide", [(2, 3, 5)], lambda P, x: net(P).conv(x, "l", 2, 10, 4)),
        ("conv.long", [(2, 13, 70)], lambda P, x: net(P).conv(x, "l", 13, 10, 4)),
        ("conv.one", [(3, 4, 37)], lambda P, x: net(P).conv(x, "l", 6, 1, 1)),
        ("batch_norm", [(5, 3, 19)], lambda P, x: net(P).batch_norm(x, "l")),
        ("layer_norm", [(5, 3, 19)], lambda P, x: net(P).layer_norm(x, "l")),
        ("elu", [(3, 2, 19)], lambda P, x: F.elu(x)),
        ("sigmoid", [(3, 2, 19)], lambda P, x: torch.sigmoid(x)),
        ("tanh", [(3, 2, 19)], lambda P, x: torch.tanh(x)),
        ("wavelet", [(3, 2, 19)], lambda P, x: torch.cos(1.75 * x) * torch.exp(-x * x / 2)),
        ("max_pool.odd", [(3, 2, 35)], lambda P, x: net(P).max_pool(x, 5)),
        ("max_pool.even", [(3, 2, 9)], lambda P, x: net(P).max_pool(x, 6)),
        ("concatenate", [(3, 2, 9), (3, 4, 9)], lambda P, x, y: torch.cat([x, y], 1)),
        ("add", [(3, 2, 9), (3, 2, 9)], lambda P, x, y: x + y),
        ("gate", [(3, 2, 9), (3, 2, 1), (3, 2, 9)], lambda P, u, c, s: u * c * s),
        ("pool_channels", [(3, 4, 9)], lambda P, x: torch.stack([x.mean(1), x.amax(1)], 1)),
        ("pool_positions", [(3, 4, 9)], lambda P, x: torch.cat([x.mean(2), x.amax(2)], 1)),
        ("dense", [(7, 1, 21)], lambda P, x: net(P).linear(x.flatten(1), "l", 19)),
        ("lstm_input", [(7, 1, 5)], lambda P, x: lstm_input(P, x.flatten(1))),
        ("lstm.whole", [(5, 4, 24)], lambda P, x: gates(x, recurrent(P), False)),
        ("lstm.last", [(5, 4, 24)], lambda P, x: gates(x, recurrent(P), True)),
        ("attend", [(2, 5, 6), (2, 5, 6), (2, 5, 6)], lambda P, q, k, v: attend(q, k, v)),
        ("last", [(3, 4, 6)], lambda P, x: x[:, -1]),
    ]
    records = []
    for name, shapes, function in cases:
        P = Parameters()
        inputs = [(2 * draw(f"{name}.in{i}", shape)).requires_grad_() for i, shape in enumerate(shapes)]
        out = function(P, *inputs)
        (out * draw(name + ".d_out", out.shape)).sum().backward()
        records.append((name + ".out", out))
        records += [(f"{name}.in{i}", x.grad) for i, x in enumerate(inputs)]
        records += [(f"{name}.{key}", t.grad) for key, t in P.tensors.items() if t.grad is not None]
    write("layers", records)


if __name__ == "__main__":
    layers()
    for network in ("dselfattention", "cnn", "bilstm", "cnnbilstm", "tcnnbilstm", "scnnbilstm", "dcnbilstm", "dwsam", "dsesam",
                    "dcbam"):
        one_network(network, network)
    one_network("dselfattention", "dselfattention_last", attention_last=True)
