#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a program that holds code for several processors: functions that every processor may reach use only what all
have. Those for one instruction set are known by their namespace (isa_avx...) or name (film_avx...).

    shared_functions.py PROGRAM     needs objdump; an x86-64 program"""
import re
import subprocess
import sys

SPECIFIC = re.compile(r"isa_avx|isa_sse4|film_avx|xsimd")
WIDE = re.compile(r"%[yz]mm|%k[0-7]|\tv[a-z]+[sp][sd]\b|\bvfm|\bvmov")


def main() -> int:
    listing = subprocess.run(
        ["objdump", "-d", "-C", "--no-show-raw-insn", sys.argv[1]], capture_output=True, text=True, check=True
    ).stdout
    function, wrong, functions, specific = "", set(), 0, 0
    for line in listing.splitlines():
        start = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if start:
            function = start.group(1)
            functions += 1
            specific += bool(SPECIFIC.search(function))
        elif not SPECIFIC.search(function) and WIDE.search(line):
            wrong.add(function)
    for name in sorted(wrong):
        print(f"{name} needs an instruction set that not every processor has")
    print(f"{functions} functions, {specific} for one instruction set, {len(wrong)} wrong")
    return 1 if wrong or specific == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
