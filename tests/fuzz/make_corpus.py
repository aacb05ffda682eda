#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small seeds from which the fuzzers start: tests/fuzz/corpus/<fuzzer>/<name>.

Usage: make_corpus.py [folder of the corpora]
"""

import base64
import gzip
import io
import json
import math
import struct
import sys
import zipfile
import zlib
from pathlib import Path

JSON = {
    "kinds": '{"a": [1, -2.5e3, "x", null, true, false, {}], "b": {"c": []}}',
    "numbers": "[0, -0, -0.0, 1e-5, 1E+16, 9007199254740993, 18446744073709551615, 18446744073709551616, 5e-324]",
    "escapes": '["\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u00e9\\uD83E\\uDD8E", "\u00e9\u20ac\U0001F98E"]',
    "nested": "[[[[[[{\"a\":[[[]]]}]]]]]]",
}


def safetensors(header, data):
    text = header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text.encode() + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


SAFETENSORS = {
    "empty": safetensors({}, b""),
    "floats": safetensors(
        {
            "__metadata__": {"system": "growing", "seed": "7"},
            "d": entry("F64", [1], 0, 8),
            "f": entry("F32", [2, 1], 8, 16),
            "h": entry("F16", [2], 16, 20),
            "b": entry("BF16", [2], 20, 24),
        },
        struct.pack("<dff2e2H", 0.1, 1.5, float("nan"), 0.5, -2.0, 0x3F80, 0xFF80),
    ),
    "integers": safetensors(
        {
            f"{name}{i}": entry(name, [1] * i, offset, offset + size)
            for i, (name, size, offset) in enumerate(
                [("I64", 8, 0), ("I32", 4, 8), ("I16", 2, 12), ("I8", 1, 14), ("BOOL", 1, 15),
                 ("U64", 8, 16), ("U32", 4, 24), ("U16", 2, 28), ("U8", 1, 30)]
            )
        },
        bytes(range(31)),
    ),
    "zero_extent": safetensors({"e": entry("F32", [0, 4], 0, 0), "a": entry("U8", [3], 0, 3)}, b"abc"),
    "overlap": safetensors({"a": entry("U8", [4], 0, 4), "b": entry("U8", [4], 2, 6)}, bytes(6)),
    "overflow": safetensors({"a": entry("F64", [2**32, 2**32], 0, 0)}, b""),
}


def layer(inputs, outputs, kind, scale):
    values = (inputs + 1) * outputs
    if kind == "uint8":
        data = bytes(i * 37 % 256 for i in range(values))
    else:
        data = struct.pack(f"<{values}f", *(i / 8 - 1 for i in range(values)))
    return {
        "data_b64": base64.b64encode(data).decode(),
        "in_ch": inputs,
        "out_ch": outputs,
        "weight_scale": scale,
        "bias_scale": scale,
        "type": kind,
    }


LAYERS = {
    "two_layers": json.dumps([layer(3, 4, "uint8", 1.25), layer(4, 2, "uint8", 0.5)]),
    "float32": json.dumps([layer(2, 2, "float32", 1.0)]),
    "mixed": json.dumps([layer(1, 1, "uint8", 0), layer(1, 1, "float32", 1)]),
    "base64": "Zm9vYg==",
}


def graph(*nodes):
    return json.dumps({"format": "graph-model", "modelTopology": {"node": nodes}, "weightsManifest": []})


def constant(name, dtype, sizes, **data):
    shape = {"dim": [{"size": str(size)} for size in sizes]} if sizes else {}
    tensor = {"dtype": dtype, "tensorShape": shape, **data}
    return {"name": name, "op": "Const", "attr": {"value": {"tensor": tensor}, "dtype": {"type": dtype}}}


def raw(*values):
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


GRAPH = {
    "content": graph(
        {"name": "x", "op": "Placeholder"},
        constant("kernel", "DT_FLOAT", [1, 1, 2, 2], tensorContent=raw(1, -2, 0.5, 3e38)),
        constant("stack", "DT_INT32", [1], tensorContent="AAAAAA=="),
    ),
    "numbers": graph(
        constant("filled", "DT_FLOAT", [3, 5], floatVal=[0.1]),
        constant("listed", "DT_FLOAT", [2], floatVal=[1, -2.5]),
        constant("scalar", "DT_FLOAT", [], floatVal=[0.1]),
    ),
    "overflow": graph(constant("large", "DT_FLOAT", [65536, 65536, 65536], floatVal=[1])),
    "infinite": graph(constant("bias", "DT_FLOAT", [2], tensorContent=raw(1, float("inf")))),
}


def collection_layer(scale, shape, layout):
    width, height = layout[0] * ((shape[1] + 3) // 4), layout[1] * shape[0]
    pixels = bytes([width, height]) + bytes(i % 256 for i in range(width * height * 4))
    return {"scale": scale, "data": "data:image/png;base64," + base64.b64encode(pixels).decode(), "shape": shape,
            "quant_scale_zero": [2.0, 0.0], "layout": layout}


COLLECTION = {
    "two_models": json.dumps({"model_names": ["a", "b"], "layers": [
        collection_layer(2.0, [3, 5], [2, 1]), collection_layer(0.5, [6, 3], [1, 2])]}),
    "few_tiles": json.dumps({"model_names": ["a", "b"], "layers": [collection_layer(1.0, [2, 4], [1, 1])]}),
}


def pickled_text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def pickled_tensor(shape, strides, kind="FloatStorage", elements=6):
    sizes = [b"(" + b"".join(b"K" + bytes([value]) for value in values) + b"t" for values in (shape, strides)]
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + pickled_text("storage") + b"ctorch\n" + kind.encode() + b"\n" +
            pickled_text("0") + pickled_text("cpu") + b"K" + bytes([elements]) + b"tQK\0" + sizes[0] + sizes[1] +
            b"\x89ccollections\nOrderedDict\n)RtR")


def pickled_dict(**items):
    return b"}(" + b"".join(pickled_text(key) + value for key, value in items.items()) + b"u"


PICKLES = {
    "state_dict": pickled_dict(w=pickled_tensor([2, 3], [3, 1]), b=pickled_tensor([3, 2], [1, 3])),
    "checkpoint": pickled_dict(model=pickled_dict(w=pickled_tensor([6], [1])), epoch=b"K\3", loss=b"G12345678"),
    "kinds": b"](" + pickled_tensor([3], [1], "DoubleStorage", 3) + pickled_tensor([24], [1], "BoolStorage", 24) + b"e",
    "memo": b"}q\0" + pickled_text("a") + b"q\1" + pickled_tensor([1], [1]) + b"q\2sh\0",
    "opcodes": b"(N\x88\x89J\1\0\0\0M\1\0\x8a\1\1\x8c\1a)\x85\x86t]a",
}


def archive(pickle):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as file:
        for name, content in {"m/data.pkl": pickle, "m/byteorder": b"little", "m/data/0": bytes(24)}.items():
            file.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


PYTORCH = {name: b"\x80\2" + pickle + b"." for name, pickle in PICKLES.items()}
PYTORCH["archive"] = archive(PYTORCH["state_dict"])


def idx(magic, *extents):
    count = 1
    for extent in extents:
        count *= extent
    return struct.pack(f">{1 + len(extents)}I", magic, *extents) + bytes(i * 37 % 256 for i in range(count))


IDX = {
    "images": idx(2051, 2, 3, 4),
    "labels": struct.pack(">2I", 2049, 3) + bytes([0, 5, 9]),
    "empty": idx(2051, 0, 28, 28),
    "overflow": struct.pack(">4I", 2051, 0x10000, 0x10000, 0x10000),
    "records": struct.pack(">3I4I", 0xC02, 2, 2, 7, 1, 9, 0),
    "packed": b"".join(gzip.compress(part, mtime=0) for part in (idx(2051, 1, 2, 2)[:9], idx(2051, 1, 2, 2)[9:])),
    "packed_zeros": gzip.compress(struct.pack(">2I", 2049, 100000) + bytes(100000), mtime=0),
    "packed_short": gzip.compress(idx(2051, 1, 2, 2), mtime=0)[:-9],
}

DESCRIPTION = {
    "nca.format": "1",
    "nca.dimensions": "2",
    "nca.channels": "4",
    "nca.hidden": "2",
    "nca.perception": "identity,sobel_x",
    "nca.perception_order": "filter-major: filter * channels + channel",
    "nca.boundary": "zero",
    "nca.fire_rate": "0.5",
    "nca.life_channel": "3",
    "nca.life_threshold": "0.1",
}


def lines(**changes):
    return "\n".join(f"{key}={value}" for key, value in {**DESCRIPTION, **changes}.items())


DESCRIPTIONS = {
    "whole": lines(),
    "other_words": lines(**{"nca.life_threshold": "1e-1", "nca.boundary": "torus", "nca.fire_rate": "1",
                            "training.fire_rate": "0.25", "foreign": "x"}),
    "other_order": lines(**{"nca.perception_order": "channel-major", "nca.noise": "0"}),
    "unknown_key": lines(**{"nca.moon": "full"}),
}


def small_model(**metadata):
    shapes = {"perceive_to_hidden.weight": [2, 8], "perceive_to_hidden.bias": [2], "hidden_to_update.weight": [4, 2],
              "hidden_to_update.bias": [4]}
    header, size = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in shapes.items():
        end = size + 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = entry("F32", shape, size, end)
        size = end
    return safetensors(header, struct.pack(f"<{size // 4}f", *(i / 16 - 1 for i in range(size // 4))))


MODEL = {
    "plain": small_model(),
    "described": small_model(**DESCRIPTION),
    "interleaved": small_model(**{"nca.perception_order": "channel-major", "nca.fire_rate": "1"}),
    "layers": json.dumps([layer(8, 2, "uint8", 1.25), layer(2, 4, "float32", 1)]),
    "graph": graph(constant("w", "DT_FLOAT", [1, 1, 8, 2], floatVal=[0.5]),
                   constant("b", "DT_FLOAT", [2], floatVal=[0]),
                   constant("v", "DT_FLOAT", [1, 1, 2, 4], floatVal=[1]), constant("c", "DT_FLOAT", [4], floatVal=[0])),
}


def snapshot(cells, channels=4, height=3, width=5):
    header = struct.pack("<Q4i2Q2dfIII", 0x31304E534143_4E2E, channels, height, width, len(cells), 7, 9, 0.5, 0.25, 1.0,
                         3, 0, 0)
    return header + b"".join(struct.pack(f"<i{channels}f", cell, *([0.5] * channels)) for cell in cells)


def extended_snapshot(cells, species, dimensions=2, channels=4, height=3, width=5, depth=1, count=2):
    plain = snapshot(cells, channels, height, width)
    return (struct.pack("<Q", 0x32304E534143_4E2E) + plain[8:72] + struct.pack("<3i", dimensions, depth, count)
            + plain[72:] + bytes(species))


SNAPSHOT = {"empty": snapshot([]), "cells": snapshot([0, 7, 14]), "unordered": snapshot([7, 7]),
            "species": extended_snapshot([0, 7, 14], [0, 1] * 7 + [1]), "no_species": extended_snapshot([3], [2] * 15)}


def tensors_file(metadata=None, **tensors):
    """A file of (dtype, shape, data)."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = entry(dtype, shape, len(data), len(data) + len(content))
        data += content
    return safetensors(header, data)


