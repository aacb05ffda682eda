#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a creature from Python with ctypes: grows it, cuts a hole, lets it heal, and writes an image.

Usage: demo.py LIBNCA_C MODEL OUT.pam [GOAL]; GOAL is for models with goals, counted from 0
"""
import ctypes
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

ABI_VERSION = 1
BOUNDARY_RULE = -1
PIXELS_RGBA = 0


def load(path):
    """The library, with the argument types of the functions that are used here."""
    nca = ctypes.CDLL(os.path.abspath(path))
    if nca.nca_abi_version() != ABI_VERSION:
        raise OSError(f"'{path}' has version {nca.nca_abi_version()} of the interface, expected {ABI_VERSION}")
    nca.nca_world_error.restype = c_char_p
    arguments = {
        "nca_model_create": [c_char_p, c_size_t, POINTER(c_void_p), c_char_p, c_size_t],
        "nca_model_destroy": [c_void_p],
        "nca_world_create": [c_void_p, c_int32, c_int32, c_uint64, c_int32, POINTER(c_void_p), c_char_p, c_size_t],
        "nca_world_destroy": [c_void_p],
        "nca_world_error": [c_void_p],
        "nca_world_set_goal": [c_void_p, c_int32],
        "nca_world_plant": [c_void_p, c_int32, c_int32],
        "nca_world_step": [c_void_p, c_int32],
        "nca_world_erase": [c_void_p, c_double, c_double, c_double],
        "nca_world_living_cells": [c_void_p, POINTER(c_int32)],
        "nca_world_steps": [c_void_p, POINTER(c_uint64)],
        "nca_world_hash": [c_void_p, POINTER(c_uint64)],
        "nca_world_rgba": [c_void_p, c_char_p, c_size_t, c_size_t, c_uint32, c_char_p],
    }
    for name, types in arguments.items():
        getattr(nca, name).argtypes = types
    return nca


class World:
    """A world of one model. Close it, or use it in a with statement."""

    def __init__(self, nca, model_bytes, height, width, seed):
        self.nca, self.height, self.width, self.handle = nca, height, width, c_void_p()
        model, error = c_void_p(), ctypes.create_string_buffer(256)
        status = nca.nca_model_create(model_bytes, len(model_bytes), byref(model), error, len(error))
        if status == 0:
            status = nca.nca_world_create(model, height, width, seed, BOUNDARY_RULE, byref(self.handle), error,
                                          len(error))
        nca.nca_model_destroy(model)  # the world lives on
        if status != 0:
            raise ValueError(error.value.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.nca.nca_world_destroy(self.handle)

    def _check(self, status):
        if status != 0:
            raise ValueError(self.nca.nca_world_error(self.handle).decode())

    def _get(self, function, kind):
        value = kind()
        self._check(function(self.handle, byref(value)))
        return value.value

    def set_goal(self, goal):
        self._check(self.nca.nca_world_set_goal(self.handle, goal))

    def plant(self, x, y):
        self._check(self.nca.nca_world_plant(self.handle, x, y))

    def step(self, count=1):
        self._check(self.nca.nca_world_step(self.handle, count))

    def erase(self, x, y, radius):
        self._check(self.nca.nca_world_erase(self.handle, x, y, radius))

    def living_cells(self):
        return self._get(self.nca.nca_world_living_cells, c_int32)

    def steps(self):
        return self._get(self.nca.nca_world_steps, c_uint64)

    def hash(self):
        return self._get(self.nca.nca_world_hash, c_uint64)

    def rgba(self):
        pixels = ctypes.create_string_buffer(4 * self.width * self.height)
        self._check(self.nca.nca_world_rgba(self.handle, pixels, len(pixels), 0, PIXELS_RGBA, None))
        return pixels.raw


def main(library, model, image, goal=None):
    with open(model, "rb") as file:
        model_bytes = file.read()
    with World(load(library), model_bytes, height=72, width=72, seed=7) as world:
        if goal is not None:
            world.set_goal(int(goal))
        world.plant(36, 36)
        world.step(200)
        grown = world.living_cells()
        world.erase(30, 30, radius=8)
        cut = world.living_cells()
        world.step(200)
        print(f"steps {world.steps()}, grown {grown}, cut {cut}, healed {world.living_cells()} cells, "
              f"hash {world.hash():016x}")
        header = f"P7\nWIDTH {world.width}\nHEIGHT {world.height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
        contents = header.encode() + world.rgba()
    with open(image, "wb") as file:
        file.write(contents)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        print("usage: demo.py LIBNCA_C MODEL OUT.pam [GOAL]", file=sys.stderr)
        sys.exit(2)
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        print(f"demo.py: {error}", file=sys.stderr)
        sys.exit(2)
