#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds trajectory.cpp and models.cpp for other processors, systems and standard libraries, runs them, under an
# emulator where need be, and compares what they print with expected.txt. Some targets are only compiled.
#
# Usage: run.sh [--install] [TARGET...]
#
# --install fetches compilers and emulators with apt and pip, and then none may be missing; otherwise the targets
# without theirs are skipped. `run.sh native` takes the compiler from CXX and more flags from CXXFLAGS.
set -euo pipefail
self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")
cd "$(dirname "$self")/../.."
build=$PWD/build/portability
tests=tests/portability
without=${without:-skipped} # what a target without its compiler is

all_targets="s390x windows-tests windows wasm aarch64 macos-arm64 i686-sse2 i686-x87 x86_64-sse2 x86_64-avx2
    x86_64-avx512 x86_64-scalar x86_64-libc++ x86_64-no-exceptions training-windows training-wasm training-aarch64
    training-libc++"

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Werror"
common="-std=c++20 -DNDEBUG -DNCA_DETERMINISTIC -Iinclude -isystem $build/include"
mingw=x86_64-w64-mingw32-g++-posix
wasm="-msimd128 -msse2 -fno-exceptions -fno-rtti"

# end STATUS TEXT...: the line of this target, and its status in a file.
end() {
    printf '%s\n' "$1" >"$folder/status"
    printf '%-8s%-21s %s\n' "$1" "$target" "${*:2}"
    exit 0
}
# needs COMMAND...: skips the target where one is missing, which after --install is a failure.
needs() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null 2>&1 || end "$without" "no $command"
    done
}
# quietly COMMAND...: fails the target with the last lines of what it printed.
quietly() {
    printf '%s\n' "$*" >>"$folder/log"
    if ! "$@" >>"$folder/log" 2>&1; then
        tail -n 30 "$folder/log" | cut -c 1-400 >&2
        end failed "see $folder/log"
    fi
}

# compile COMPILER FLAG...: both programs. The creature is optimised as users do, the models as far as time allows.
# shellcheck disable=SC2086
compile() {
    needs "$1"
    quietly "$1" $common $warnings "${@:2}" -O2 "$tests/trajectory.cpp" -o "$folder/trajectory.exe"
    quietly "$1" $common $warnings "${@:2}" -O1 "$tests/models.cpp" -o "$folder/models.exe"
}
# check [RUNNER...]: runs both programs and compares.
check() {
    printf '%s\n' "running with: $*" >>"$folder/log"
    if ! { "$@" "$folder/trajectory.exe" && "$@" "$folder/models.exe" examples/models; } >"$folder/raw" 2>>"$folder/log"; then
        tail -n 5 "$folder/raw" "$folder/log" >&2
        end failed "did not run: see $folder/log"
    fi
    tr -d '\r' <"$folder/raw" | grep -v '^lanes: ' >"$folder/printed" || true
    diff "$tests/expected.txt" "$folder/printed" >&2 || end failed "other numbers than $tests/expected.txt"
    end passed "$(sed -n 's/^lanes: \([a-z0-9_]*\), \([0-9]*\).*/\1, lanes: \2/p;q' "$folder/raw")"
}
# The creature without glue of Emscripten, as in a page; the models with it, because they are files. (Older glue takes
# the fetch() of newer versions of node for that of a browser.)
run_wasm() {
    case $1 in
    */trajectory.exe) node --no-warnings "$tests/wasi.mjs" "$folder/trajectory.wasm" ;;
    *) node -e 'delete globalThis.fetch; require(process.argv[1])' "$folder/models.js" "${@:2}" ;;
    esac
}
# check_syntax COMPILER FLAG...: a program that trains, compiled without warnings.
# shellcheck disable=SC2086
check_syntax() {
    needs "$1"
    quietly "$1" -std=c++20 -Iinclude -isystem "$build/include" $warnings "${@:2}" -fsyntax-only examples/minimal/grow.cpp
    end passed "a program that trains compiles without warnings"
}
# has FEATURE...: skips where this processor lacks one.
has() {
    local feature
    for feature in "$@"; do
        grep -qw "$feature" /proc/cpuinfo 2>/dev/null || end skipped "this processor has no $feature"
    done
}
find_wine() {
    local candidate
    for candidate in wine64 wine64-stable /usr/lib/wine/wine64 wine; do
        ! command -v "$candidate" >/dev/null 2>&1 || wine=$candidate
        [ -z "${wine:-}" ] || break
    done
    [ -n "${wine:-}" ] || end "$without" "no wine64"
    export WINEPREFIX=$build/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
    # Two targets may be the first; the second waits.
    (flock 9; [ -d "$WINEPREFIX/drive_c/windows" ] || "$wine" wineboot --init >/dev/null 2>&1) 9>"$build/wine.lock"
}
find_zig() {
    export ZIG_GLOBAL_CACHE_DIR=$build/zig-cache ZIG_LOCAL_CACHE_DIR=$build/zig-cache
    if command -v zig >/dev/null 2>&1; then
        zig=(zig)
    elif [ -d "$build/ziglang" ] || python3 -c 'import ziglang' 2>/dev/null; then
        export PYTHONPATH=$build/ziglang${PYTHONPATH:+:$PYTHONPATH}
        zig=(python3 -m ziglang)
    else
        end "$without" "no zig: pip install ziglang"
    fi
}

