#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares WebAssembly under node with native code for SSE2, one thread each, in turn: a step of the grown lizard, and a
# training iteration. Prints the fastest of all rounds and their ratio.
#
# Usage: web.sh [ROUNDS]. Needs build/site: examples/web/build.sh --no-docs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5}

if [ ! -e build/site/nca.wasm ]; then
    echo "build/site is not built: examples/web/build.sh --no-docs" >&2
    exit 2
fi
mkdir -p build/web
"${CXX:-g++}" -std=c++20 -O3 -DNDEBUG -msse2 -pthread -I include -isystem /usr/include/eigen3 bench/web/speed.cpp \
    -o build/web/speed_sse2
for ((i = 0; i < rounds; ++i)); do
    printf 'native %s\n' "$(build/web/speed_sse2)"
    printf 'wasm %s\n' "$(node bench/web/speed.mjs)"
done | awk '
    { if (!($1 in step) || $2 < step[$1]) step[$1] = $2
      if (!($1 in iteration) || $3 < iteration[$1]) iteration[$1] = $3 }
    END {
        printf "a step:               native, SSE2 %.0f us, WebAssembly %.0f us, speed %.2f\n",
            step["native"], step["wasm"], step["native"] / step["wasm"]
        printf "a training iteration: native, SSE2 %.0f ms, WebAssembly %.0f ms, speed %.2f\n",
            iteration["native"], iteration["wasm"], iteration["native"] / iteration["wasm"]
    }'
