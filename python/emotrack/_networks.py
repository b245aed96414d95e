"""The ten networks once more, over any backend: what `emotrack.torch` computes.

Each method is the paragraph of its name in src/model/networks.c; a backend has the layers. A frame's map is [frames, channels,
positions], a sequence [windows, steps, numbers].
"""
from __future__ import annotations

from typing import Any, Optional

#: place of the mean RMS energy in a row of functionals
RMS_MEAN = 17


class Networks:
    """One network's layers on a backend. `config` as a model's metadata has it."""

    def __init__(self, backend: Any, config: dict[str, Any]) -> None:
        self.b = backend
        self.s = config
        self.C, self.F, self.K, self.H = (config[key] for key in ("channels", "features", "window", "hidden"))

    def answer(self, rows: Any, name: str) -> Any:
        """[windows, window, columns_in] to [windows, targets]."""
        frames = self.preprocessing(self.b.reshape(rows, [-1, self.s["columns_in"]]))
        return self.b.tanh(self.regression(*getattr(self, name)(frames)))

    def preprocessing(self, x: Any) -> Any:
        b, s = self.b, self.s
        if s["relative"]:
            x = b.relative(x, RMS_MEAN, s["columns_in"])
        x = b.scale(b.select(x, s["columns"]), s["columns"])
        return b.project(x, s["columns"], self.F) if s["projection"] else x

    def regression(self, x: Any, width: int) -> Any:
        return self.b.dense(x, "regression", width, self.s["targets"])

    # ---- pieces

    def space(self, x: Any, scope: str, channels: int, length: int, dilation: int) -> Any:
        b = self.b
        x = b.elu(b.batch_norm(b.conv(x, scope + "conv", channels, self.C, self.s["k1"], dilation), scope + "norm1", self.C))
        x = b.dropout(b.max_pool(x, self.s["k2"]), self.s["dropout_branch"])
        return b.batch_norm(x, scope + "norm2", self.C)

    def time(self, x: Any, scope: str, channels: int, length: int, first: int, second: int) -> Any:
        b = self.b
        x = b.layer_norm(b.conv(x, scope + "conv1", channels, self.C, self.s["k1"], first), scope + "norm1", self.C, length)
        x = b.conv(b.dropout(x, self.s["dropout_branch"]), scope + "conv2", self.C, self.C, self.s["k2"], second)
        return b.elu(b.layer_norm(x, scope + "norm2", self.C, length))

    def both(self, x: Any, scope: str, channels: int, length: int, first: int, second: int) -> Any:
        return self.b.concat([self.space(x, scope + "space.", channels, length, first),
                              self.time(x, scope + "time.", channels, length, first, second)], 1)

    def pipe(self, x: Any, first: str, second: str, channels: int) -> Any:
        b = self.b
        return b.sigmoid(b.dense(b.elu(b.dense(x, first, channels, channels)), second, channels, channels))

    def channel_attention(self, u: Any, scope: str, kind: str, c: int) -> Any:
        b = self.b
        if kind == "squeeze":
            return self.pipe(b.mean(u, 2), scope + "channel1", scope + "channel2", c)
        if kind == "cbam":
            return b.add(self.pipe(b.mean(u, 2), scope + "mean1", scope + "mean2", c),
                         self.pipe(b.max(u, 2), scope + "max1", scope + "max2", c))
        v = b.reshape(b.concat([b.mean(u, 2), b.max(u, 2)], 1), [-1, 2 * c, 1])
        v = b.wavelet(b.elu(b.conv(v, scope + "channel1", 2 * c, c, 1, 1)))
        return b.sigmoid(b.reshape(b.conv(v, scope + "channel2", c, c, 1, 1), [-1, c]))

    def weigh(self, u: Any, scope: str, kind: str, c: int) -> Any:
        b = self.b
        channel = b.reshape(self.channel_attention(u, scope, kind, c), [-1, c, 1])
        pooled = b.concat([b.reshape(b.mean(u, 1), [-1, 1, self.F]), b.reshape(b.max(u, 1), [-1, 1, self.F])], 1)
        return b.mul(b.mul(u, channel), b.sigmoid(b.conv(pooled, scope + "spatial", 2, c, 1, 1)))

    def blocks(self, frames: Any, kind: Optional[str] = None) -> tuple[Any, int]:
        b, c = self.b, 2 * self.C
        x, channels = b.reshape(frames, [-1, 1, self.F]), 1
        for i in range(1, self.s["blocks"] + 1):
            scope, dilation = f"block{i}.", 2 ** (i - 1)
            u = self.both(x, scope, channels, self.F, dilation, dilation)
            if kind:
                u = self.weigh(u, scope, kind, c)
            x = b.add(u, b.conv(x, scope + "skip", 1, c, 1, 1) if i == 1 else x)
            channels = c
        return b.reshape(x, [-1, c * self.F]), c * self.F

    def lstms(self, frames: Any, width: int, last: bool = True) -> tuple[Any, int]:
        b, rate = self.b, self.s["dropout_head"]
        x = b.reshape(frames, [-1, self.K, width])
        x = b.dropout(b.lstm(x, "lstm1", width, self.H, self.K, False), rate)
        x = b.dropout(b.lstm(x, "lstm2", 2 * self.H, self.H, self.K, last), rate)
        return x, 2 * self.H

    # ---- the ten

    def dselfattention(self, frames: Any) -> tuple[Any, int]:
        last = bool(self.s["attention_last"])
        x, width = self.lstms(*self.blocks(frames), last=last)
        steps, keys = (1 if last else self.K), self.s["key_channels"]
        x = self.b.reshape(x, [-1, steps, width])
        parts = [self.b.dense(x, f"attention.{part}", width, keys) for part in ("query", "key", "value")]
        x = self.b.attend(*parts, steps, self.s["heads"], keys)
        return self.b.last(self.b.dense(x, "attention.output", keys, width), steps), width

    def cnn(self, frames: Any) -> tuple[Any, int]:
        length = self.K * self.F
        x = self.both(self.b.reshape(frames, [-1, 1, length]), "", 1, length, 1, 2)
        return self.b.reshape(x, [-1, 2 * self.C * length]), 2 * self.C * length

    def bilstm(self, frames: Any) -> tuple[Any, int]:
        return self.lstms(frames, self.F)

    def cnnbilstm(self, frames: Any) -> tuple[Any, int]:
        width = 2 * self.C * self.F
        x = self.both(self.b.reshape(frames, [-1, 1, self.F]), "", 1, self.F, 1, 2)
        return self.lstms(self.b.reshape(x, [-1, width]), width)

    def tcnnbilstm(self, frames: Any) -> tuple[Any, int]:
        x = self.time(self.b.reshape(frames, [-1, 1, self.F]), "time.", 1, self.F, 1, 2)
        return self.lstms(self.b.reshape(x, [-1, self.C * self.F]), self.C * self.F)

    def scnnbilstm(self, frames: Any) -> tuple[Any, int]:
        x = self.space(self.b.reshape(frames, [-1, 1, self.F]), "space.", 1, self.F, 1)
        return self.lstms(self.b.reshape(x, [-1, self.C * self.F]), self.C * self.F)

    def dcnbilstm(self, frames: Any) -> tuple[Any, int]:
        return self.lstms(*self.blocks(frames))

    def dwsam(self, frames: Any) -> tuple[Any, int]:
        return self.lstms(*self.blocks(frames, "wavelet"))

    def dsesam(self, frames: Any) -> tuple[Any, int]:
        return self.lstms(*self.blocks(frames, "squeeze"))

    def dcbam(self, frames: Any) -> tuple[Any, int]:
        return self.lstms(*self.blocks(frames, "cbam"))


NAMES = ("dselfattention", "cnn", "bilstm", "cnnbilstm", "tcnnbilstm", "scnnbilstm", "dcnbilstm", "dwsam", "dsesam", "dcbam")


def members_of(metadata: dict[str, str]) -> list[tuple[str, dict[str, Any], str]]:
    """Network, configuration and prefix of the tensors of each member of a model file."""
    import json

    count = int(metadata.get("members", "1"))
    names, configs = metadata["network"], json.loads(metadata["config"])
    names = json.loads(names) if names.startswith("[") else [names] * count
    configs = configs if isinstance(configs, list) else [configs] * count
    return [(names[i], configs[i], f"member{i}." if count > 1 else "") for i in range(count)]
