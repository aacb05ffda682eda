#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the regenerating lizard from scratch and writes pictures of it to out/. On a fresh Debian it installs the packages
# and compiles what it needs, no more; a trained lizard grows in the terminal meanwhile, and its film is the first thing
# in out/. ITERATIONS and OUT may be set in the environment; arguments go to `nca grow`. Stopped with Ctrl-C, it continues
# when it is started again; --overwrite starts anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require quickstart

build=build/quickstart
log=$build/quickstart.log
model=examples/models/growing/lizard.safetensors
nca=$build/bin/nca-growing
training=(--target lizard --recipe fast ${ITERATIONS:+--iterations "$ITERATIONS"})
out="${OUT:-out}"

# failed WHAT: shows the end of the log, where the reason is, and ends.
failed() {
    printf '\n%s failed; the end of %s:\n\n' "$1" "$log" >&2
    tail -n 30 "$log" >&2
    exit 1
}
# logged WHAT COMMAND...: a command of which nothing is seen unless it fails.
logged() { "${@:2}" >>"$log" 2>&1 || failed "$1"; }

mkdir -p "$build"
printf 'Compiling; the log is %s\n' "$log"
cmake --preset quickstart >"$log" 2>&1 || failed "Configuration"
logged "Compilation" cmake --build --preset quickstart --target nca_lizard
# The lizard lives while the rest is compiled, with what the compiler does as its caption.
cmake --build --preset quickstart 2>&1 | tee -a "$log" | "$build/bin/lizard" --until-end || failed "Compilation"

mkdir -p "$out"
if [ ! -e "$out/first_film.webp" ]; then
    "$nca" run "$model" --steps 400 --damage 200:36,36,10 --out "$out/first_film.webp" >>"$log" || exit
    printf 'The first film, of a lizard that we trained: %s\n' "$out/first_film.webp"
fi

if [ -e "$out/checkpoint.safetensors" ] && [[ " $* " != *" --overwrite "* && " $* " != *" --resume "* ]]; then
    set -- --resume "$@"
fi
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ] && [[ " $* " != *" --preview"* ]]; then
    set -- --preview terminal "$@"
fi
printf 'Training a lizard from scratch; Ctrl-C stops, and the same command continues.\n'
"$nca" grow "${training[@]}" --out "$out" "$@"

echo
echo "Written to $(cd "$out" && pwd):"
for file in "$out"/*; do
    [ -f "$file" ] && printf '  %8s  %s\n' "$(du -h "$file" | cut -f 1)" "${file##*/}"
done
