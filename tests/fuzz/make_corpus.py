#!/usr/bin/env python3
"""make_corpus.py FOLDER: seeds for the fuzz targets, one folder each, small and of every kind that the readers know."""
import io
import json
import math
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import wave


def tone(count, rate_hz=44100, hz=440.0):
    return [math.sin(2 * math.pi * hz * i / rate_hz) for i in range(count)]


def wav(samples, channels=1, width=2, rate_hz=44100):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        pack = {1: lambda s: struct.pack("B", int(128 + 127 * s)), 2: lambda s: struct.pack("<h", int(32767 * s)),
                3: lambda s: struct.pack("<i", int(8388607 * s))[:3]}[width]
        file.writeframes(b"".join(pack(s) for s in samples))
    return out.getvalue()


def au(samples, rate_hz=8000):
    body = b"".join(struct.pack(">h", int(32767 * s)) for s in samples)
    return struct.pack(">4sIIIII", b".snd", 24, len(body), 3, rate_hz, 1) + body


def sounds():
    short = tone(600)
    for name, data in {
        "mono16": wav(short), "stereo16": wav(short, 2), "mono8": wav(short, width=1), "mono24": wav(short, width=3),
        "slow": wav(short, rate_hz=8000), "au": au(short), "empty": b"", "text": b"this is no sound\n",
        "cut": wav(short)[:400], "header_only": wav([]), "lying": wav(short)[:40] + b"\xff\xff\xff\x7f" + wav(short)[44:],
    }.items():
        yield name, b"\xff" + data
    for i in range(5):
        yield f"raw{i}", bytes([i]) + wav(short)[44:]
    for ending in ("m4a", "webm", "wma", "aac", "ts", "wv", "tta", "ac3") if shutil.which("ffmpeg") else ():
        with tempfile.NamedTemporaryFile(suffix="." + ending) as file:
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "-", file.name], input=wav(tone(4000)), check=True)
            yield ending, b"\xff" + pathlib.Path(file.name).read_bytes()


def descriptor_streams():
    for i, values in enumerate([[0.0], [1.0, -1.0], tone(200), [float("nan"), 1e38, -1e38], [1e-40, 1e-39], [0.5] * 7]):
        yield f"stream{i}", bytes([3, 10, i, 20]) + struct.pack(f"<{len(values)}f", *values)


def tables():
    yield "long", b"\x01file,time_s,valence,arousal\na.wav,0.5,0.1,-0.2\na.wav,1.0,nan,2\n"
    yield "clips", b"\x02file,group,valence,arousal,valence_sd\na.wav,g,0.5,-0.5,0.1\n\"a.wav\",,1,1\n"
    yield "means", b"\x03song_id,label_frames,arousal_mean,valence_mean,pcm_RMSenergy_sma_amean\n7,60,0.1,0.2,0.3\n"
    yield "auto", b"\x00file,valence,arousal\na.wav,0,0\nmissing.wav,0,0\n"


def lines():
    yield "usual", b"--step-ms\n10\n--format=jsonl\n-o\nx.csv\n--\n-a\nb"
    yield "wrong", b"--stepms\n10\n--format\nxml\n--resume=1\n-z\n--data\na\n--data=b\n--help"


def model_file(metadata=(), tensors=(), drop=(), tail=b""):
    """The smallest model: two columns, one hidden unit, a window of one frame."""
    config = dict(columns_in=2, columns=2, features=2, relative=False, projection=False, window=1, frame_step_s=0.5, channels=1,
                  blocks=1, k1=1, k2=1, hidden=1, heads=1, key_channels=1, attention_last=False, targets=2, lag=0,
                  dropout_branch=0.0, dropout_head=0.0)
    memory = dict(time_constant_s=12.0, ear_s=4.0, threshold=1.5, silence_reset_s=2.0, deviation=False)
    fields = {"format": "emotrack-model", "format_version": "1", "name": "tiny", "network": "bilstm", "members": "1",
              "config": json.dumps(config), "memory": json.dumps(memory), "columns": '["column0","column1"]',
              "projection": "none", "targets": '["valence,arousal"]', "label_range": "[-1.0,1.0]", "label_offset_s": "0.0",
              "pitch_lag_frames": "29"}
    fields.update(metadata)
    shapes = {"columns.index": [2], "scaling.log_offset": [2], "scaling.mean": [2], "scaling.deviation": [2], "scaling.clip": [2]}
    for layer in ("lstm1", "lstm2"):
        for direction in ("forward", "backward"):
            shapes |= {f"{layer}.{direction}.weight_input": [4, 2], f"{layer}.{direction}.bias": [4],
                       f"{layer}.{direction}.weight_recurrent": [4, 1]}
    shapes |= {"regression.weight": [2, 2], "regression.bias": [2]}
    header, data = {"__metadata__": fields}, b""
    for name, shape in shapes.items():
        values = {"columns.index": [0.0, 1.0], "scaling.deviation": [1.0, 1.0]}.get(name, [0.1] * math.prod(shape))
        body = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(body)]}
        data += body
    header.update(tensors)
    for name in drop:
        del header[name]
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data + tail


