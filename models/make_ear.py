#!/usr/bin/env python3
"""models/ear.safetensors from the published package: the front and middle layers of MusiCNN, variant MSD.

    pip download --no-deps musicnn==0.1.0
    python3 models/make_ear.py musicnn-0.1.0-py3-none-any.whl ear.safetensors

Needs nothing but Python: the package holds a TensorFlow checkpoint, which is a table of names (LevelDB's format) and a file
of numbers. Same package, same bytes.
"""
import json
import struct
import sys
import zipfile

CHECKPOINT = "musicnn/MSD_musicnn/"
CONVOLUTIONS = ["timbre_high", "timbre_low", "rhythm_128", "rhythm_64", "rhythm_32", "middle_1", "middle_2", "middle_3"]
NORM = {"gamma": "gamma", "beta": "beta", "mean": "moving_mean", "variance": "moving_variance"}
FLOAT32 = 1


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def block(data, at, size):
    """Keys and values of a block of the table; a key shares its beginning with the one before."""
    if data[at + size] != 0:
        raise SystemExit("the table of the checkpoint is compressed: another package than musicnn 0.1.0?")
    restarts, = struct.unpack_from("<I", data, at + size - 4)
    end, key = at + size - 4 - 4 * restarts, b""
    while at < end:
        shared, at = varint(data, at)
        fresh, at = varint(data, at)
        length, at = varint(data, at)
        key = key[:shared] + data[at:at + fresh]
        yield key, data[at + fresh:at + fresh + length]
        at += fresh + length


def message(data):
    """Fields of a protocol buffer message: number -> values."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            size = {1: 8, 5: 4}[tag & 7]
            value, at = data[at:at + size], at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def read_checkpoint(wheel):
    """Name -> (shape, bytes) of all tensors of 32-bit floats."""
    with zipfile.ZipFile(wheel) as package:
        index = package.read(CHECKPOINT + ".index")
        data = package.read(CHECKPOINT + ".data-00000-of-00001")
    at = len(index) - 48
    for _ in range(2):  # the block of meta data, which is not needed
        _, at = varint(index, at)
    first, at = varint(index, at)
    size, at = varint(index, at)
    tensors = {}
    for _, handle in block(index, first, size):
        place, at = varint(handle, 0)
        for name, entry in block(index, place, varint(handle, at)[0]):
            fields = message(entry)
            if not name or fields.get(1, [0])[0] != FLOAT32:
                continue
            shape = [message(d).get(1, [0])[0] for d in message(fields[2][0]).get(2, [])] if 2 in fields else []
            offset, length = fields.get(4, [0])[0], fields[5][0]
            tensors[name.decode()] = (shape, data[offset:offset + length])
    return tensors


def numbered(name, i):
    return f"{name}_{i}" if i else name


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    checkpoint = read_checkpoint(sys.argv[1])
    ear = {}
    for i, layer in enumerate(["input"] + CONVOLUTIONS):
        for ours, theirs in NORM.items():
            ear[f"{layer}.norm.{ours}"] = checkpoint[f"{numbered('batch_normalization', i)}/{theirs}"]
    for i, layer in enumerate(CONVOLUTIONS):
        for part in ("kernel", "bias"):
            ear[f"{layer}.{part}"] = checkpoint[f"{numbered('conv2d', i)}/{part}"]
    header = {"__metadata__": {"layout": "kernels [time, frequency, in, out]; batch norm with epsilon 1e-3 after ReLU",
                               "source": "musicnn 0.1.0 (Python package index), MSD_musicnn, ISC licence"}}
    offset = 0
    for name in sorted(ear):
        shape, numbers = ear[name]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(numbers)]}
        offset += len(numbers)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(ear):
            out.write(ear[name][1])


if __name__ == "__main__":
    main()
