#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lays out the sources of the documentation site for Sphinx.

README.md becomes the front page, and its section "More" the navigation. The pages of docs/ lie beside it. What they link
to elsewhere in the repository becomes part of the site: headers lead to their pages in the API reference, folders and
texts get pages of their own below files/, other files are copied. A link to nothing is an error.

Usage: stage.py TAGFILE OUTPUT; the tag file is the one that Doxygen wrote.
"""
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"CMakeLists.txt": "cmake", "LICENSE": "text", ".c": "c", ".cmake": "cmake", ".compute": "hlsl", ".cpp": "cpp",
             ".cs": "csharp", ".css": "css", ".gd": "text", ".gdshader": "glsl", ".godot": "ini", ".h": "c", ".hpp": "cpp",
             ".html": "html", ".in": "text", ".js": "javascript", ".json": "json", ".map": "text", ".mjs": "javascript",
             ".py": "python", ".sh": "bash", ".tscn": "text", ".ts": "typescript", ".txt": "text", ".xml": "xml"}
SKIPPED = {"__pycache__", "node_modules"}
# What a page begins with that is not in the navigation, and one that the search does not look into.
ORPHAN = "---\norphan: true\n---\n"
UNSEARCHED = "---\norphan: true\nnosearch: true\n---\n"

# Blocks and spans of code, which are left alone, or a link: its text is in front, its target in a group.
CODE_OR_LINK = re.compile(r"^(`{3,}).*?^\1`*$|`[^`\n]+`|(?P<image>!?)\[(?P<text>(?:[^\[\]`]|`[^`]*`)*)\]\((?P<target>[^()\s]+)\)",
                          re.MULTILINE | re.DOTALL)


def api_pages(tag_file):
    """The pages of the API reference, by the header's path in the repository."""
    pages = {}
    for compound in ElementTree.parse(tag_file).getroot().iter("compound"):
        if compound.get("kind") == "file":
            path = Path(compound.findtext("path"), compound.findtext("name")).as_posix()
            name = compound.findtext("filename")
            pages["include/" + path.rpartition("include/")[2]] = name if name.endswith(".html") else name + ".html"
    return pages


class Site:
    def __init__(self, tag_file, output):
        self.api = api_pages(tag_file)
        self.output = output
        self.written = set()
        self.waiting = []
        self.errors = []

    def place(self, path):
        """Where a file or folder of the repository lies in the site, from its top."""
        relative = path.relative_to(ROOT).as_posix()
        if relative == "README.md":
            return "index.md"
        if path.is_dir():
            return f"files/{relative}/index.md"
        if path.name == "README.md":
            return self.place(path.parent)
        if path.parent == ROOT / "docs" or relative.startswith("docs/images/"):
            return relative.removeprefix("docs/")
        return f"files/{relative}.md" if language(path) is not None else f"files/{relative}"

    def link(self, match, source, place):
        """A link of the file `source`, as it is on its page at `place`."""
        target = match["target"]
        if target is None or re.match(r"[a-z]+:", target) or target.startswith("#"):
            return match[0]
        name, _, anchor = target.partition("#")
        path = (source.parent / name).resolve()
        if not path.exists() or ROOT not in path.parents:
            self.errors.append(f"{source.relative_to(ROOT)} links to {target}, which does not exist")
            return match[0]
        folder = os.path.dirname(place)
        header = self.api.get(path.relative_to(ROOT).as_posix())
        if header is not None:
            return f'<a href="{os.path.relpath("api/" + header, folder or ".")}">{match["text"]}</a>'
        self.waiting.append(path)
        there = os.path.relpath(self.place(path), folder or ".")
        # In the repository a page is called by its file, on the site by its title.
        text = title_of(path) if path.suffix == ".md" and match["text"].endswith(path.name) else match["text"]
        return f"{match['image']}[{text}]({there}{'#' + anchor if anchor else ''})"

    def page(self, source, place):
        """The text of a Markdown file with the links of its new place."""
        return CODE_OR_LINK.sub(lambda match: self.link(match, source, place), source.read_text(encoding="utf-8"))

    def folder(self, path, place):
        """The page of a folder: its README, and what it holds."""
        title = path.relative_to(ROOT).as_posix()
        readme = path / "README.md"
        text = self.page(readme, place) if readme.exists() else f"# {title}\n"
        text += "\n## Files\n\n" if readme.exists() else "\n"
        for entry in sorted(path.iterdir(), key=lambda entry: (entry.is_file(), entry.name)):
            if entry.name != "README.md" and entry.name not in SKIPPED and not entry.name.startswith("."):
                self.waiting.append(entry)
                there = os.path.relpath(self.place(entry), os.path.dirname(place))
                text += f"* [{entry.name}{'/' if entry.is_dir() else ''}]({there})\n"
        return ORPHAN + text

    def add(self, path):
        place = self.place(path)
        if place in self.written:
            return
        self.written.add(place)
        there = self.output / place
        there.parent.mkdir(parents=True, exist_ok=True)
        if path == ROOT / "README.md":
            there.write_text(front_page(self.page(path, place)), encoding="utf-8")
        elif place.endswith("/index.md"):
            there.write_text(self.folder(path if path.is_dir() else path.parent, place), encoding="utf-8")
        elif path.suffix == ".md":
            there.write_text(("" if path.parent == ROOT / "docs" else ORPHAN) + self.page(path, place), encoding="utf-8")
        elif place.endswith(".md"):
            there.write_text(source_page(path), encoding="utf-8")
        else:
            shutil.copyfile(path, there)

    def build(self):
        self.waiting = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        while self.waiting:
            self.add(self.waiting.pop())


def language(path):
    """The language of a file that is shown as text, None of one that is not."""
    return LANGUAGES.get(path.name) or LANGUAGES.get(path.suffix)


def title_of(page):
    return re.search(r"^# (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)[1]


def source_page(path):
    text = path.read_text(encoding="utf-8")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    title = path.relative_to(ROOT).as_posix()
    return f"{UNSEARCHED}# {title}\n\n{fence}{language(path)}\n{text.rstrip()}\n{fence}\n"


def front_page(text):
    """README.md with the navigation: a group for each paragraph of the section "More" that ends in a colon."""
    section = re.search(r"^## More$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    for caption, items in re.findall(r"^(\w[^\n]*):\n((?:[*] .*\n(?:  .*\n)*)+)", section, re.MULTILINE):
        pages = re.findall(r"\]\(([\w-]+)\.md\)", items)
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n" + "".join(f"{page}\n" for page in pages) + "```\n"
    return text


def main(tag_file, output):
    shutil.rmtree(output, ignore_errors=True)
    site = Site(tag_file, Path(output))
    site.build()
    for error in site.errors:
        print(error, file=sys.stderr)
    return 1 if site.errors else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
