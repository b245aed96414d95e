#!/usr/bin/env python3
"""The learned ear against ONNX Runtime: same weights, same sound, same core, same run, processor time of one thread.

    pip install numpy onnx onnxruntime safetensors soundfile
    cmake --build build --target bench_ear
    python bench/ear/ear.py build/bench/ear/bench_ear models/ear.safetensors SOUND

SOUND has 44.1 kHz. ONNX Runtime gets rows of mel bands and computes the network alone, for the whole file at once and, as
such networks are asked live, for the newest 3 s each half second. It gets the graph as published, and a second one without
the filters that training drove to zero, which this program does not compute either.
"""
import os
import re
import subprocess
import sys
import time

import numpy
import onnx
import onnxruntime
import soundfile
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FRONTS = ("timbre_high", "timbre_low", "rhythm_128", "rhythm_64", "rhythm_32")
PATCH, STEP = 187, 31  # frames: 3 s, half a second
REPEATS = 5


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value, numpy.float32), name))
        return name

    def add(self, kind, inputs, **attributes):
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def norm(self, x, layer, weights, keep=slice(None)):
        parts = [self.constant(f"{layer}.norm.{part}", weights[f"{layer}.norm.{part}"][keep])
                 for part in ("gamma", "beta", "mean", "variance")]
        return self.add("BatchNormalization", [x] + parts, epsilon=1e-3)

    def convolve(self, x, layer, weights, kernel, keep=slice(None)):
        """(1, in, frames, bands) by (filters, in, frames, bands): "same" over frames, "valid" over bands."""
        taps = kernel.shape[2]
        names = [self.constant(layer + ".kernel", kernel), self.constant(layer + ".bias", weights[layer + ".bias"][keep])]
        sums = self.add("Conv", [x] + names, pads=[(taps - 1) // 2, 0, taps // 2, 0])
        return self.norm(self.add("Relu", [sums]), layer, weights, keep)


def live_filters(weights, layer):
    return numpy.abs(weights[layer + ".kernel"]).sum((0, 1, 2)) > 1e-6


def build(weights, pruned):
    """x (1, 1, frames, 96) -> the three middle layers. Pruned: front filters that hear nothing are left out; what they add to
    the next layer comes from one more column, of ones."""
    g = Graph()
    x, columns, still = g.norm("x", "input", weights), [], []
    kept = []
    for layer in FRONTS:
        keep = live_filters(weights, layer) if pruned else numpy.ones(weights[layer + ".bias"].size, bool)
        y = g.convolve(x, layer, weights, weights[layer + ".kernel"][..., keep].transpose(3, 2, 0, 1), keep)
        columns.append(g.add("ReduceMax", [y], axes=[3]))
        kept.append(keep)
        w = {part: weights[f"{layer}.norm.{part}"] for part in ("gamma", "beta", "mean", "variance")}
        answer = (numpy.maximum(weights[layer + ".bias"], 0) - w["mean"]) / numpy.sqrt(w["variance"] + 1e-3)
        still.append(answer * w["gamma"] + w["beta"])
    kept, still = numpy.concatenate(kept), numpy.concatenate(still)
    kernel = weights["middle_1.kernel"][:, :, 0]
    ones = (kernel[:, ~kept] * still[~kept, None]).sum(1, keepdims=True)
    x = g.add("Concat", columns + ["ones"], axis=1)
    heard = [g.convolve(x, "middle_1", weights, numpy.concatenate([kernel[:, kept], ones], 1).transpose(2, 1, 0)[..., None])]
    for layer in ("middle_2", "middle_3"):
        y = g.convolve(heard[-1], layer, weights, weights[layer + ".kernel"][:, :, 0].transpose(2, 1, 0)[..., None])
        heard.append(g.add("Add", [y, heard[-1]]))
    outputs = [helper.make_tensor_value_info(y, TensorProto.FLOAT, None) for y in heard]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, "frames", 96]),
              helper.make_tensor_value_info("ones", TensorProto.FLOAT, [1, 1, "frames", 1])]
    return g, inputs, outputs


def session(weights, pruned):
    g, inputs, outputs = build(weights, pruned)
    model = helper.make_model(helper.make_graph(g.nodes, "ear", inputs, outputs, g.constants),
                              opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def best_seconds(run):
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def hear(session_of, x):
    return session_of.run(None, {"x": x[None, None], "ones": numpy.ones((1, 1, len(x), 1), numpy.float32)})


def check_graphs(sessions, x):
    published, pruned = (hear(s, x[:500]) for s in sessions)
    for a, b in zip(published, pruned):
        if not numpy.allclose(a, b, atol=1e-3):
            raise SystemExit(f"the two graphs differ by {numpy.abs(a - b).max()}")


def main():
    program, ear, sound = sys.argv[1:4]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    weights = load_file(ear)
    seconds = soundfile.info(sound).duration
    frames = int(seconds * 62.5)
    x = numpy.random.default_rng(1).uniform(0, 3, (frames, 96)).astype(numpy.float32)
    sessions = [session(weights, pruned) for pruned in (False, True)]
    check_graphs(sessions, x)
    report = subprocess.run([program, ear, sound, str(2 * REPEATS)], check=True, capture_output=True, text=True).stdout
    ours = {name: float(re.search(rf"{name}.*?([\d.]+) times real time", report).group(1))
            for name in ("network, whole file", "all, whole file", "all, live rows")}
    print(report)
    for name, s in zip(("as published", "without its still filters"), sessions):
        whole = seconds / best_seconds(lambda: hear(s, x))
        patch = 0.5 / (best_seconds(lambda: [hear(s, x[f:f + PATCH]) for f in range(0, 20 * STEP, STEP)]) / 20)
        print(f"ONNX Runtime {onnxruntime.__version__}, graph {name}: whole file {whole:.0f} times real time, "
              f"3 s patches each half second {patch:.1f}")
        print(f"  ratio on whole files: {ours['network, whole file'] / whole:.1f} (network alone), "
              f"{ours['all, whole file'] / whole:.1f} (with resampling and mel bands); "
              f"on patches: {ours['all, live rows'] / patch:.1f} (live rows, all included)")


if __name__ == "__main__":
    main()