def replacing(metadata=None, **tensors):
    return b"\1" + tensors_file(metadata, **tensors)


def int32s(*values):
    return "I32", [len(values)], struct.pack(f"<{len(values)}i", *values)


def float32s(shape, *values):
    return "F32", shape, struct.pack(f"<{len(values)}f", *values)


# The rest of a checkpoint is the target's own; these are edits of it, and what replaces parts of it.
CHECKPOINT = {
    "unchanged": b"\0",
    "edits": b"\0\1\0A\2\0B\7\7C",
    "file": b"\1" + SAFETENSORS["floats"],
    "steps": replacing({"optimiser steps": "9223372036854775807"}),
    "iterations": replacing({"iteration": "3"}, losses=float32s([3], 1, float("nan"), 3)),
    "negative": replacing({"iteration": "-1"}),
    "other_run": replacing({"extents": "4\nx 5"}),
    "labels": replacing(**{"pool.labels": int32s(-1, 2**31 - 1)}),
    "no_cells": replacing(**{"pool.counts": int32s(0, 0), "pool.positions": int32s(), "pool.values": float32s([0, 4])}),
    "two_cells": replacing(**{"pool.counts": int32s(1, 1), "pool.positions": int32s(7, 28),
                              "pool.values": float32s([2, 4], *[1.0] * 7, 1e38)}),
    "border": replacing(**{"pool.counts": int32s(1, 1), "pool.positions": int32s(6, 35),
                           "pool.values": float32s([2, 4], *[0.0] * 8)}),
    "many_cells": replacing(**{"pool.counts": int32s(2**31 - 1, 2**31 - 1)}),
}

