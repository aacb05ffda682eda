#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the documentation site, build/site/docs: the pages of docs/ by Sphinx, the API reference by Doxygen. Every link
# of the site is checked. Installs what it needs on Debian and Ubuntu.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=../cmake/packages.sh
source cmake/packages.sh
nca_require site

export NCA_DOCS=$PWD/build/docs NCA_SITE=$PWD/build/site/docs
NCA_VERSION=$(sed -n 's/^#define NCA_VERSION_[A-Z]* //p' include/nca/core/config.hpp | paste -sd .)
export NCA_VERSION
mkdir -p "$NCA_DOCS"

venv=$NCA_DOCS/venv
if ! cmp -s docs/site/requirements.txt "$venv/installed.txt"; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r docs/site/requirements.txt
    cp docs/site/requirements.txt "$venv/installed.txt"
fi

rm -rf "$NCA_SITE" "$NCA_DOCS/cache"
mkdir -p "$NCA_SITE"

(cd "$NCA_DOCS" && doxygen -w html header.html footer.html doxygen.css)
# shellcheck disable=SC2016 # $relpath^ is Doxygen's
sed -i 's,</head>,<link rel="icon" href="$relpath^icon.svg"/><script src="$relpath^theme.js"></script>\n&,' "$NCA_DOCS/header.html"
python3 docs/site/stage_headers.py "$NCA_DOCS"
doxygen docs/site/doxygen/Doxyfile
# Older versions show what they found in a frame of its own.
find "$NCA_SITE/api/search" -name '*.html' -exec sed -i \
    's,</head>,<link href="../api.css" rel="stylesheet"/><script src="../theme.js"></script>&,' {} +

python3 docs/site/stage.py "$NCA_DOCS/api.tag" "$NCA_DOCS/source"
"$venv/bin/sphinx-build" -q -j auto -c docs/site -d "$NCA_DOCS/cache" "$NCA_DOCS/source" "$NCA_SITE"
rm -f "$NCA_SITE/.buildinfo" "$NCA_SITE/objects.inv"

# Alone, without examples/web/build.sh, there is no live page yet.
missing=()
[ -e build/site/index.html ] || missing=(--missing index.html)
python3 docs/site/check_links.py build/site "${missing[@]}"
