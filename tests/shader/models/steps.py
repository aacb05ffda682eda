# SPDX-License-Identifier: Apache-2.0
"""Models step as shaders as they do on the CPU: two hundred steps of the same seed, in which half of the cells fire."""

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
# That of the first drawing of nca mnist run with this seed: Philox{SEED}.split(2, 0).key().
DRAWING_SEED = 3556056612787626821


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

    def glsl(self, model, options, start, goal, steps, seed):
        shader = self.folder / "model.glsl"
        models.export(model, shader, *options)
        (self.folder / "start").write_bytes(start.astype("<f4").tobytes())
        out = self.folder / "out"
        command = [os.environ["NCA_GLES_MODEL"], shader, self.folder / "start", out, *start.shape, seed, steps, goal]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode == 77:
            models.lacking("there is no OpenGL ES without a display")
        self.assertEqual(done.returncode, 0, done.stderr)
        return numpy.frombuffer(out.read_bytes(), "<f4").reshape(start.shape)

    def wgsl(self, model, options, start, goal, steps, seed, bind_tables=True):
        if wgsl.device() is None:
            models.lacking("there is no Vulkan rasteriser (Debian: mesa-vulkan-drivers)")
        text = models.export(model, self.folder / "model.wgsl", *options)
        return wgsl.step(text, start, steps, seed, goal, bind_tables)

    def compare(
        self,
        model,
        command,
        options=(),
        goal=0,
        life=None,
        steps=STEPS,
        most=1e-3,
        seed=SEED,
        languages=("GLSL", "WGSL"),
    ):
        """At most `most` of the largest value, or of 1."""
        if not Path(model).exists():
            self.skipTest(f"there is no {model}")
        start = self.run_nca(command, 0)
        expected = self.run_nca(command, steps)
        self.assertGreater(numpy.abs(expected - start).max(), 0.1)
        for name in languages:
            with self.subTest(language=name):
                begin = time.monotonic()
                found = (self.glsl if name == "GLSL" else self.wgsl)(model, options, start, goal, steps, seed)
                seconds = time.monotonic() - begin
                worst = numpy.abs(found - expected).max()
                largest = numpy.abs(expected).max()
                title = " ".join((Path(model).stem, *options, name))
                print(f"{title}: largest difference {worst:.2g} of {largest:.3g}, "
                      f"{(found != expected).mean():.2%} of the values differ, {seconds:.0f} s", flush=True)
                self.assertTrue(numpy.isfinite(found).all())
                self.assertLessEqual(worst, most * max(1.0, largest))
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
        """Sums in another order may end in the next of the 256 values, after which states part: after 12 steps in 20
        of 23,040 values."""
        model = models.DATA / "textures" / "published" / "mondrian.safetensors"
        command = ("texture", "run", model, "--height", 40, "--width", 48, "--quantised")
        self.compare(model, command, options=("--quantised",), steps=8, most=0.0)

    def test_small_texture(self):
        """With its tables in the text also in WGSL."""
        model = models.DATA / "textures" / "munca" / "bubbly_0101_588.safetensors"
        command = ("texture", "run", model, "--height", 24, "--width", 24)
        self.compare(model, command)
        if model.exists():
            start, expected = self.run_nca(command, 0), self.run_nca(command, 20)
            found = self.wgsl(model, (), start, 0, 20, SEED, bind_tables=False)
            self.assertLessEqual(numpy.abs(found - expected).max(), 1e-3)

    def run_digit(self, name):
        picture = self.folder / "seven.png"
        write_digit(picture)
        model = models.OURS / "mnist" / f"{name}.safetensors"
        return model, ("mnist", "run", model, "--picture", picture)

    def test_digit(self):
        """Not in GLSL: Mesa does not compile 67 kB of constants in four minutes."""
        self.compare(*self.run_digit("ce"), seed=DRAWING_SEED, languages=("WGSL",))

    def test_noise(self):
        self.compare(*self.run_digit("l2_noise"), seed=DRAWING_SEED, steps=20, languages=("WGSL",))

    def test_digit_of_8_bits(self):
        """Weights of 8 bits, which the program does not run: the languages agree, and grow what the floats do."""
        model, command = self.run_digit("ce")
        start = self.run_nca(command, 0)
        glsl = self.glsl(model, ("--int8",), start, 0, STEPS, DRAWING_SEED)
        wgsl_state = self.wgsl(model, ("--int8",), start, 0, STEPS, DRAWING_SEED)
        self.assertLessEqual(numpy.abs(glsl - wgsl_state).max(), 1e-3)
        ink = start[:, :, 0] > 0.1
        votes = [state[ink][:, -10:].argmax(axis=-1) for state in (glsl, self.run_nca(command, STEPS))]
        self.assertGreater((votes[0] == votes[1]).mean(), 0.9)

    def test_goals(self):
        model = models.DATA / "goal_guided" / "100k_linear_encoder.pt"
        self.compare(model, ("run", model, "--height", 48, "--width", 44, "--goal", 3), goal=3, life=3)

    def test_isotropic(self):
        model = models.DATA / "isotropic" / "cadata.json"
        self.compare(model, ("run", model, "--height", 44, "--width", 48), life=3)
