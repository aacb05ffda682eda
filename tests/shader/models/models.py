# SPDX-License-Identifier: Apache-2.0
"""The models of the tests, and the program that exports and runs them."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import numpy

PROJECT = Path(__file__).resolve().parents[3]
OURS = PROJECT / "examples" / "models"
DATA = Path(os.environ.get("NCA_DATA") or PROJECT.parent / "shared" / "data")
PROGRAM = os.environ["NCA_PROGRAM"]


def nca(*arguments):
    """What the program prints, as an object."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"nca {' '.join(map(str, arguments))}: {done.stderr}")
    return json.loads(done.stdout)


def lacking(what):
    """Skips a test for lack of a tool, which continuous integration has."""
    if os.environ.get("CI"):
        raise AssertionError(what)
    raise unittest.SkipTest(what)


def export(model, file, *options):
    """The text of a shader."""
    nca("export", model, file, *options)
    return Path(file).read_text()


def ours():
    """System and file of every model of this repository."""
    for system in ("growing", "textures", "mnist"):
        for file in sorted((OURS / system).glob("*.safetensors")):
            yield system, str(file)
    yield "growing", str(OURS / "adversarial" / "no_tail_adversary.safetensors")
    yield "mnist", str(OURS / "adversarial" / "always8.safetensors")


def published():
    """System and file, or member of a collection, of the models of the data folder that are there."""
    patterns = {
        "growing": ("growing/published_json/*.json", "adversarial/growing_*.safetensors"),
        "mnist": ("mnist/published_model.json", "mnist/mnist_*.safetensors", "adversarial/mnist_*.safetensors"),
        "textures": tuple(f"textures/{folder}/*.safetensors" for folder in ("published", "grafting", "munca")),
        "goals": ("goal_guided/*.pt",),
        "isotropic": ("isotropic/cadata.json",),
    }
    for system, globs in patterns.items():
        for pattern in globs:
            for file in sorted(DATA.glob(pattern)):
                yield system, str(file)
    collection = DATA / "textures" / "published_models.json"
    if collection.exists():
        for name in nca("info", collection)["models"]:
            yield "textures", f"{collection}:{name}"


def read_state(file):
    """The tensor 'state' of a file of safetensors."""
    data = Path(file).read_bytes()
    size = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8 : 8 + size])["state"]
    begin, end = entry["data_offsets"]
    return numpy.frombuffer(data[8 + size + begin : 8 + size + end], "<f4").reshape(entry["shape"])