IDENTIFY = {
    "perturbation": tensors_file(tail=float32s([16, 16], *([1.0] + [0.0] * 16) * 15, 1.0)),
    "two_names": tensors_file(**{"a\nb": float32s([1], 0.0), "c": float32s([1], 0.0)}),
    "micro": tensors_file({"filters": "LLXY"}, **{"update.weight": float32s([4, 16], *[0.1] * 64),
                                                   "update.bias": float32s([4], *[0.0] * 4)}),
    "system": tensors_file({"nca.system": "mnist"}, **{"perceive_to_hidden.weight": float32s([1, 180], *[0.0] * 180)}),
    "texture": tensors_file({"kernel_divisor": "1", "clamp": "x"},
                            **{"hidden_to_update.weight": float32s([12, 1], *[0.0] * 12)}),
    "port": archive(b"\x80\2" + pickled_dict(**{"fc0.weight": pickled_tensor([1, 3], [3, 1]),
                                              "fc1.weight": pickled_tensor([3, 1], [1, 1])}) + b"."),
    "layers": LAYERS["two_layers"],
    "graph": MODEL["graph"],
    "collection": COLLECTION["few_tiles"],
    "web_page": "<!DOCTYPE html>",
}


def convolutional(options, kernel, *matrices, **more):
    """Options of the reader, then a file of kernels and the layers behind them."""
    tensors = {"conv.weight": kernel, "conv.bias": kernel[:1], **{f"fc{i}.weight": m for i, m in enumerate(matrices)}}
    full = {name: float32s(shape, *[0.25] * math.prod(shape)) for name, shape in tensors.items()}
    return options + tensors_file(**full, **more)


