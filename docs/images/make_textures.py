#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes textures_results.png, textures_worlds.png and textures_graft.png with the program nca and the models of the
repository.

Needs Pillow. Usage, in the root of the repository: make_textures.py build/release/bin/nca docs/images
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

SIDE, GAP = 256, 6
MODELS = "examples/models/textures/"
TARGETS = "examples/targets/textures/"
NAMES = ["weave", "scales", "chequers", "bubbles", "stripes"]
WORLDS = [
    f"run {MODELS}chequers.safetensors --lattice hex",
    f"run {MODELS}weave.safetensors --rotate 45",
    f"run {MODELS}weave.safetensors --alignment polar --height 192 --width 192",
    f"run {MODELS}weave.safetensors --alignment bipolar --height 192 --width 192",
    f"run {MODELS}chequers.safetensors --speeds 0.15,0.5 --steps 60",
    f"run {MODELS}chequers.safetensors --late-border 1000 --steps 1015",
    f"run {MODELS}chequers.safetensors --show channels",
    f"run {MODELS}chequers.safetensors --show components",
]
GRAFT = f"graft {MODELS}chequers.safetensors {MODELS}bubbles.safetensors"


def picture(program, arguments):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "picture.png")
        subprocess.run([program, "texture", *arguments.split(), "--out", file], check=True, stdout=subprocess.DEVNULL)
        with Image.open(file) as image:
            return image.convert("RGB")


def fitted(image, width, height):
    """The image in the middle of a white tile."""
    scale = min(width / image.width, height / image.height)
    size = round(image.width * scale), round(image.height * scale)
    tile = Image.new("RGB", (width, height), "white")
    tile.paste(image.resize(size, Image.Resampling.BOX), ((width - size[0]) // 2, (height - size[1]) // 2))
    return tile


def save(rows, path):
    """Rows of tiles of equal heights, as one picture."""
    width = max(sum(tile.width + GAP for tile in row) for row in rows) - GAP
    sheet = Image.new("RGB", (width, sum(row[0].height + GAP for row in rows) - GAP), "white")
    y = 0
    for row in rows:
        x = 0
        for tile in row:
            sheet.paste(tile, (x, y))
            x += tile.width + GAP
        y += row[0].height + GAP
    sheet.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main(program, folder):
    square = (SIDE, SIDE)
    targets = [fitted(Image.open(f"{TARGETS}{name}.png").convert("RGB"), *square) for name in NAMES]
    textures = [fitted(picture(program, f"run {MODELS}{name}.safetensors"), *square) for name in NAMES]
    save([targets, textures], Path(folder, "textures_results.png"))
    worlds = [fitted(picture(program, arguments), *square) for arguments in WORLDS]
    save([worlds[:4], worlds[4:]], Path(folder, "textures_worlds.png"))
    graft = [fitted(picture(program, f"{GRAFT} --mask disc"), *square),
             fitted(picture(program, f"{GRAFT} --mask strip"), 4 * SIDE, SIDE)]
    save([graft], Path(folder, "textures_graft.png"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
