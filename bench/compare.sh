#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares nca with PyTorch on this machine, alternating, with the same weights, start and loss and two threads each: a
# grown lizard (growing), sixteen digits (mnist), feature networks (vision), four textures (texture), attacks on
# creatures and digits (adversarial), and published models that are guided by goals (goal), isotropic, or made of voxels
# (voxel). Prints a table for each; with --check it fails if a requirement of the project is not met. Takes about half
# an hour. With --compilers, growing is compared with PyTorch compiled, in float32 and in bfloat16, and with JAX, too.
#
# Usage: bench/compare.sh [--only growing|mnist|vision|texture|adversarial|goal|isotropic|voxel] [--check] [--rounds N]
#                         [--compilers]
#        (default: 3 rounds of nca, PyTorch, nca, PyTorch)
#
# Environment: NCA_DATA, the folder of published models, without which goal, isotropic and voxel are left out; PYTHON,
# an interpreter with torch and numpy, and with --compilers jax; PROGRAM, with --only, a bench_compare_growing, or that
# of another system, to use instead of building one; NCA_BENCH_MODEL, the growing model to compare; OUT, the folder for
# the measurements (build/compare).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check=()
compilers=
needed="numpy torch"
rounds=3
systems=(growing mnist vision texture adversarial)
published=(goal isotropic voxel)
[ -z "${NCA_DATA:-}" ] || systems+=("${published[@]}")
while [ $# -gt 0 ]; do
    case $1 in
    --check) check=(--check) ;;
    --compilers)
        compilers=1
        needed="numpy torch jax"
        ;;
    --only)
        only="${2:-}"
        [[ $only =~ ^(growing|mnist|vision|texture|adversarial|goal|isotropic|voxel)$ ]] || {
            echo "--only: expected growing, mnist, vision, texture, adversarial, goal, isotropic or voxel, found '$only'" >&2
            exit 2
        }
        systems=("$only")
        shift
        ;;
    --rounds)
        rounds="${2:-}"
        [[ $rounds =~ ^[1-9][0-9]*$ ]] || { echo "--rounds: expected a positive number, found '$rounds'" >&2; exit 2; }
        shift
        ;;
    *)
        sed -n '3,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
    esac
    shift
done

if [ -n "${PROGRAM:-}" ] && [ ${#systems[@]} -ne 1 ]; then
    echo "PROGRAM: name the system that it is for with --only" >&2
    exit 2
fi

if [[ " ${published[*]} " == *" ${only:-} "* ]] && [ -z "${NCA_DATA:-}" ]; then
    echo "--only $only: set NCA_DATA to the folder of published models" >&2
    exit 2
fi

# shellcheck source=cmake/packages.sh
source cmake/packages.sh

venv=build/compare/venv

# find_torch: the first interpreter with what is needed. The system's own is tried by its path, because another python3
# may precede it in PATH and does not see Debian's packages.
find_torch() {
    local candidate
    for candidate in "${PYTHON:-}" /usr/bin/python3 python3 "$venv/bin/python"; do
        if [ -n "$candidate" ] && "$candidate" -c "import ${needed// /, }" >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# install_torch: from system packages, else from PyPI into a virtual environment.
install_torch() {
    # In a subshell, because nca_install exits the shell on failure.
    if [ -z "$compilers" ] && command -v apt-get >/dev/null 2>&1 && (nca_install python3 python3-torch python3-numpy); then
        find_torch >/dev/null && return 0
    fi
    echo "No package has ${needed// /, }; pip installs them into $venv" >&2
    # shellcheck disable=SC2086 # names of packages
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet $needed; }; then
        echo "$needed could not be installed. Install it, and name the interpreter: PYTHON=... bench/compare.sh" >&2
        return 2
    fi
}

if ! python=$(find_torch); then
    install_torch >&2 || exit 2
    python=$(find_torch)
fi

if [ -z "${PROGRAM:-}" ]; then
    nca_require base
    cmake --preset release -DNCA_BUILD_BENCH=ON >&2
    cmake --build --preset release --target "${systems[@]/#/bench_compare_}" >&2
fi

out="${OUT:-build/compare}"
mkdir -p "$out"
status=0
for system in "${systems[@]}"; do
    program="${PROGRAM:-build/release/bin/bench_compare_$system}"
    if [[ " ${published[*]} " == *" $system "* ]]; then
        input=$NCA_DATA
    else
        input="$out/$system.safetensors"
        "$program" --export "$input"
    fi
    : >"$out/$system.jsonl"
    for ((run = 1; run <= 2 * rounds; ++run)); do
        echo "$system: run $run of $((2 * rounds)): ours, PyTorch" >&2
        "$program" >>"$out/$system.jsonl"
        "$python" "bench/peers/${system}_torch.py" "$input" >>"$out/$system.jsonl"
    done
    if [ -n "$compilers" ] && [ "$system" = growing ]; then
        for side in "torch.py --compiled" "torch.py --compiled --bfloat16" jax.py; do
            echo "growing: $side" >&2
            read -ra arguments <<<"$side"
            "$python" "bench/peers/growing_${arguments[0]}" "$input" "${arguments[@]:1}" >>"$out/$system.jsonl"
        done
    fi
    "$python" bench/peers/table.py "$system" "$out/$system.jsonl" "${check[@]}" || status=1
done
exit "$status"
