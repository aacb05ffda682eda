#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the library as single headers, one for each front door: nca_run.hpp, nca_image.hpp, nca_shader.hpp, nca.hpp
and nca_eigen.hpp.

Each part keeps its include guard, so that they, and headers of the library, may meet in one translation unit in
any order. A part stands where it is first included; what is included under a condition stays under it. Other people's
macros are hidden once, by the front door. The result depends on the headers alone. Files that would not change are not
touched.

With --forward FOLDER, also writes FOLDER/nca/... with a header for each that is part of one: it includes the single
header instead. With FOLDER before include/ on the include path, a program is compiled against the single headers.
"""

import argparse
import re
import sys
from pathlib import Path

# The single headers, and the front door of each.
SINGLE_HEADERS = {
    "nca_run.hpp": "nca/run.hpp",
    "nca_image.hpp": "nca/image.hpp",
    "nca_shader.hpp": "nca/shader.hpp",
    "nca.hpp": "nca/nca.hpp",
    "nca_eigen.hpp": "nca/eigen.hpp",
}

# Headers that need a library that is not header-only are part of no single header.
LEFT_OUT = re.compile(r"nca/mpi(/|\.hpp$)")

# What every header includes first and last, without an include guard; only the outermost pair does anything.
MACRO_HEADERS = {"nca/core/push_macros.hpp", "nca/core/pop_macros.hpp"}

# Comments, and literals that could be taken for a comment or a directive; numbers, for their separators.
TOKENS = re.compile(
    r"""
    //[^\n]*
    | /\*.*?\*/
    | R"(?P<raw>[^()\\\s]*)\(.*?\)(?P=raw)"
    | "(?:\\.|[^"\\\n])*"
    | \d[\w.']*
    | '(?:\\.|[^'\\\n])*'
    """,
    re.DOTALL | re.VERBOSE,
)
DIRECTIVE = re.compile(r"\s*#\s*(\w+)")
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
# Lines that belong to a file rather than to the code in it.
FILE_COMMENTS = ("// SPDX-License-Identifier:", "// Part of nca,", "// IWYU pragma: begin_", "// IWYU pragma: end_")


def version_of(include):
    """The version, from the header where it is written."""
    text = (include / "nca/core/config.hpp").read_text(encoding="utf-8")
    return ".".join(re.search(rf"^#define NCA_VERSION_{part} (\d+)$", text, re.MULTILINE)[1]
                    for part in ("MAJOR", "MINOR", "PATCH"))


def directives_of(text):
    """The preprocessor directive of each line, or None; a `#` inside of a comment or a string is none."""
    masked = TOKENS.sub(lambda match: re.sub(r"[^\n]", "_", match[0]), text)
    return [match[1] if (match := DIRECTIVE.match(line)) else None for line in masked.split("\n")]


class Expansion:
    """The headers and system headers that stand before a place of a single header, whatever is defined."""

    def __init__(self, include, front_door, own=(), system=()):
        self.include = include
        self.front_door = front_door
        self.own = set(own)
        self.system = set(system)

    def copy(self):
        return Expansion(self.include, self.front_door, self.own, self.system)

    def expand(self, name):
        """The lines of a header with everything that it includes."""
        self.own.add(name)
        text = (self.include / name).read_text(encoding="utf-8").rstrip("\n")
        lines = []
        depth = -1  # of conditions; the include guard is none
        after_include = True
        for number, (line, directive) in enumerate(zip(text.split("\n"), directives_of(text)), start=1):
            if directive in ("if", "ifdef", "ifndef"):
                depth += 1
            elif directive == "endif":
                depth -= 1
            if directive == "include":
                included = INCLUDE.match(line)
                if not included:
                    raise ValueError(f"include/{name}:{number}: cannot tell what is included")
                if included[1] in MACRO_HEADERS and name != self.front_door:
                    parts = []
                else:
                    parts = self.expand_include(line, included[1], depth > 0)
                lines += parts[1:] if parts[:1] == lines[-1:] == [""] else parts
                after_include = True
            elif line.startswith(FILE_COMMENTS) or (line == "" and after_include and lines[-1:] in ([], [""])):
                continue
            else:
                lines.append(line)
                after_include = False
        if depth != -1:
            raise ValueError(f"include/{name}: a condition is not closed")
        return [f"// {name}", *lines]

    def expand_include(self, line, included, conditional):
        """What stands in place of an include: the header, the line itself, or nothing if it stands further up."""
        place = self.copy() if conditional else self
        if not included.startswith("nca/"):
            if included in self.system:
                return []
            place.system.add(included)
            return [line]
        if included in self.own:
            return []
        if not (self.include / included).is_file():
            if conditional:  # a header that the user may add
                return [line]
            raise ValueError(f"include/{included} does not exist")
        return ["", *place.expand(included), ""]


def single_header(include, front_door):
    """The text of a single header, and the headers that are part of it."""
    expansion = Expansion(include, front_door)
    lines = expansion.expand(front_door)
    head = [
        f"// nca {version_of(include)}, neural cellular automata in C++ headers: <{front_door}> as a single header.",
        "// SPDX-License-Identifier: Apache-2.0",
        "// Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0",
        "// Made by cmake/single_header.py from the headers named below. Changes belong there.",
        "",
    ]
    return "\n".join(head + lines) + "\n", expansion.own


def write_if_changed(path, text):
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("out", type=Path, help="folder for the single headers")
    parser.add_argument("--forward", type=Path, metavar="FOLDER", help="folder for headers that include them")
    parser.add_argument("--complete", action="store_true", help="fail if a header is part of none")
    parser.add_argument("--include", type=Path, default=Path(__file__).parents[1] / "include",
                        help="folder of the library's headers")
    arguments = parser.parse_args()

    try:
        singles = {out: single_header(arguments.include, door) for out, door in SINGLE_HEADERS.items()}
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2

    # The first of SINGLE_HEADERS that has a header wins.
    forward = {name: out for out, (_, parts) in reversed(singles.items()) for name in parts}
    headers = {path.relative_to(arguments.include).as_posix() for path in arguments.include.rglob("*.hpp")}
    left_out = sorted(name for name in headers - forward.keys() if not LEFT_OUT.match(name))
    if arguments.complete and left_out:
        for name in left_out:
            print(f"include/{name} is reached by none of {', '.join(SINGLE_HEADERS.values())}", file=sys.stderr)
        return 1

    for out, (text, _) in singles.items():
        write_if_changed(arguments.out / out, text)
    if arguments.forward:
        for name, out in sorted(forward.items()):
            write_if_changed(arguments.forward / name, f"#include <{out}>\n")
        for path in arguments.forward.rglob("*.hpp"):
            if path.relative_to(arguments.forward).as_posix() not in forward:
                path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
