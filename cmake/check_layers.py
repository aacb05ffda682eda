#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the include order of the library, and rules of its sources that no compiler checks.

The table of floors is the one of docs/design.md: a header includes from its own folder and from lower floors, never
from a neighbour on the same floor. Prints one line per violation and exits with status 1 if there is any.

Usage: check_layers.py [root of the repository]
"""

import re
import sys
from pathlib import Path

FLOORS = [
    ["core"],
    ["simd", "io"],
    ["cell"],
    ["run", "tape"],
    ["train", "image", "shader"],
    ["systems"],
    ["mpi"],
]

# Lower, yet not allowed: the tape knows no automaton.
FORBIDDEN_FOLDERS = {"tape": ["cell"]}

# Third-party headers cost seconds of compile time and change between versions: which folders may include them. Besides
# these, the header nca/eigen.hpp is made of Eigen.
THIRD_PARTY_FOLDERS = {"xsimd": ["simd"], "Eigen": ["train", "image", "systems"], "unsupported": []}
EIGEN_HEADER = "eigen.hpp"

# Slow to compile, or unwelcome in a game; HEAVY_ALLOWED lists who may use them all the same.
HEAVY = {"iostream", "filesystem", "regex", "thread"}
HEAVY_FREE_FOLDERS = {"core", "simd", "cell", "run", "io"}
HEAVY_ALLOWED = {("core/thread_pool.hpp", "thread")}

# The front door for running models: all that it reaches stays free of HEAVY, of Eigen and of these folders.
RUN_DOOR = "run.hpp"
RUN_DOOR_FORBIDDEN = ("Eigen/", "nca/tape/", "nca/train/", "nca/image/")

# The first include of a header hides other people's macros, the last one restores them. config.hpp, which they include,
# does without.
PUSH_MACROS, POP_MACROS = "core/push_macros.hpp", "core/pop_macros.hpp"
MACRO_HEADERS = {PUSH_MACROS, POP_MACROS}
UNPROTECTED = {"core/config.hpp"}

# A project of the user may add this header; it is looked for with __has_include.
OPTIONAL_HEADERS = {"ext/config.hpp"}

SOURCE_FOLDERS = ["include", "examples", "tests", "bench", "cmake", ".ci"]
SOURCE_SUFFIXES = {".hpp", ".h", ".cpp", ".cmake", ".in", ".py", ".sh", ".js", ".mjs", ".ts", ".html", ".css"}
SPDX = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

floor_of = {folder: floor for floor, folders in enumerate(FLOORS, start=1) for folder in folders}


def includes_of(header):
    """The (delimiter, name) pairs that a file includes, outside of comments."""
    text = header.read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return INCLUDE.findall(text)


def check_header(name, headers, report):
    """The rules for one header, named relative to include/nca."""
    folder = name.split("/")[0] if "/" in name else None
    if folder is not None and folder not in floor_of:
        report(name, f"the folder {folder}/ stands on no floor; add it to FLOORS")
        return
    if name not in MACRO_HEADERS:
        check_frame(name, headers[name]["text"], report)

    for delimiter, included in headers[name]["includes"]:
        if delimiter == '"':
            report(name, f'"{included}" must be written as <nca/...>')
        elif included.startswith("nca/"):
            check_own_include(name, folder, included.removeprefix("nca/"), headers, report)
        elif included.split("/")[0] in THIRD_PARTY_FOLDERS:
            folders = THIRD_PARTY_FOLDERS[included.split("/")[0]]
            if folder not in folders and not (name == EIGEN_HEADER and included.startswith("Eigen/")):
                report(name, f"<{included}> may only be included in {', '.join(folders)}")
        elif included in HEAVY and folder in HEAVY_FREE_FOLDERS and (name, included) not in HEAVY_ALLOWED:
            report(name, f"<{included}> may not be included here")


def check_frame(name, text, report):
    """The include guard of a header, and the includes that hide other people's macros from it."""
    guard = "NCA_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        report(name, f"the include guard must be {guard}")
    elif name not in UNPROTECTED:
        push, pop = (f"\n#include <nca/{header}>\n" for header in (PUSH_MACROS, POP_MACROS))
        if f"#define {guard}\n{push}" not in text:
            report(name, f"<nca/{PUSH_MACROS}> must follow the include guard")
        if not text.endswith(f"{pop}\n#endif // {guard}\n"):
            report(name, f"<nca/{POP_MACROS}> must be the last include")


