#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small seeds from which the fuzzers start: tests/fuzz/corpus/<fuzzer>/<name>.

Usage: make_corpus.py [folder of the corpora]
"""

import base64
import json
import struct
import sys
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


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus"
    corpora = {"json": JSON, "safetensors": SAFETENSORS, "quantized_json": LAYERS, "tensorflow_graph": GRAPH,
               "texture_collection": COLLECTION}
    for fuzzer, seeds in corpora.items():
        folder = root / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
