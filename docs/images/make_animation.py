#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes animation.webp, the four systems side by side, with the program nca and the models of the repository.

Needs Pillow. Usage, in the root of the repository: make_animation.py build/release/bin/nca docs/images/animation.webp
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageSequence

SIDE, GAP, FRAMES = 192, 6, 60
MODELS = "examples/models/"
MIDDLE = (12 / 72, 12 / 72, 60 / 72, 60 / 72)
# The arguments of each film, and the part of its picture that is shown, 48 x 48 cells, as fractions: left, top, right,
# bottom.
FILMS = [
    (f"run {MODELS}growing/lizard.safetensors --steps 480 --frame-every 8 --damage 208:44,50,14", MIDDLE),
    (f"mnist run {MODELS}mnist/l2_noise.safetensors --picture examples/digits/chimeras.png --fit 0 --scale 4"
     " --steps 60 --frame-every 1", (28 / 104, 0, 76 / 104, 1)),
    (f"texture run {MODELS}textures/bubbles.safetensors --height 48 --width 48 --scale 4 --steps 120 --frame-every 2",
     (0, 0, 1, 1)),
    (f"run {MODELS}growing/lizard.safetensors --steps 480 --frame-every 8 --seed 2"
     f" --perturb {MODELS}adversarial/red_matrix.safetensors:1 --perturb-steps 208-479", MIDDLE),
]


def frames_of(program, arguments, part, folder):
    film = Path(folder, "film.webp")
    subprocess.run([program, *arguments.split(), "--out", film], check=True, stdout=subprocess.DEVNULL)
    with Image.open(film) as images:
        for image in ImageSequence.Iterator(images):
            size = (image.width, image.height) * 2
            box = [round(fraction * length) for fraction, length in zip(part, size)]
            yield image.convert("RGB").crop(box).resize((SIDE, SIDE), Image.Resampling.BOX)


def main(program, output):
    with tempfile.TemporaryDirectory() as folder:
        columns = [list(frames_of(program, arguments, part, folder))[:FRAMES] for arguments, part in FILMS]
    width = len(FILMS) * (SIDE + GAP) - GAP
    film = []
    for row in zip(*columns, strict=True):
        film.append(Image.new("RGB", (width, SIDE), "white"))
        for column, image in enumerate(row):
            film[-1].paste(image, (column * (SIDE + GAP), 0))
    durations = [100] * (len(film) - 1) + [1500]
    film[0].save(output, save_all=True, append_images=film[1:], duration=durations, loop=0, quality=52, method=6)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
