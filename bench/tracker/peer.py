"""What a user would build today, beside emotrack, on the same file and core: openSMILE (ComParE_2016, 130 contours), NumPy
functionals, and DSelfAttention of the bundled size in PyTorch and ONNX Runtime (random weights: speed does not depend on them).

    taskset -c 0 python3 bench/tracker/peer.py build/bench/tracker/bench_tracker SOUND [MODEL]

Needs: pip install opensmile torch onnx onnxruntime numpy
"""
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import opensmile
import torch
from torch import nn

F, C, H, K, BLOCKS, K1, K2 = 60, 6, 24, 8, 3, 10, 5


def conv(channels_in, width, d):
    """'same' padding by hand: ONNX Runtime refuses it together with dilation."""
    pad = (width - 1) * d
    return nn.Sequential(nn.ConstantPad1d((pad // 2, pad - pad // 2), 0.0), nn.Conv1d(channels_in, C, width, dilation=d))


class Block(nn.Module):
    def __init__(self, channels_in, d):
        super().__init__()
        self.space = nn.Sequential(conv(channels_in, K1, d), nn.BatchNorm1d(C), nn.ELU(),
                                   nn.ConstantPad1d((K2 // 2, (K2 - 1) // 2), -1e30), nn.MaxPool1d(K2, 1), nn.BatchNorm1d(C))
        self.first = conv(channels_in, K1, d)
        self.second = conv(C, K2, d)
        self.norms = nn.ModuleList([nn.GroupNorm(1, C), nn.GroupNorm(1, C)])
        self.skip = nn.Conv1d(channels_in, 2 * C, 1) if channels_in == 1 else nn.Identity()

    def forward(self, x):
        time_branch = nn.functional.elu(self.norms[1](self.second(self.norms[0](self.first(x)))))
        return torch.cat([self.space(x), time_branch], 1) + self.skip(x)


class DSelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(Block(1 if i == 0 else 2 * C, 2**i) for i in range(BLOCKS)))
        self.lstm1 = nn.LSTM(2 * C * F, H, bidirectional=True, batch_first=True)
        self.lstm2 = nn.LSTM(2 * H, H, bidirectional=True, batch_first=True)
        self.query, self.key, self.value = (nn.Linear(2 * H, 6) for _ in range(3))
        self.out, self.head = nn.Linear(6, 2 * H), nn.Linear(2 * H, 2)

    def forward(self, windows):  # (n, K, F)
        n = windows.shape[0]
        x = self.blocks(windows.reshape(n * K, 1, F)).reshape(n, K, 2 * C * F)
        x = self.lstm2(self.lstm1(x)[0])[0]
        q, k, v = (part(x).reshape(n, K, 3, 2).transpose(1, 2) for part in (self.query, self.key, self.value))
        x = torch.softmax(q @ k.transpose(2, 3) / 2**0.5, -1) @ v
        return torch.tanh(self.head(self.out(x.transpose(1, 2).reshape(n, K, 6))[:, -1]))


def functionals(contours):
    windows = np.lib.stride_tricks.sliding_window_view(contours, 100, axis=0)[::50]
    return np.concatenate([windows.mean(-1), windows.std(-1)], 1).astype(np.float32)


def main():
    bench, sound = sys.argv[1:3]
    torch.set_num_threads(1)
    smile = opensmile.Smile(opensmile.FeatureSet.ComParE_2016, opensmile.FeatureLevel.LowLevelDescriptors)
    deltas = opensmile.Smile(opensmile.FeatureSet.ComParE_2016, opensmile.FeatureLevel.LowLevelDescriptors_Deltas)
    network = DSelfAttention().eval()
    projection = np.random.default_rng(1).standard_normal((260, F)).astype(np.float32) / 100
    deltas.process_file(sound)  # warm
    parts = [smile.process_file(sound).to_numpy(), deltas.process_file(sound).to_numpy()]
    both = np.concatenate([part[:min(map(len, parts))] for part in parts], 1)
    # one pass gives both contours and deltas in a configuration of one's own: it is counted once
    began = time.process_time()
    deltas.process_file(sound)
    smile_s = time.process_time() - began
    began = time.process_time()
    rows = functionals(both) @ projection
    windows = np.stack([rows[[max(t - K + 1 + k, 0) for k in range(K)]] for t in range(len(rows))])
    with torch.inference_mode():
        network(torch.from_numpy(windows))
    rest_s = time.process_time() - began
    seconds = len(both) / 100
    print(f"openSMILE + NumPy + PyTorch, 0.5 s grid: {seconds / (smile_s + rest_s):.1f} times real time "
          f"(openSMILE {smile_s:.2f} s, the rest {rest_s:.2f} s for {seconds:.0f} s of sound)")

    one = torch.from_numpy(windows[:1])
    with torch.inference_mode():
        for _ in range(20):
            network(one)
        began = time.process_time()
        for _ in range(200):
            network(one)
        torch_ms = (time.process_time() - began) / 200 * 1e3
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        torch.onnx.export(network, (one,), file.name, dynamo=False, input_names=["windows"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(file.name, options)
        feed = {"windows": windows[:1]}
        for _ in range(20):
            session.run(None, feed)
        began = time.process_time()
        for _ in range(500):
            session.run(None, feed)
        onnx_ms = (time.process_time() - began) / 500 * 1e3
    print(f"an answer every 10 ms, network alone: PyTorch {torch_ms:.2f} ms an answer, {torch_ms * 10:.1f}% of a core; "
          f"ONNX Runtime {onnx_ms:.3f} ms, {onnx_ms * 10:.1f}% of a core")
    subprocess.run([bench, *sys.argv[2:]], check=True)


main()
