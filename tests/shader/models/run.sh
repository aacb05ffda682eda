#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Exports models as shaders, validates them, and steps them against the program. Takes the program nca, the program
# shader_gles_model and a folder for Python packages. Exits with status 77 where these cannot be had, unless CI is set.
set -euo pipefail
NCA_PROGRAM=$1 NCA_GLES_MODEL=$2 packages=$3
export NCA_PROGRAM NCA_GLES_MODEL
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! cmp -s requirements.txt "$packages/installed.txt"; then
    if ! { python3 -m venv --clear "$packages" &&
        "$packages/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt; }; then
        echo "numpy and wgpu cannot be installed: skipped" >&2
        [ -z "${CI:-}" ] || exit 1
        exit 77
    fi
    cp requirements.txt "$packages/installed.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
"$packages/bin/python" -m unittest --verbose validate steps
