#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh NCA_GROWING LIZARD: runs examples/quickstart.sh, without packages and compilation, on a small grid. A
# `cmake` that does nothing, or fails, takes the place of the real one.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder"/{examples,cmake,bin,build/quickstart/bin}
cp "$project/examples/quickstart.sh" "$folder/examples"
ln -s "$project/examples/models" "$folder/examples/models"
ln -s "$1" "$folder/build/quickstart/bin/nca-growing"
ln -s "$2" "$folder/build/quickstart/bin/lizard"
cat >"$folder/cmake/packages.sh" <<'END'
nca_require() { [ "$*" = quickstart ]; }
END
cat >"$folder/bin/cmake" <<'END'
#!/bin/sh
echo "cmake $*"
case "$*" in *"$BROKEN"*) [ -z "$BROKEN" ] || { echo "the reason"; exit 1; } ;; esac
END
chmod +x "$folder/bin/cmake"
export PATH="$folder/bin:$PATH" OUT="$folder/out" ITERATIONS=3 BROKEN=
unset NO_COLOR

# quickstart STATUS ARGUMENT...: runs the script, which has to end with this status.
quickstart() {
    local status=0
    "$folder/examples/quickstart.sh" --size 12 --padding 4 --batch 4 "${@:2}" >"$folder/output" 2>&1 || status=$?
    [ "$status" -eq "$1" ] || {
        cat "$folder/output"
        echo "quickstart ${*:2}: expected the status $1, found $status"
        exit 1
    }
}
# shows TEXT: the output of the last run has to contain it.
shows() {
    grep -qF -- "$1" "$folder/output" || {
        cat "$folder/output"
        echo "expected: $1"
        exit 1
    }
}

quickstart 0
for file in first_film.webp film.png animation.webp loss.png model.safetensors checkpoint.safetensors; do
    [ -s "$OUT/$file" ] || { echo "there is no $file" && exit 1; }
    shows "$file"
done
shows '"iterations": 3'
shows "living cells"

quickstart 0 # continues, with nothing left to do
shows '"iterations": 3'
ITERATIONS=5 quickstart 2 # the schedule of another number of iterations is another one
shows "belongs to another run"
ITERATIONS=2 quickstart 0 --overwrite
shows '"iterations": 2'
quickstart 2 --nonsense

BROKEN=--preset quickstart 1
shows "Configuration failed"
shows "the reason"
BROKEN=nca_lizard quickstart 1
shows "Compilation failed"
BROKEN='--build --preset quickstart' quickstart 1
shows "the reason"
echo "the quick start works"
