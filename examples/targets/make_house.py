#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes house.nbt, a house of four kinds of blocks, as a structure of Minecraft 1.12.

Usage: make_house.py examples/targets/house.nbt
"""
import gzip
import struct
import sys

KEYS = {"c": "cobblestone", "p": "planks", "g": "glass", "b": "brick_block"}
FLOOR = ["cccccc"] * 5
LAYERS = [  # from the floor up; rows from north to south, columns from west to east
    FLOOR,
    ["pppppp", "p    p", "p    p", "p    p", "pp ppp"],
    ["ppggpp", "g    g", "p    p", "g    g", "pp ppp"],
    ["pppppp", "p    p", "p    p", "p    p", "pppppp"],
    ["bbbbbb", "b    b", "b    b", "b    b", "bbbbbb"],
    ["      ", "bbbbbb", "bbbbbb", "bbbbbb", "      "],
]


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def named(kind, name, payload):
    return bytes([kind]) + text(name) + payload


def integers(values):
    return struct.pack(">bi", 3, len(values)) + b"".join(struct.pack(">i", value) for value in values)


def compounds(members):
    return struct.pack(">bi", 10, len(members)) + b"".join(member + b"\0" for member in members)


def main(path):
    names = list(KEYS)
    blocks = [
        named(9, "pos", integers([x, y, z])) + named(3, "state", struct.pack(">i", names.index(key)))
        for y, layer in enumerate(LAYERS)
        for z, row in enumerate(layer)
        for x, key in enumerate(row)
        if key != " "
    ]
    root = (
        named(9, "size", integers([len(FLOOR[0]), len(LAYERS), len(FLOOR)]))
        + named(9, "palette", compounds([named(8, "Name", text("minecraft:" + name)) for name in KEYS.values()]))
        + named(9, "blocks", compounds(blocks))
        + named(9, "entities", compounds([]))
        + named(3, "DataVersion", struct.pack(">i", 1343))
    )
    with open(path, "wb") as file:
        file.write(gzip.compress(named(10, "", root) + b"\0", mtime=0))
    print(len(blocks), "blocks")


if __name__ == "__main__":
    main(sys.argv[1])