CONVOLUTIONS = {
    "depthwise": convolutional(b"\0", [8, 1, 3, 3], [3, 8], [4, 3]),
    "folded": convolutional(b"\1", [2, 4, 3, 3], [3, 2], [4, 3]),
    "learned": convolutional(b"\2", [2, 4, 3, 3], [4, 2]),
    "concatenated": convolutional(b"\4", [4, 1, 3, 3], [3, 8], [4, 3], fire_rate=float32s([], 1.0)),
    "digits": convolutional(b"\0", [3, 5, 3, 3], [3, 3], [4, 3]),
    "line": convolutional(b"\0", [2, 4, 3], [3, 2], [4, 3]),
    "volume": convolutional(b"\1", [2, 3, 3, 3, 3], [3, 2], [3, 3]),
    "overflow": convolutional(b"\1", [1, 1, 3, 3], [1, 1], **{"a.b": float32s([1], 3e38)}),
}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, extra=b"", interlaced=0, apple=False):
    header = struct.pack(">2I5B", width, height, depth, colour, 0, 0, interlaced)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    if apple:  # neither header nor check sum
        pixels = pixels[2:-4]
    first = chunk(b"CgBI", b"\x50\0\x20\2") if apple else b""
    return (b"\x89PNG\r\n\x1a\n" + first + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) +
            chunk(b"IEND", b""))


def exif(order):
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, order, 0, 0)


def riff(*chunks):
    data = b"WEBP" + b"".join(name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
                              for name, content in chunks)
    return b"RIFF" + struct.pack("<I", len(data)) + data