def check_macro_headers(headers, report):
    """What one of MACRO_HEADERS hides, the other restores in the opposite order: compilers search from the last one."""
    if not MACRO_HEADERS <= headers.keys():
        return
    pushed, undefined, popped = (
        [macro for macro in re.findall(pattern, headers[name]["text"], re.MULTILINE) if not macro.startswith("NCA_")]
        for name, pattern in ((PUSH_MACROS, r'^#pragma push_macro\("(\w+)"\)$'), (PUSH_MACROS, r"^#undef (\w+)$"),
                              (POP_MACROS, r'^#pragma pop_macro\("(\w+)"\)$')))
    if pushed != sorted(set(pushed)) or undefined != pushed:
        report(PUSH_MACROS, "must save each macro once, in alphabetical order, and undefine it")
    if popped != pushed[::-1]:
        report(POP_MACROS, f"must restore the macros of {PUSH_MACROS} in the opposite order")


def check_own_include(name, folder, included, headers, report):
    """The rules for one include of a header of the library."""
    if included in OPTIONAL_HEADERS:
        return
    if included not in headers:
        report(name, f"<nca/{included}> does not exist")
        return
    if folder is None:
        return
    if "/" not in included:
        report(name, f"<nca/{included}> is a front door, for users only")
        return
    other = included.split("/")[0]
    if other == folder:
        return
    if floor_of.get(other, 0) > floor_of[folder]:
        report(name, f"<nca/{included}> stands on a higher floor")
    elif floor_of.get(other, 0) == floor_of[folder]:
        report(name, f"<nca/{included}> stands on the same floor, in another folder")
    elif other in FORBIDDEN_FOLDERS.get(folder, []):
        report(name, f"{folder}/ may not include {other}/")


def check_run_door(headers, report):
    """What nca/run.hpp reaches, with the path by which it does."""
    paths = {RUN_DOOR: [RUN_DOOR]} if RUN_DOOR in headers else {}
    queue = list(paths)
    for name in queue:
        for _, included in headers[name]["includes"]:
            own = included.removeprefix("nca/")
            if included in HEAVY or included.startswith(RUN_DOOR_FORBIDDEN):
                report(RUN_DOOR, f"reaches <{included}> through {' > '.join(paths[name])}")
            elif included.startswith("nca/") and own in headers and own not in paths:
                paths[own] = paths[name] + [own]
                queue.append(own)


def check_source(root, path, report):
    """The rules for every source, script and build file."""
    data = path.read_bytes()
    name = str(path.relative_to(root))
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            report(name, f"line {number} is not ASCII; write characters as escapes")
            break
    if path.parent.parent.name == "models":
        return  # written by `nca export`, for users who choose their own licence
    first = data.split(b"\n", 2)
    line = first[1] if first[0].startswith(b"#!") and len(first) > 1 else first[0]
    if SPDX.encode() not in line:
        report(name, f"the first line must hold {SPDX}")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
    violations = []

    def report(name, message):
        violations.append(f"{name}: {message}")

    include = root / "include" / "nca"
    headers = {
        str(path.relative_to(include)): {"includes": includes_of(path), "text": path.read_text(encoding="utf-8")}
        for path in sorted(include.rglob("*.hpp"))
    }
    for name in headers:
        check_header(name, headers, lambda name, message: report(f"include/nca/{name}", message))
    check_macro_headers(headers, lambda name, message: report(f"include/nca/{name}", message))
    check_run_door(headers, lambda name, message: report(f"include/nca/{name}", message))

    sources = [root / "CMakeLists.txt"]
    for folder in SOURCE_FOLDERS:
        sources += sorted(path for path in (root / folder).rglob("*") if path.is_file())
    checked = 0
    for path in sources:
        if path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt" or path.parent.name == ".ci":
            check_source(root, path, report)
            checked += 1

    print("\n".join(violations + [f"{len(headers)} headers, {checked} files, {len(violations)} violations"]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
