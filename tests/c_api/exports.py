#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a library exports with the functions of its header. Usage: exports.py NM LIBRARY HEADER"""
import re
import subprocess
import sys
from pathlib import Path


def main(nm, library, header):
    listing = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in listing.splitlines()}
    declared = set(re.findall(r"^NCA_API .*?\b(nca_\w+)\(", Path(header).read_text(encoding="ascii"), re.MULTILINE))
    if not declared or exported != declared:
        extra, missing = sorted(exported - declared), sorted(declared - exported)
        sys.exit(f"exported only: {len(extra)}, {extra[:5]}; declared only: {len(missing)}, {missing[:5]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