def models():
    good = model_file()
    yield "good", good
    yield "empty", b""
    yield "cut_header", good[:50]
    yield "cut_data", good[:-8]
    yield "long_header", struct.pack("<Q", 1 << 40) + good[8:]
    yield "tail", model_file(tail=b"\0\0\0\0")
    yield "missing", model_file(drop=["regression.bias"])
    yield "overlap", model_file(tensors={"regression.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})
    yield "newer", model_file(metadata={"format_version": "3"})
    yield "errors", model_file(metadata={"errors": '{"context_s":[1,2,3,5,10,20],"valence":[1,1,1,1,1,1],"arousal":[1,1,1,1,1,0]}'})
    yield "ear", model_file(metadata={"format_version": "2", "ear": '{"digest":"0","source":"","license":""}'},
                            tensors={"ear.file": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}})
    yield "other", model_file(metadata={"network": "dselfattention"})
    yield "many", model_file(metadata={"members": "32"})
    yield "training", model_file(metadata={"training": '{"seed":1,"songs":["a","b"]}', "card": "[not json"})


def records():
    def lines(*objects):
        return b"".join(json.dumps(o).encode() + b"\n" for o in ({"program": "emotrack", "record": 2}, *objects))

    run = {"run": "abc", "version": "0.1.0", "model": "m", "model_digest": "d", "options": "o", "extension": ".csv"}
    sound = {"run": "abc", "sound": "/tmp/a.wav", "name": "a", "identity": "1 0 1.000000000", "state": "waiting"}
    state = {"run": "abc", "name": "a", "state": "done", "rows": 3, "problem": "p"}
    yield "none", b""
    yield "head", lines()
    yield "usual", lines(run, sound, dict(sound, sound="/tmp/b.wav", name="b"), state)
    yield "bytes", lines(run, dict(sound, sound_bytes="/tmp/%E9.wav", name_bytes="%E9%00%2F%zz"))
    yield "odd", lines({"sound": "x", "name": "../a"}, {"sound": 3, "name": "a" * 300}, {}, [], 1, {"name": ".."}, state, state)
    yield "cut", lines(run, sound)[:-9]
    yield "wrong", b'{"sounds": [1]}\n'
    yield "no_line", b'{"program"\0\0\0'


def checkpoints():
    def file(member=1, epoch=4, best_epoch=2, log=b"1,2\n", steps=40, count=3):
        head = struct.pack("<8sQQiiiiqd", b"emochk3", 7, count, member, epoch, best_epoch, len(log), steps, 0.5)
        return head + b"\0\0\x80\x3f" * (count * (member + 4)) + log + b"checksum"

    yield "usual", b"\1" + file()
    yield "begun", b"\1" + file(member=0, epoch=0, best_epoch=0, log=b"")
    yield "unsigned", b"\0" + file()
    yield "many", b"\1" + file(member=40)
    yield "cut", b"\1" + file()[:-30]


def main():
    top = pathlib.Path(sys.argv[1])
    for target, seeds in {"sound": sounds(), "descriptors": descriptor_streams(), "csv": tables(), "options": lines(),
                          "model_file": models(), "safetensors": models(), "folder_record": records(),
                          "checkpoint": checkpoints()}.items():
        folder = top / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (folder / name).write_bytes(data)


main()
