# SPDX-License-Identifier: Apache-2.0
"""Models step as shaders as they do on the CPU: two hundred steps of the same seed, in which half of the cells fire.

Vulkan's rasteriser copies the tables of WGSL for every cell, so that only small models step in that language."""

import os
import struct
import subprocess
import tempfile
import time
import unittest
import zlib
from pathlib import Path

import models
import numpy
import wgsl

STEPS = 200
SEED = 0x1234567890


def write_digit(file):
    """A seven, 28 pixels square, in grey."""
    pixels = numpy.zeros((28, 28), numpy.uint8)
    pixels[6:9, 7:21] = 255
    for row in range(9, 23):
        column = 20 - (row - 9) * 8 // 13
        pixels[row, column - 1 : column + 2] = 255
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)
    Path(file).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


class Steps(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def run_nca(self, command, steps):
        file = self.folder / f"state{steps}.safetensors"
        result = models.nca(*command, "--seed", SEED, "--steps", steps, "--out", file)
        self.assertIn(result.get("fire_rate", 0.5), (0.5, 1.0))
        return models.read_state(file)

    def glsl(self, model, options, start, goal, steps):
        shader = self.folder / "model.glsl"
        models.export(model, shader, *options)
        (self.folder / "start").write_bytes(start.astype("<f4").tobytes())
        out = self.folder / "out"
        command = [os.environ["NCA_GLES_MODEL"], shader, self.folder / "start", out, *start.shape, SEED, steps, goal]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode == 77:
            models.lacking("there is no OpenGL ES without a display")
        self.assertEqual(done.returncode, 0, done.stderr)
        return numpy.frombuffer(out.read_bytes(), "<f4").reshape(start.shape)

    def wgsl(self, model, options, start, goal, steps):
        if wgsl.device() is None:
            models.lacking("there is no Vulkan rasteriser (Debian: mesa-vulkan-drivers)")
        return wgsl.step(models.export(model, self.folder / "model.wgsl", *options), start, steps, SEED, goal)

    def compare(self, model, command, options=(), goal=0, life=None, steps=STEPS, most=1e-3, languages=("GLSL",)):
        if not Path(model).exists():
            self.skipTest(f"there is no {model}")
        start = self.run_nca(command, 0)
        expected = self.run_nca(command, steps)
        self.assertGreater(numpy.abs(expected - start).max(), 0.1)
        for name in languages:
            with self.subTest(language=name):
                begin = time.monotonic()
                found = (self.glsl if name == "GLSL" else self.wgsl)(
                    model, options, start, goal, steps
                )
                seconds = time.monotonic() - begin
                worst = numpy.abs(found - expected).max()
                print(f"{Path(model).stem} {' '.join(options)} {name}: largest difference {worst:.2g}, "
                      f"{(found != expected).mean():.2%} of the values differ, {seconds:.0f} s", flush=True)
                self.assertTrue(numpy.isfinite(found).all())
                self.assertLessEqual(worst, most)
                if life is not None:
                    same = (found[:, :, life] > 0.1) == (expected[:, :, life] > 0.1)
                    self.assertGreater((expected[:, :, life] > 0.1).sum(), 100)
                    self.assertGreaterEqual(same.mean(), 0.999)

    def test_creature(self):
        model = models.OURS / "growing" / "lizard.safetensors"
        self.compare(model, ("run", model, "--height", 48, "--width", 44), life=3)

    def test_texture(self):
        model = models.OURS / "textures" / "bubbles.safetensors"
        self.compare(model, ("texture", "run", model, "--height", 40, "--width", 48))

    def test_texture_of_8_bits(self):
        """Sums in another order may end in the next of the 256 values, after which states part: a few do from step 9."""
        model = models.DATA / "textures" / "published" / "mondrian.safetensors"
        command = ("texture", "run", model, "--height", 40, "--width", 48, "--quantised")
        self.compare(model, command, options=("--quantised",), steps=8, most=0.0)

    def test_small_texture(self):
        model = models.DATA / "textures" / "munca" / "bubbly_0101_588.safetensors"
        self.compare(model, ("texture", "run", model, "--height", 40, "--width", 48), languages=("GLSL", "WGSL"))

    def test_digit(self):
        picture = self.folder / "seven.png"
        write_digit(picture)
        model = models.OURS / "mnist" / "l2_noise.safetensors"
        self.compare(model, ("mnist", "run", model, "--picture", picture))

    def test_goals(self):
        model = models.DATA / "goal_guided" / "100k_linear_encoder.pt"
        self.compare(model, ("run", model, "--height", 48, "--width", 44, "--goal", 3), goal=3, life=3)

    def test_isotropic(self):
        model = models.DATA / "isotropic" / "cadata.json"
        self.compare(model, ("run", model, "--height", 44, "--width", 48), life=3)