def bitmap(depth, colours, rows):
    first = 54 + len(colours)
    return (b"BM" + struct.pack("<IHHIIiiHHIIiiII", first + len(rows), 0, 0, first, 40, 2, 2, 1, depth, 0, len(rows), 0,
                                0, len(colours) // 4, 0) + colours + rows)


GIF_HEADER = b"GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff"
GIF_FRAME = b"\x21\xf9\4\1\5\0\1\0,\0\0\0\0\2\0\2\0\0\2\2\x44\x4a\0"

# 4 x 4 pixels by libwebp, 8 x 8 with alpha at quality 10, and 8 x 8, grey and progressive, by libjpeg-turbo.
LOSSLESS = base64.b64decode(
    "UklGRjwAAABXRUJQVlA4TC8AAAAvA8AAEH9AJmCx8epfWYVhuAGDkgABUJSRLOwfCAIgFrRo0aJFixYtOiL6H6Cc7gA=")
LOSSY = base64.b64decode(
    "UklGRowAAABXRUJQVlA4WAoAAAAQAAAABwAABwAAQUxQSCAAAAABmTJE9D9gJgCZfRKoI+YKY6sQMQETsEeF/KEiBYwkRVZQOCBGAAAA0AEA"
    "nQEqCAAIAAdAliWoAnQA89ts4UAA/sA+d5UXO3VvmRVmHMaFy4RZko2A0wHfEC3zJzvqla6cELQ+bgxpyhXv4HyAAA==")
GREY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8"
    "ybqmx5moq6T/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQR"
    "BRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4"
    "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEB"
    "AAA/AK1rbReQJplJUkAADrX/2Q==")
PROGRESSIVE_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7"
    "gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    "fHx8fHx8fHz/wgARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAVAQEBAAAAAAAAAAAAAAAAAAAAAf/a"
    "AAwDAQACEAMQAAABgT//xAAWEAADAAAAAAAAAAAAAAAAAAAAASH/2gAIAQEAAQUCiP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
    "AQMBAT8Bf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8Bf//EABkQAAEFAAAAAAAAAAAAAAAAAAABESFBUf/aAAgBAQAG"
    "PwKknGP/xAAZEAEAAgMAAAAAAAAAAAAAAAABABEhMZH/2gAIAQEAAT8hSmwCmUem5//aAAwDAQACAAMAAAAQD//EABQRAQAAAAAA"
    "AAAAAAAAAAAAAAD/2gAIAQMBAT8Qf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8Qf//EABoQAQABBQAAAAAAAAAAAAAA"
    "AAEAIUFRYXH/2gAIAQEAAT8QESgGca1Tl5//2Q==")
CANVAS = b"\3\0\0" * 2  # width and height, less one
FRAME = bytes(6) + CANVAS + b"\x28\0\0\0" + LOSSLESS[12:]
APP1 = b"\xff\xe1" + struct.pack(">H", 8 + len(exif(6))) + b"Exif\0\0" + exif(6)

