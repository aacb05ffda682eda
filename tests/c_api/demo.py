#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the demo in C, and if a library is given the one in Python, which has to tell and draw the same.

Usage: demo.py C_PROGRAM MODEL FOLDER [PYTHON_SCRIPT LIBRARY]
"""
import re
import subprocess
import sys
from pathlib import Path


def run(command, status=0):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != status:
        sys.exit(f"{command} returned {done.returncode}, expected {status}:\n{done.stdout}{done.stderr}")
    return done


def check(command, folder, model, name):
    """Runs a demo as it should be run, and as it should not. Returns what it printed and its picture."""
    picture = folder / f"{name}.pam"
    picture.unlink(missing_ok=True)
    line = run([*command, model, picture]).stdout
    match = re.fullmatch(r"steps 400, grown (\d+), cut (\d+), healed (\d+) cells, hash [0-9a-f]{16}\n", line)
    if not match:
        sys.exit(f"{name} printed {line!r}")
    grown, cut, healed = map(int, match.groups())
    if not (cut < grown - 50 and healed > cut + 50):
        sys.exit(f"{name}: nothing was cut or nothing healed: {line}")
    pixels = picture.read_bytes()
    header, _, body = pixels.partition(b"ENDHDR\n")
    if not header.startswith(b"P7\nWIDTH 72\nHEIGHT 72\n") or len(body) != 4 * 72 * 72 or max(body[3::4]) < 200:
        sys.exit(f"{name}: {picture} is no picture of a creature")

    bad = folder / "bad.safetensors"
    bad.write_bytes(b"nothing")
    for arguments in ([], [folder / "missing", picture], [bad, picture], [model, folder / "missing" / "x.pam"]):
        lines = run([*command, *arguments], status=2).stderr.splitlines()
        if len(lines) != 1:
            sys.exit(f"{name} {arguments}: expected one line on stderr, found {lines}")
    return line, pixels


def main(program, model, folder, script=None, library=None):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    in_c = check([program], folder, model, "c")
    if script is not None:
        if check([sys.executable, script, library], folder, model, "python") != in_c:
            sys.exit("the demos in C and in Python differ")
        told = run([sys.executable, script, library, model, folder / "goal.pam", 3], status=2).stderr
        if told != "demo.py: there is no goal 3: the model has no goals\n":
            sys.exit(f"a goal of a model without goals was not refused: {told!r}")
    print(in_c[0], end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
