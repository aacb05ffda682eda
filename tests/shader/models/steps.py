# SPDX-License-Identifier: Apache-2.0
"""Models step as shaders as they do on the CPU: two hundred steps of the same seed, in which half of the cells fire."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import models
import numpy
import wgsl
from PIL import Image

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
    Image.fromarray(pixels).save(file)


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

    def export(self, model, language, options, in_picture):
        """A shader's text, and the pixels of its weights or None."""
        picture = self.folder / "weights.png"
        weights = ("--weights", picture) if in_picture else ()
        text = models.export(model, self.folder / f"model.{language}", *options, *weights)
        return text, numpy.asarray(Image.open(picture).convert("RGBA")) if in_picture else None

    def glsl(self, model, options, start, goal, steps, seed, in_picture):
        _, words = self.export(model, "glsl", options, in_picture)
        (self.folder / "start").write_bytes(start.astype("<f4").tobytes())
        (self.folder / "words").write_bytes(b"" if words is None else words.tobytes())
        files = [self.folder / name for name in ("model.glsl", "words", "start", "out")]
        command = [os.environ["NCA_GLES_MODEL"], *files, *start.shape, seed, steps, goal]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode == 77:
            models.lacking("there is no OpenGL ES without a display")
        self.assertEqual(done.returncode, 0, done.stderr)
        return numpy.frombuffer(files[-1].read_bytes(), "<f4").reshape(start.shape)

    def wgsl(self, model, options, start, goal, steps, seed, in_picture):
        if wgsl.device() is None:
            models.lacking("there is no Vulkan rasteriser (Debian: mesa-vulkan-drivers)")
        text, words = self.export(model, "wgsl", options, in_picture)
        return wgsl.step(text, words, start, steps, seed, goal)

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
        pictures=("WGSL",),
    ):
        """At most `most` of the largest value, or of 1. The languages of `pictures` have the weights in a picture, which
        the rasteriser of Vulkan reads faster than constants, and that of OpenGL ES where they are many."""
        if not Path(model).exists():
            self.skipTest(f"there is no {model}")
        start = self.run_nca(command, 0)
        expected = self.run_nca(command, steps)
        self.assertGreater(numpy.abs(expected - start).max(), 0.1)
        for name, run in (("GLSL", self.glsl), ("WGSL", self.wgsl)):
            with self.subTest(language=name):
                begin = time.monotonic()
                found = run(model, options, start, goal, steps, seed, name in pictures)
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
        """The same states, as the program steps them without fused products."""
        model = models.DATA / "textures" / "published" / "mondrian.safetensors"
        command = ("texture", "run", model, "--height", 40, "--width", 48, "--quantised")
        self.compare(model, command, options=("--quantised",), most=0.0)

    def test_small_texture(self):
        """With its weights in the text, and in a picture, in both languages."""
        model = models.DATA / "textures" / "munca" / "bubbly_0101_588.safetensors"
        command = ("texture", "run", model, "--height", 24, "--width", 24)
        self.compare(model, command, pictures=("GLSL", "WGSL"))
        self.compare(model, command, steps=20, pictures=())

    def run_digit(self, name):
        picture = self.folder / "seven.png"
        write_digit(picture)
        model = models.OURS / "mnist" / f"{name}.safetensors"
        return model, ("mnist", "run", model, "--picture", picture)

    def test_digit(self):
        self.compare(*self.run_digit("ce"), seed=DRAWING_SEED, pictures=("GLSL", "WGSL"))

    def test_noise(self):
        self.compare(*self.run_digit("l2_noise"), seed=DRAWING_SEED, steps=20, pictures=("GLSL", "WGSL"))

    def test_digit_of_8_bits(self):
        """Weights of 8 bits, which the program does not run: the languages agree, and grow what the floats do."""
        model, command = self.run_digit("ce")
        start = self.run_nca(command, 0)
        glsl = self.glsl(model, ("--int8",), start, 0, STEPS, DRAWING_SEED, in_picture=False)
        wgsl_state = self.wgsl(model, ("--int8",), start, 0, STEPS, DRAWING_SEED, in_picture=True)
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
