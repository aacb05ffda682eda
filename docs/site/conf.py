# SPDX-License-Identifier: Apache-2.0
"""The documentation site: Sphinx with MyST, which reads Markdown, and the theme Furo. See ../site.sh."""
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = (HERE.parents[1] / "include/nca/core/config.hpp").read_text(encoding="utf-8")

project = "nca"
version = release = ".".join(re.findall(r"^#define NCA_VERSION_\w+ (\d+)$", CONFIG, re.MULTILINE))
extensions = ["myst_parser"]
myst_heading_anchors = 4
language = "en"

html_theme = "furo"
html_title = "nca"
html_favicon = str(HERE.parents[1] / "examples/web/page/icon.svg")
# The accents of the live page.
html_theme_options = {
    "announcement": "site",  # its content: templates/page.html
    "light_css_variables": {"color-brand-primary": "#14714a", "color-brand-content": "#14714a", "color-brand-visited": "#14714a"},
    "dark_css_variables": {"color-brand-primary": "#74cf9f", "color-brand-content": "#74cf9f", "color-brand-visited": "#74cf9f"},
}
html_static_path = [str(HERE / "style.css")]
html_css_files = ["style.css"]
templates_path = [str(HERE / "templates")]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/api.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_show_copyright = False
html_use_index = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
suppress_warnings = ["misc.highlighting_failure"]  # Pygments knows a part of CMake
