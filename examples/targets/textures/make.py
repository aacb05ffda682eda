#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the texture targets beside this file by formulas: stripes, bubbles, weave, chequers, scales; 128x128, seamless.

Usage: make.py [FOLDER]
"""

import math
import random
import struct
import sys
import zlib
from pathlib import Path

SIDE = 128
SAMPLES = 3  # per pixel and axis


def mix(a, b, share):
    """The colour between two."""
    share = min(max(share, 0.0), 1.0)
    return tuple(x + (y - x) * share for x, y in zip(a, b))


def shade(colour, factor):
    return tuple(min(max(c * factor, 0.0), 1.0) for c in colour)


def wrapped(distance):
    """A distance along one axis of the torus."""
    return (distance + SIDE / 2) % SIDE - SIDE / 2


def stripes(x, y):
    """Wavy diagonal stripes in three colours, like a rolled cloth."""
    turn = 2 * math.pi / SIDE
    phase = 6 * turn * x + 4 * turn * y + 1.1 * math.sin(2 * turn * y) + 0.7 * math.sin(3 * turn * x - turn * y)
    band = math.sin(phase)
    colour = mix((0.16, 0.20, 0.42), (0.93, 0.80, 0.52), 0.5 + 1.6 * band)
    colour = mix(colour, (0.78, 0.26, 0.20), 5.0 * (math.cos(phase / 1.0 + 0.9) - 0.78))
    return shade(colour, 0.9 + 0.1 * math.sin(phase * 4))


def make_bubbles():
    """Discs of several sizes that do not overlap, each lit from above on the left."""
    draw = random.Random(7)
    discs = []
    for radius in [15] * 5 + [11] * 14 + [7] * 40 + [4] * 120:
        for _ in range(200):
            x, y = draw.uniform(0, SIDE), draw.uniform(0, SIDE)
            if all(math.hypot(wrapped(x - a), wrapped(y - b)) > radius + r + 0.5 for a, b, r in discs):
                discs.append((x, y, radius))
                break

    def bubbles(x, y):
        colour = (0.05, 0.20, 0.30)
        for a, b, radius in discs:
            dx, dy = wrapped(x - a) / radius, wrapped(y - b) / radius
            distance = math.hypot(dx, dy)
            if distance >= 1.0:
                continue
            colour = mix((0.20, 0.55, 0.62), (0.75, 0.93, 0.90), distance**4)
            colour = mix(colour, (1.0, 1.0, 1.0), 1.0 - 3.2 * math.hypot(dx + 0.38, dy + 0.42))
            colour = shade(colour, 1.0 - 0.3 * max(dx + dy, 0.0))
        return colour

    return bubbles


def weave(x, y):
    """Threads that pass over and under each other, eight each way."""
    pitch = SIDE / 8
    column, row = math.floor(x / pitch), math.floor(y / pitch)
    u, v = x / pitch - column - 0.5, y / pitch - row - 0.5
    over = (column + row) % 2 == 0
    if not over:
        u, v = v, u
    # The upper thread runs along v; where it ends, the lower one shows at both sides.
    warp, weft = (0.80, 0.58, 0.30), (0.55, 0.22, 0.16)
    upper, lower = (warp, weft) if over else (weft, warp)
    if abs(u) < 0.40:
        height = math.cos(math.pi * v) * 0.5 + 0.5
        fibre = 0.06 * math.sin(40 * u + 6 * v)
        return shade(upper, 0.45 + 0.55 * math.sqrt(max(1 - (u / 0.42) ** 2, 0)) * (0.55 + 0.45 * height) + fibre)
    if abs(v) < 0.40:
        return shade(lower, 0.30 + 0.25 * math.sqrt(max(1 - (v / 0.42) ** 2, 0)) + 0.05 * math.sin(40 * v))
    return (0.10, 0.07, 0.06)


def chequers(x, y):
    """A board of bevelled tiles, dark and light."""
    pitch = SIDE / 8
    column, row = math.floor(x / pitch), math.floor(y / pitch)
    u, v = x / pitch - column - 0.5, y / pitch - row - 0.5
    dark = (column + row) % 2 == 0
    colour = (0.13, 0.14, 0.20) if dark else (0.90, 0.87, 0.78)
    edge = max(abs(u), abs(v))
    if edge > 0.46:
        return (0.40, 0.34, 0.30)
    if edge > 0.36:
        lit = -u if abs(u) > abs(v) else -v
        return shade(colour, 1.25 if lit > 0 else 0.72) if not dark else mix(colour, (0.5, 0.5, 0.6), 0.5 if lit > 0 else 0)
    return colour


def scales(x, y):
    """Rows of overlapping scales, the upper ones in front."""
    pitch = SIDE / 8
    last = math.floor(2 * y / pitch)
    for row in range(last - 2, last + 1):
        top = row * pitch / 2
        shift = 0.5 * pitch * (row % 2)
        column = math.floor((x - shift) / pitch)
        centre = (column + 0.5) * pitch + shift
        du, dv = (x - centre) / (0.62 * pitch), (y - top) / (0.95 * pitch)
        distance = math.hypot(du, dv)
        if distance < 1.0:
            colour = mix((0.12, 0.35, 0.22), (0.70, 0.78, 0.30), dv)
            return shade(colour, 1.0 if distance < 0.88 else 0.45)
    return (0.05, 0.12, 0.08)


def render(colour_at):
    """The picture of a formula as rows of bytes, averaged over several points of each pixel."""
    rows = []
    for y in range(SIDE):
        row = bytearray()
        for x in range(SIDE):
            total = [0.0, 0.0, 0.0]
            for j in range(SAMPLES):
                for i in range(SAMPLES):
                    colour = colour_at(x + (i + 0.5) / SAMPLES, y + (j + 0.5) / SAMPLES)
                    total = [t + c for t, c in zip(total, colour)]
            row += bytes(round(255 * min(max(t / SAMPLES**2, 0.0), 1.0)) for t in total)
        rows.append(bytes(row))
    return rows


def png(rows):
    """The PNG file of rows of red, green and blue bytes."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    pictures = {"stripes": stripes, "bubbles": make_bubbles(), "weave": weave, "chequers": chequers, "scales": scales}
    for name, formula in pictures.items():
        (folder / f"{name}.png").write_bytes(png(render(formula)))


if __name__ == "__main__":
    main()
