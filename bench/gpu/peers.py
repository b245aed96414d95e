#!/usr/bin/env python3
"""PyTorch on the same GPU, the same network and sizes: bench/gpu/run starts it after our own figures.

DSelfAttention (F 64, C 20, N 3, H 100, K 26). Times by the clock, the GPU waited for; warmed up; medians. The recurrent layers
are cuDNN's. `cached`: its trunk is computed for the new frame only, as ours is, and the K cached frames go through the rest.
"""

import importlib.util
import sys
import time
from pathlib import Path

import torch

spec = importlib.util.spec_from_file_location("network_peers", Path(__file__).parent.parent / "network" / "peers.py")
network = importlib.util.module_from_spec(spec)
spec.loader.exec_module(network)
K, FEATURES = network.K, network.FEATURES


def milliseconds(call, rounds):
    times = []
    for i in range(rounds + 10):
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        if i >= 10:
            times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def report(what, streams, ms):
    print(f"PyTorch   {what:22} {streams:6d} streams  p50 {ms[0]:8.3f} ms  p99 {ms[1]:8.3f} ms  {1e3 * streams / ms[0]:10.0f} answers/s")


def training(net, tf32):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    net.train()
    windows, target = torch.randn(168, K, FEATURES, device="cuda"), torch.zeros(168, 2, device="cuda")
    adam = torch.optim.Adam(net.parameters(), lr=0.001, fused=True)

    def step():
        net.zero_grad()
        (0.5 * (net(windows) - target).pow(2).mean()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
    ms = milliseconds(step, 50)[0]
    print(f"PyTorch   training {'TF32' if tf32 else 'float32'}, batch 168  {ms:8.3f} ms a step  {168e3 / ms:10.0f} windows/s (with the optimiser)")


def main():
    if not torch.cuda.is_available():
        sys.exit("bench/gpu: this PyTorch finds no GPU; its figures are left out")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    net = network.DSelfAttention().eval().cuda()
    with torch.no_grad():
        for streams in (1, 16, 256, 1024, 4096):
            windows = torch.randn(streams, K, FEATURES, device="cuda")
            cached = net.trunk(windows.flatten(0, 1)).reshape(streams, K, -1)
            newest = windows[:, -1]
            rounds = 200 if streams < 1000 else 20
            report("whole windows", streams, milliseconds(lambda: net(windows), rounds))
            report("one new frame, cached", streams, milliseconds(lambda: (net.trunk(newest), net.head(cached)), rounds))
    for tf32 in (False, True):
        training(net, tf32)


main()
