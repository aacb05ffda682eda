#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every link, image, script and style of a folder of HTML pages leads to a file in that folder, and every
anchor to an element; and that no page loads anything from another host. Links of readers to other hosts are not followed.

Usage: check_links.py FOLDER [--missing PATH]...; a path that is missing on purpose, because another build writes it.
"""
import argparse
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("img", "src"), ("script", "src"), ("source", "src"), ("video", "src"), ("iframe", "src"), ("video", "poster")}
LINK_TYPES_LOADED = {"stylesheet", "icon", "shortcut", "preload", "modulepreload", "manifest", "prefetch"}
# In style sheets: addresses, and what @import names.
STYLE_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Page(HTMLParser):
    """The anchors of a page, and its links as (address, whether the browser loads it, line)."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors.update(value for name in ("id", "name") if (value := values.get(name)))
        loaded_link = tag == "link" and LINK_TYPES_LOADED & set((values.get("rel") or "").lower().split())
        for name, value in attributes:
            if name in ("href", "src", "poster") and value:
                self.add(value, bool(loaded_link) or (tag, name) in LOADED)
            elif name == "srcset" and value:
                for candidate in value.split(","):
                    self.add(candidate.split()[0], True)
            elif name == "style" and value:
                for address in style_addresses(value):
                    self.add(address, True)

    def add(self, address, loaded):
        self.links.append((address.strip(), loaded, self.getpos()[0]))


def style_addresses(text):
    return [(url or imported).strip() for url, imported in STYLE_URL.findall(COMMENT.sub("", text))]


class Checker:
    def __init__(self, folder, missing):
        self.folder = folder.resolve()
        self.missing = {self.folder / path for path in missing}
        self.pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(self.folder.rglob("*.html"))}
        self.count = 0

    def check(self, source, address, loaded):
        """What is wrong with a link, or None."""
        self.count += 1
        parts = urlsplit(address)
        if parts.scheme in ("data", "mailto", "javascript", "blob"):
            return None
        if parts.scheme or parts.netloc:
            return "is loaded from another host" if loaded else None
        if parts.path.startswith("/"):
            return "does not work in a subfolder of a server: it begins with a slash"
        target = (source.parent / unquote(parts.path)).resolve() if parts.path else source
        if target in self.missing:
            return None
        if target != self.folder and self.folder not in target.parents:
            return "leaves the site"
        if target.is_dir():
            target = target / "index.html"
        if target in self.missing:
            return None
        if not target.is_file():
            return "leads to nothing"
        anchor = unquote(parts.fragment)
        if anchor and target in self.pages and anchor not in self.pages[target].anchors:
            return "leads to no such place on that page"
        return None

    def errors(self):
        for path, page in self.pages.items():
            for address, loaded, line in page.links:
                problem = self.check(path, address, loaded)
                if problem:
                    yield f"{path.relative_to(self.folder)}:{line}: {address} {problem}"
        for path in sorted(self.folder.rglob("*.css")):
            for address in style_addresses(path.read_text(encoding="utf-8")):
                problem = None if address.startswith("#") else self.check(path, address, True)
                if problem:
                    yield f"{path.relative_to(self.folder)}: {address} {problem}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--missing", action="append", default=[], help="a path in the folder that another build writes")
    arguments = parser.parse_args()
    checker = Checker(arguments.folder, arguments.missing)
    errors = sorted(set(checker.errors()))
    for error in errors:
        print(error, file=sys.stderr)
    print(f"{len(checker.pages)} pages, {checker.count} links, {len(errors)} errors")
    return 1 if errors or not checker.pages else 0


if __name__ == "__main__":
    sys.exit(main())
