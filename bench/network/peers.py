#!/usr/bin/env python3
"""Our networks beside PyTorch and ONNX Runtime, one thread each, in one run: bench/network/run makes the environment.

    peers.py BENCH_NETWORK

The seed-size DSelfAttention (F 64, C 20, N 3, H 100, K 26): our program writes a model, its input and its answers; PyTorch gets
the weights from that file, and its answers must agree before anything is timed. Times are medians; both sides take the processor
time of the process, so that a busy machine does not decide.
"""

import json
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
WINDOWS, K, FEATURES, C, H, BLOCKS = 168, 26, 64, 20, 100, 3


def read_model(path):
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    return {name: torch.frombuffer(bytearray(data[8 + length + t["data_offsets"][0]:8 + length + t["data_offsets"][1]]),
                                   dtype=torch.float32).reshape(t["shape"]) for name, t in header.items()}


class Conv(torch.nn.Module):
    def __init__(self, inputs, outputs, width, dilation=1):
        super().__init__()
        pad = (width - 1) * dilation
        self.pad, self.conv = (pad // 2, pad - pad // 2), torch.nn.Conv1d(inputs, outputs, width, dilation=dilation)

    def forward(self, x):
        return self.conv(F.pad(x, self.pad))


class Block(torch.nn.Module):
    def __init__(self, inputs, dilation, first):
        super().__init__()
        self.space_conv, self.space_norm1 = Conv(inputs, C, 10, dilation), torch.nn.BatchNorm1d(C)
        self.space_norm2 = torch.nn.BatchNorm1d(C)
        self.time_conv1, self.time_norm1 = Conv(inputs, C, 10, dilation), torch.nn.GroupNorm(1, C)
        self.time_conv2, self.time_norm2 = Conv(C, C, 5, dilation), torch.nn.GroupNorm(1, C)
        self.skip = Conv(inputs, 2 * C, 1) if first else torch.nn.Identity()
        self.drop = torch.nn.Dropout(0.01)

    def forward(self, x):
        space = F.elu(self.space_norm1(self.space_conv(x)))
        space = F.max_pool1d(F.pad(space, (2, 2), value=-torch.inf), 5, stride=1)
        space = self.space_norm2(self.drop(space))
        t = self.drop(self.time_norm1(self.time_conv1(x)))
        t = F.elu(self.time_norm2(self.time_conv2(t)))
        return torch.cat([space, t], 1) + self.skip(x)


class DSelfAttention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.Sequential(*[Block(1 if i == 0 else 2 * C, 2 ** i, i == 0) for i in range(BLOCKS)])
        self.lstm1 = torch.nn.LSTM(2 * C * FEATURES, H, batch_first=True, bidirectional=True)
        self.lstm2 = torch.nn.LSTM(2 * H, H, batch_first=True, bidirectional=True)
        self.query, self.key, self.value = (torch.nn.Linear(2 * H, 6) for _ in range(3))
        self.output, self.regression = torch.nn.Linear(6, 2 * H), torch.nn.Linear(2 * H, 2)
        self.drop = torch.nn.Dropout(0.3)

    def trunk(self, frames):
        return self.blocks(frames[:, None, :]).flatten(1)

    def head(self, x):
        x = self.drop(self.lstm2(self.drop(self.lstm1(x)[0]))[0])
        q, k, v = (layer(x).reshape(x.shape[0], x.shape[1], 3, 2).transpose(1, 2) for layer in (self.query, self.key, self.value))
        y = torch.softmax(q @ k.transpose(2, 3) / 2 ** 0.5, 3) @ v
        return torch.tanh(self.regression(self.output(y.transpose(1, 2).flatten(2))[:, -1]))

    def forward(self, windows):
        return self.head(self.trunk(windows.flatten(0, 1)).reshape(windows.shape[0], windows.shape[1], -1))

    def take(self, ours):
        """Weights from our model file, by our names."""
        state = {}
        for name in self.state_dict():
            m = re.match(r"blocks\.(\d)\.(space|time|skip)_?(\w*?)\.(?:conv\.)?(\w+)$", name)
            d = re.match(r"(lstm\d)\.(weight|bias)_(ih|hh)_l0(_reverse)?$", name)
            if name.endswith("num_batches_tracked"):
                state[name] = torch.tensor(0)
            elif m:
                i, branch, part, kind = m.groups()
                if "norm" in part:
                    kind = {"weight": "scale", "bias": "offset", "running_mean": "mean", "running_var": "variance"}[kind]
                middle = "skip" if branch == "skip" else f"{branch}.{part}"
                state[name] = ours[f"block{int(i) + 1}.{middle}.{kind}"]
            elif d:
                layer, what, which, reverse = d.groups()
                side = f"{layer}.{'backward' if reverse else 'forward'}."
                if what == "bias":
                    state[name] = ours[side + "bias"] if which == "ih" else torch.zeros(4 * H)
                else:
                    state[name] = ours[side + ("weight_input" if which == "ih" else "weight_recurrent")]
            else:
                part, kind = name.split(".")
                state[name] = ours[("" if part == "regression" else "attention.") + f"{part}.{kind}"]
        self.load_state_dict(state)


def milliseconds(call, rounds):
    times = []
    call()
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1e3 * sorted(times)[len(times) // 2]


def onnx_milliseconds(net, window, folder):
    try:
        import onnxruntime
        path = str(Path(folder) / "net.onnx")
        torch.onnx.export(net, (window,), path, input_names=["x"], opset_version=17, dynamo=False)
    except Exception as problem:  # the export needs packages that a given PyTorch may lack
        print(f"ONNX Runtime: not measured ({problem})", file=sys.stderr)
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    x = window.numpy()
    assert np.abs(session.run(None, {"x": x})[0] - net(window).detach().numpy()).max() < 1e-4
    return milliseconds(lambda: session.run(None, {"x": x}), 60)


def training_milliseconds(net, windows):
    net.train()
    target = torch.zeros(windows.shape[0], 2)

    def step():
        net.zero_grad()
        (0.5 * (net(windows) - target).pow(2).mean()).backward()
    return milliseconds(step, 3)


def ours(program):
    text = subprocess.run([program, "--cpu", "--threads", "1"], check=True, capture_output=True, text=True).stdout

    def find(what):
        return float(re.search(rf"^seed size\s*: {what}.*?([\d.]+) (?:ms|windows/s)", text, re.M).group(1))
    print(text, file=sys.stderr)
    return find("one answer"), find("one frame"), find("windows of a file"), find("training")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        model, rows, out = (str(Path(folder) / name) for name in ("model", "rows", "out"))
        subprocess.run([program, "--write", model, rows, out], check=True)
        frames = torch.from_numpy(np.fromfile(rows, np.float32).reshape(-1, FEATURES))
        expected = np.fromfile(out, np.float32).reshape(-1, 2)
        net = DSelfAttention().eval()
        net.take(read_model(model))
        windows = torch.stack([frames[i:i + K] for i in range(WINDOWS)])
        with torch.no_grad():
            off = np.abs(net(windows).numpy() - expected).max()
            print(f"answers differ from PyTorch's by {off:.1e} at most", file=sys.stderr)
            assert off < 1e-4, "the two networks are not the same"
            cached = net.trunk(windows[0])[None]
            answer, answer_cached = milliseconds(lambda: net(windows[:1]), 60), milliseconds(lambda: net.head(cached), 60)
            file = milliseconds(lambda: net(windows), 3) / WINDOWS
            runtime = onnx_milliseconds(net, windows[:1], folder)
        training = 1e3 * WINDOWS / training_milliseconds(net, windows)
    our_answer, our_frame, our_file, our_training = ours(program)
    print("| what | peer | ours | ratio |\n| --- | --- | --- | --- |")
    print(f"| one answer, frames cached | PyTorch {answer:.2f} ms | {our_answer:.3f} ms | {answer / our_answer:.0f} |")
    print(f"| the same, PyTorch's trunk cached by hand | PyTorch {answer_cached:.2f} ms | {our_answer:.3f} ms | {answer_cached / our_answer:.0f} |")
    if runtime:
        print(f"| one answer | ONNX Runtime {runtime:.2f} ms | {our_answer:.3f} ms | {runtime / our_answer:.0f} |")
    print(f"| one answer and its new frame | PyTorch {answer:.2f} ms | {our_answer + our_frame:.3f} ms | {answer / (our_answer + our_frame):.0f} |")
    print(f"| windows of a file, each | PyTorch, batch {WINDOWS}: {file:.2f} ms | {our_file:.3f} ms | {file / our_file:.0f} |")
    print(f"| training, windows per second | PyTorch {training:.0f} | {our_training:.0f} | {our_training / training:.0f} |")


if __name__ == "__main__":
    main()
