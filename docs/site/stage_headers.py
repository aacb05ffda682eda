#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lays out the headers for Doxygen, line by line as they are, but for what its reader should not meet.

The inline namespaces of version and instruction set, and friends, are left out: nca::Simulation. The comment before a
header's first namespace is about the header; files.dox says so, and lists every header, with its functions and macros.

Usage: stage_headers.py OUTPUT
"""
import re
import shutil
import sys
from pathlib import Path

INCLUDE = Path(__file__).resolve().parents[2] / "include"
HIDDEN = {"push_macros.hpp", "pop_macros.hpp"}
ABOUT_HEADER = re.compile(r"^(?:///.*\n)+(?=namespace nca)", re.MULTILINE)


def main(output):
    shutil.rmtree(output / "include", ignore_errors=True)
    files = []
    for header in sorted(INCLUDE.rglob("*.hpp")):
        if header.name in HIDDEN:
            continue
        text = header.read_text(encoding="utf-8")
        about = ABOUT_HEADER.search(text)
        text = ABOUT_HEADER.sub(lambda match: match[0].replace("///", "//"), text, count=1)
        text = re.sub(r"::inline NCA_(ABI|ISA)", "", text)
        text = re.sub(r"^ *friend .*;$", "", text, flags=re.MULTILINE)
        name = header.relative_to(INCLUDE).as_posix()
        there = output / "include" / name
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding="utf-8")
        files.append(f"/// @file {name}\n{about[0] if about else ''}")
    (output / "files.dox").write_text("\n".join(files), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
