#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the code blocks in docs/ are copies of files in examples/, which the tests compile and run.

A comment in the line before a block names its file: <!-- examples/minimal/run.cpp --> for the whole file without the
licence line, <!-- part of examples/minimal/run.cpp --> for consecutive lines of it, at any indentation. In the pages
below every block of these languages has such a comment, and every minimal example is shown.

Usage: snippets.py [--update] [ROOT]; --update rewrites the blocks that show whole files.
"""
import re
import sys
import textwrap
from pathlib import Path

PAGES = ("embedding.md", "goal-guided.md", "isotropic.md", "training.md", "voxels.md")
LANGUAGES = ("c", "cpp", "python")
MOST_LINES = 85
BLOCK = re.compile(r"(?:^<!-- (part of )?(\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown(path):
    """A file as the pages show it."""
    return "".join(line for line in path.read_text(encoding="utf-8").splitlines(True) if "SPDX-License" not in line)


def is_part(text, whole):
    part = textwrap.dedent(text).splitlines()
    lines = whole.splitlines()
    for start in range(len(lines) - len(part) + 1):
        if textwrap.dedent("\n".join(lines[start : start + len(part)])).splitlines() == part:
            return True
    return False


def check_block(root, match):
    """What is wrong with a block that names its file, or None."""
    part, name, _, text = match.groups()
    path = root / name
    if not path.is_file():
        return f"there is no file {name}"
    whole = shown(path)
    if part and not (text.strip() and is_part(text, whole)):
        return f"is not a part of {name}: {text.splitlines()[0].strip() if text.strip() else 'empty'}"
    if not part and text != whole:
        return f"differs from {name}; run snippets.py --update"
    return None


def main(arguments):
    update = "--update" in arguments
    arguments = [argument for argument in arguments if argument != "--update"]
    root = Path(arguments[0] if arguments else Path(__file__).parents[2]).resolve()
    mistakes = []
    whole_files = set()
    blocks = 0
    for page in sorted((root / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if update:
            def rewrite(match):
                part, name, language, _ = match.groups()
                if part or name is None or not (root / name).is_file():
                    return match.group(0)
                return f"<!-- {name} -->\n```{language}\n{shown(root / name)}```"

            text = BLOCK.sub(rewrite, text)
            page.write_text(text, encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            part, name, language, _ = match.groups()
            mistake = None
            if name is not None:
                blocks += 1
                mistake = check_block(root, match)
                if not part and page.name in PAGES:
                    whole_files.add(name)
            elif page.name in PAGES and language in LANGUAGES:
                mistake = "names no file"
            if mistake:
                mistakes.append(f"docs/{page.name}:{line}: the block {mistake}")
    for path in sorted((root / "examples" / "minimal").glob("*.cpp")):
        name = path.relative_to(root).as_posix()
        if name not in whole_files:
            mistakes.append(f"{name} is shown in none of {', '.join(PAGES)}")
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > MOST_LINES:
            mistakes.append(f"{name} has {count} lines, more than {MOST_LINES}")
    print("\n".join(mistakes + [f"{blocks} blocks, {len(mistakes)} mistakes"]))
    return 1 if mistakes or not blocks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
