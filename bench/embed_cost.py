#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an exported creature adds to a program: compile time as a multiple of including xsimd alone, and the size of the
stripped program. Every compiler that is found, -O2, the runs of both interleaved; medians.

    embed_cost.py [--rounds N] [--check]     --check: exit with 1 above 2.5 times or 150 kB"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_TIMES, MOST_BYTES = 2.5, 150_000
XSIMD_ALONE = "#include <xsimd/xsimd.hpp>\nint main() { return 0; }\n"


def compile_seconds(compiler: str, source: pathlib.Path, output: pathlib.Path) -> float:
    """Processor time of one compilation: other programs on the machine count little."""
    before = os.times()
    subprocess.run([compiler, "-std=c++20", "-O2", f"-I{ROOT}/include", str(source), "-o", str(output)], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="compilations of each program")
    parser.add_argument("--check", action="store_true", help=f"fail above {MOST_TIMES} times or {MOST_BYTES} bytes")
    options = parser.parse_args()
    compilers = [name for name in ("g++", "clang++") if shutil.which(name)]
    missed = not compilers
    with tempfile.TemporaryDirectory() as folder:
        alone = pathlib.Path(folder, "alone.cpp")
        alone.write_text(XSIMD_ALONE, encoding="ascii")
        program = pathlib.Path(folder, "program")
        embed = ROOT / "examples/minimal/embed.cpp"
        for compiler in compilers:
            times: dict[pathlib.Path, list[float]] = {alone: [], embed: []}
            for _ in range(options.rounds):
                for source, seconds in times.items():
                    seconds.append(compile_seconds(compiler, source, program))
            subprocess.run(["strip", str(program)], check=True)
            size = program.stat().st_size
            base, ours = statistics.median(times[alone]), statistics.median(times[embed])
            missed = missed or ours > MOST_TIMES * base or size >= MOST_BYTES
            print(f"{compiler}: xsimd alone {base:.2f} s, with a creature {ours:.2f} s, {ours / base:.2f} times; "
                  f"stripped {size / 1000:.1f} kB")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
