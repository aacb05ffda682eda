#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the regenerating lizard from scratch, in about five minutes on two cores, and writes pictures of it to out/.
# ITERATIONS (2500) and OUT (out, relative to the repository) may be set in the environment; arguments go to `nca grow`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require base

cmake --preset release
cmake --build --preset release --target nca_program

out="${OUT:-out}"
build/release/bin/nca grow --target lizard --experiment regenerating --iterations "${ITERATIONS:-2500}" --out "$out" "$@"

echo
echo "Written to $(cd "$out" && pwd):"
for file in "$out"/*; do
    [ -f "$file" ] && printf '  %8s  %s\n' "$(du -h "$file" | cut -f 1)" "${file##*/}"
done
