#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the regenerating lizard from scratch, in about five minutes on two cores, and writes pictures of it to out/. The
# learning rate drops earlier than in the article, so that a short training sharpens the picture too.
# ITERATIONS, DROP_AFTER and OUT may be set in the environment (8000 and 2000 train as published); arguments go to `nca grow`.
# Stopped with Ctrl-C, it continues when it is started again; --overwrite starts anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require base

cmake --preset release
cmake --build --preset release --target nca_program

out="${OUT:-out}"
if [ -e "$out/checkpoint.safetensors" ] && [[ " $* " != *" --overwrite "* && " $* " != *" --resume "* ]]; then
    set -- --resume "$@"
fi
build/release/bin/nca grow --target lizard --experiment regenerating --iterations "${ITERATIONS:-1800}" \
    --drop-after "${DROP_AFTER:-1300}" \
    --out "$out" "$@"

echo
echo "Written to $(cd "$out" && pwd):"
for file in "$out"/*; do
    [ -f "$file" ] && printf '  %8s  %s\n' "$(du -h "$file" | cut -f 1)" "${file##*/}"
done
