# SPDX-License-Identifier: Apache-2.0
"""Every model becomes a shader of every language that the compilers of the languages accept."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import models
import wgsl

# Tables alone: as many words as before, all of the same form.
WORD = re.compile(r"0x[0-9a-f]{1,8}u")


def compile_text(test, text, suffix, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["glslangValidator", *arguments, file.name], capture_output=True, text=True)
    test.assertEqual(done.returncode, 0, done.stdout)


class Validate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hlsl_seen = set()
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def glsl(self, text):
        for number in ("0", "1", "2"):
            if number == "1" and "NCA_PASS == 1" not in text:
                continue
            compile_text(self, text, ".frag", "-l", "-DNCA_PASS=" + number)

    def hlsl(self, text):
        """glslang takes time that grows faster than a table: one text of those that differ in words alone."""
        form = WORD.sub("0u", text[text.index("\n") :])
        if form in self.hlsl_seen:
            return
        self.hlsl_seen.add(form)
        for entry, stage in (("step_cells", "comp"), ("life", "comp"), ("corners", "vert"), ("show", "frag")):
            if f" {entry}(" in text:
                compile_text(self, text, ".hlsl", "-V", "-o", "/dev/null", "-D", "-S", stage, "-e", entry)

    def check(self, found):
        """The bytes of GLSL with weights of 8 bits, by system."""
        sizes = {}
        for system, model in found:
            # 8 bits for all creatures, whose size counts, and for one model of other systems.
            bytes_too = system == "growing" or system not in sizes
            for options in ((), ("--int8",)) if bytes_too else ((),):
                with self.subTest(model=model, options=options):
                    base = Path(self.folder.name) / "model"
                    text = models.export(model, f"{base}.glsl", *options)
                    if options:
                        sizes.setdefault(system, []).append(len(text))
                    self.glsl(text)
                    wgsl.validate(models.export(model, f"{base}.wgsl", *options))
                    text = models.export(model, f"{base}.hlsl", *options)
                    # Half a minute each for the floats of digits.
                    if options or system != "mnist":
                        self.hlsl(text)
        return sizes

    def require(self):
        if shutil.which("glslangValidator") is None:
            models.lacking("there is no glslangValidator (Debian: glslang-tools)")
        if wgsl.device() is None:
            models.lacking("there is no Vulkan rasteriser (Debian: mesa-vulkan-drivers)")

    def test_ours(self):
        self.require()
        sizes = self.check(models.ours())
        self.assertLess(max(sizes["growing"]), 60_000)

    def test_published(self):
        self.require()
        found = list(models.published())
        if not found:
            self.skipTest(f"there are no published models in {models.DATA}")
        sizes = self.check(found)
        print(f"{len(found)} published models; bytes of GLSL with 8 bits, at most:",
              {system: max(of) for system, of in sizes.items()})
        self.assertLess(max(sizes.get("growing", [0])), 60_000)

    def test_refused(self):
        """What a shader cannot hold ends in one sentence."""
        found = {str(file): "matrices" for file in (models.OURS / "adversarial").glob("*_matrix.safetensors")}
        found |= {str(file): "3 dimensions" for file in (models.DATA / "voxel").glob("dark_oak.safetensors")}
        self.assertTrue(found)
        for model, why in found.items():
            for language in ("glsl", "wgsl", "hlsl"):
                out = Path(self.folder.name) / f"refused.{language}"
                done = subprocess.run([models.PROGRAM, "export", model, out], capture_output=True, text=True)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertIn(why, done.stderr)
                self.assertFalse(out.exists())