IMAGE = {
    "rgba": png(4, 2, 8, 6, [bytes(range(16))] * 2),
    "grey16": png(4, 3, 16, 0, [bytes(range(8))] * 3),
    "palette": png(4, 1, 2, 3, [b"\x1b"], chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\0\x80")),
    "turned": png(4, 2, 8, 2, [bytes(range(12))] * 2, chunk(b"eXIf", exif(6))),
    "unknown_chunk": png(1, 1, 8, 0, [b"\1"], chunk(b"A\nBC", b"")),
    "empty_block": png(1, 1, 8, 0, [b"\7"], chunk(b"IDAT", b"")),
    "interlaced": png(4, 4, 8, 4, [bytes(range(2 * n)) for n in (1, 1, 2, 2, 2, 4, 4)], interlaced=1),
    "missing_pixels": png(4, 1, 8, 0, [b"\1\2\3\4"], interlaced=1),
    "apple": png(2, 2, 8, 6, [bytes(range(8))] * 2, apple=True),
    "bitmap": bitmap(24, b"", bytes(range(16))),
    "bitmap_palette": bitmap(8, bytes(range(16)), b"\0\1\0\0\3\2\0\0"),
    "animation": GIF_HEADER + GIF_FRAME + GIF_FRAME + b";",
    "lossless": LOSSLESS,
    "lossy": LOSSY,
    "webp_turned": riff((b"VP8X", b"\x08\0\0\0" + CANVAS), (b"VP8L", LOSSLESS[20:]), (b"EXIF", exif(8))),
    "webp_animation": riff((b"VP8X", b"\x12\0\0\0" + CANVAS), (b"ANIM", bytes(6)), *[(b"ANMF", FRAME)] * 2),
    "grey_jpeg": GREY_JPEG,
    "progressive": PROGRESSIVE_JPEG,
    "turned_jpeg": GREY_JPEG[:20] + APP1 + GREY_JPEG[20:],
}


# Values of NBT: a number is an int, a pair a type and its bytes.
def nbt_value(value):
    if isinstance(value, int):
        return 3, struct.pack(">i", value)
    if isinstance(value, str):
        return 8, struct.pack(">H", len(value)) + value.encode()
    if isinstance(value, list):
        elements = [nbt_value(element) for element in value]
        kind = elements[0][0] if elements else 0
        return 9, struct.pack(">Bi", kind, len(value)) + b"".join(content for _, content in elements)
    if isinstance(value, dict):
        return 10, b"".join(nbt_member(name, member) for name, member in value.items()) + b"\0"
    return value


def nbt_member(name, value):
    kind, content = nbt_value(value)
    return struct.pack(">BH", kind, len(name)) + name.encode() + content


def structure(**members):
    blocks = [{"pos": [0, 0, 0], "state": 0}, {"pos": [1, 2, 3], "state": 1}, {"state": 2, "pos": [1, 0, 0]}]
    palette = [{"Name": "minecraft:air"},
               {"Properties": {"facing": "up", "extended": "false"}, "Name": "minecraft:piston"},
               {"Name": "minecraft:stone"}]
    return nbt_member("", {"size": [2, 3, 4], "entities": [], "blocks": blocks, "palette": palette, "DataVersion": 1343,
                           **members})


def vox_chunk(name, content, children=b""):
    return name + struct.pack("<2I", len(content), len(children)) + content + children


def vox(*chunks):
    return b"VOX " + struct.pack("<I", 150) + vox_chunk(b"MAIN", b"", b"".join(chunks))


VOX_SIZE = vox_chunk(b"SIZE", struct.pack("<3I", 4, 3, 2))
VOX_VOXELS = vox_chunk(b"XYZI", struct.pack("<I", 2) + bytes([0, 0, 0, 1, 3, 2, 1, 255]))

STRUCTURE = {
    "plain": structure(),
    "gzipped": gzip.compress(structure(), mtime=0),
    "other_members": structure(a=(1, b"\1"), b=(2, b"\1\2"), c=(4, bytes(8)), d=(5, bytes(4)), e=(6, bytes(8)),
                               f=(7, b"\0\0\0\2\1\2"), g=(11, b"\0\0\0\1" + bytes(4)),
                               h=(12, b"\0\0\0\1" + bytes(8)), i=[[["nested"], []]], j=[{}, {"k": 1}]),
    "many_elements": structure(i=(9, b"\x0a\x7f\xff\xff\xff")),
    "many_numbers": structure(i=(12, b"\xff\xff\xff\xff")),
    "no_elements": structure(i=(9, b"\0\x80\0\0\0")),
    "odd_names": structure(palette=[{"Name": "mineCraft:air"}, {"Name": "minecraft:minecraft:stone"}, {"Name": ":"}]),
    "largest": structure(size=[128, 128, 128], blocks=[{"pos": [127, 127, 127], "state": 1},
                                                       {"pos": [0, 0, 0], "state": 2}]),
    "vox": vox(VOX_SIZE, VOX_VOXELS, vox_chunk(b"RGBA", bytes(range(256)) * 4)),
    "vox_without_colours": vox(VOX_SIZE, VOX_VOXELS),
    "vox_several": vox(VOX_SIZE, VOX_VOXELS, VOX_SIZE, VOX_VOXELS),
    "vox_scene": vox(VOX_SIZE, VOX_VOXELS, vox_chunk(b"nTRN", struct.pack("<4i", 0, 0, 1, -1))),
}


RULE_FILE = {
    "coral": json.dumps({"$schema": "rule.schema.json", "channels": 10, "hidden": [32, 32], "activation": "tanh",
                         "perception": ["identity", "8*sobel_x", "sobel_y", "laplacian"], "boundary": "torus",
                         "fire_rate": 0.5, "life_channel": 3, "life_threshold": 0.1}),
    "given_life": json.dumps({"dimensions": 3, "channels": 5, "hidden": [], "activation": "leaky_relu",
                              "activation_slope": 0.01, "perception": "neighbourhood", "given_life_channel": 0,
                              "frozen": 1, "clamp": 2, "noise": 2e-2}),
    "per_channel": json.dumps({"channels": 2, "perception": "per channel and magnitudes:laplacian,sobel_x"}),
    "unknown_key": '{"channels": 10, "chan\nnels": 1}',
    "wrong_types": '{"channels": 1e300, "hidden": [null, -1]}',
    "hole": '{"channels": 10, "hidden": [32',
}


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus"
    corpora = {"json": JSON, "safetensors": SAFETENSORS, "quantized_json": LAYERS, "tensorflow_graph": GRAPH,
               "texture_collection": COLLECTION, "pytorch_file": PYTORCH, "idx": IDX, "model": MODEL,
               "snapshot": SNAPSHOT, "rule_description": DESCRIPTIONS, "checkpoint": CHECKPOINT,
               "image": IMAGE, "identify": IDENTIFY, "structure": STRUCTURE, "rule_file": RULE_FILE,
               "convolutions": CONVOLUTIONS}
    for fuzzer, seeds in corpora.items():
        folder = root / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