run_target() {
    target=$1
    folder=$build/$target
    mkdir -p "$folder"
    rm -f "$folder"/*
    case $target in
    native)
        # shellcheck disable=SC2086
        compile "${CXX:-c++}" ${CXXFLAGS:-}
        check
        ;;
    x86_64-sse2) compile g++ -march=x86-64 && check ;;
    x86_64-avx2) has avx2 fma && compile g++ -mavx2 -mfma && check ;;
    x86_64-avx512) has avx512f avx512bw avx512dq avx512vl && compile g++ -march=skylake-avx512 && check ;;
    x86_64-scalar) compile g++ -DNCA_SIMD_SCALAR -march=x86-64 && check ;;
    x86_64-libc++) compile clang++ -stdlib=libc++ -march=x86-64 && check ;;
    x86_64-no-exceptions) compile g++ -fno-exceptions -fno-rtti -march=x86-64 && check ;;
    i686-sse2) compile i686-linux-gnu-g++ -msse2 -mfpmath=sse -static && check ;;
    i686-x87)
        needs i686-linux-gnu-g++
        # shellcheck disable=SC2086
        if i686-linux-gnu-g++ $common -mno-sse -fsyntax-only "$tests/trajectory.cpp" 2>"$folder/log"; then
            end failed "NCA_DETERMINISTIC was accepted, although registers hold more digits than float"
        fi
        grep -q 'nca: NCA_DETERMINISTIC needs arithmetic in float itself' "$folder/log" || end failed "see $folder/log"
        end passed "NCA_DETERMINISTIC is refused, with the reason"
        ;;
    aarch64) needs qemu-aarch64 && compile aarch64-linux-gnu-g++ -static -Wno-psabi && check qemu-aarch64 ;;
    s390x) needs qemu-s390x && compile s390x-linux-gnu-g++ -static && check qemu-s390x ;;
    windows)
        find_wine
        compile "$mingw" -static -march=x86-64
        check "$wine"
        ;;
    windows-tests)
        needs "$mingw"
        find_wine
        # shellcheck disable=SC2086
        quietly "$mingw" -std=c++20 -O0 -Iinclude -Itests -isystem "$build/include" $warnings -static -Wa,-mbig-obj \
            -DNCA_DATA_DEFAULT='"data"' tests/common/main.cpp tests/core/*.cpp tests/io/*.cpp -o "$folder/tests.exe"
        quietly "$wine" "$folder/tests.exe"
        end passed "$(sed -n 's/.*test cases: *\([0-9]*\) .*/tests of core and io: \1/p' "$folder/log")"
        ;;
    wasm)
        needs em++ node
        # shellcheck disable=SC2086
        quietly em++ $common $warnings $wasm -O2 -sSTANDALONE_WASM "$tests/trajectory.cpp" -o "$folder/trajectory.wasm"
        # shellcheck disable=SC2086
        quietly em++ $common $warnings $wasm -O1 -sNODERAWFS "$tests/models.cpp" -o "$folder/models.js"
        check run_wasm
        ;;
    macos-arm64)
        find_zig
        quiet=-Wno-unused-command-line-argument # of flags that its driver adds
        # shellcheck disable=SC2086
        quietly "${zig[@]}" c++ -target aarch64-macos $common $warnings $quiet -O1 -c "$tests/models.cpp" -o "$folder/models.o"
        # shellcheck disable=SC2086
        quietly "${zig[@]}" c++ -target aarch64-macos -std=c++20 -Iinclude -isystem "$build/include" $warnings $quiet \
            -O0 -c examples/minimal/grow.cpp -o "$folder/grow.o"
        end passed "compiled, not run"
        ;;
    training-windows) check_syntax "$mingw" ;;
    training-libc++) check_syntax clang++ -stdlib=libc++ ;;
    training-aarch64) check_syntax aarch64-linux-gnu-g++ -Wno-psabi ;;
    training-wasm)
        # shellcheck disable=SC2086
        check_syntax em++ $wasm
        ;;
    *)
        printf '%s: no such target; there are: native %s\n' "$target" "$(tr -s ' \n' ' ' <<<"$all_targets")" >&2
        exit 2
        ;;
    esac
}

if [ "${1:-}" = --one ]; then
    run_target "$2"
    exit
fi

if [ "${1:-}" = --install ]; then
    shift
    # shellcheck source=cmake/packages.sh
    source cmake/packages.sh
    nca_require base ports
    [ -d "$build/ziglang" ] || PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --target "$build/ziglang" ziglang
    export without=failed
fi
mkdir -p "$build/include"

# Cross compilers must not see the system's headers, but those that are the same everywhere.
# header_folder NAME FOLDER: makes $build/include/FOLDER a link to the folder in which <NAME> lies here.
header_folder() {
    local found
    found=$(printf '#include <%s>\n' "$1" | "${CXX:-c++}" -std=c++20 -x c++ -E -I/usr/include/eigen3 - 2>/dev/null |
        sed -n "s|^# [0-9]* \"\(.*\)/${1#*/}\".*|\1|p" | head -n 1)
    if [ -z "$found" ]; then
        echo "run.sh: <$1> not found" >&2
        exit 2
    fi
    ln -sfn "$found" "$build/include/$2"
}
header_folder xsimd/xsimd.hpp xsimd
header_folder Eigen/Core Eigen
header_folder doctest/doctest.h doctest

# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all_targets
for chosen in "$@"; do rm -f "$build/$chosen/status"; done
jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu)
printf '%s\n' "$@" | xargs -P "$jobs" -I{} "$self" --one {}

passed=0 failed=0 skipped=0
for chosen in "$@"; do
    case $(cat "$build/$chosen/status" 2>/dev/null) in
    passed) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
