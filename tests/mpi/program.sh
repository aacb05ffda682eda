#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# nca under mpirun: what ranks train together is what one process trains; a rank that is lost ends all, and another
# number of ranks resumes. Usage: program.sh NCA MPIRUN
set -euo pipefail
nca=$1
mpirun=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
    echo "program.sh: $*" >&2
    exit 1
}
# train RANKS FOLDER ITERATIONS [more options]
train() {
    "$mpirun" -n "$1" "$nca" grow --target lizard --size 14 --padding 4 --batch 4 --threads 2 --iterations "$3" \
        --checkpoint-every 0 --out "$2" "${@:4}"
}
same() { cmp "$1/$3" "$2/$3" || fail "$1/$3 and $2/$3 differ"; }

"$nca" grow --target lizard --size 14 --padding 4 --batch 4 --iterations 12 --checkpoint-every 0 --out alone > alone.json
for ranks in 2 3; do
    train "$ranks" "ranks_$ranks" 12 > "ranks_$ranks.json" 2> "ranks_$ranks.log"
    [ "$(wc -l < "ranks_$ranks.json")" = 1 ] || fail "$ranks ranks print more than one line"
    same alone "ranks_$ranks" checkpoint.safetensors
    same alone "ranks_$ranks" model.safetensors
done

# One rank is lost: all end, and two go on from the last checkpoint.
train 3 lost 100000 > /dev/null 2> lost.log &
job=$!
for ((i = 0; i < 600; ++i)); do
    [ -f lost/checkpoint.safetensors ] && break
    sleep 0.1
done
[ -f lost/checkpoint.safetensors ] || fail "no checkpoint after a minute"
mapfile -t ranks < <(pgrep -f "out lost" | while read -r id; do [ "$id" = "$job" ] || echo "$id"; done)
kill -KILL "${ranks[-1]}"
status=0
wait "$job" || status=$?
[ "$status" != 0 ] || fail "the loss of a rank went unnoticed"
grep -q "signal 9" lost.log || fail "no sentence tells that a rank was lost: $(cat lost.log)"
iterations=$(train 2 lost 1 --resume 2> /dev/null | sed -n 's/.*"iterations": \([0-9]*\).*/\1/p')
[ -n "$iterations" ] || fail "the last checkpoint cannot be resumed"
total=$((iterations + 30))
train 2 lost "$total" --resume > /dev/null 2> resume.log || fail "$(cat resume.log)"
train 1 whole "$total" > /dev/null 2> /dev/null
same whole lost checkpoint.safetensors

# A mistake is told once.
status=0
train 3 none 0 > /dev/null 2> mistake.log || status=$?
[ "$status" = 2 ] || fail "a mistake ended with status $status"
[ "$(grep -c "iterations" mistake.log)" = 1 ] || fail "a mistake was told more than once: $(cat mistake.log)"

# Other commands run once.
"$mpirun" -n 3 "$nca" info alone/model.safetensors > info.json
[ "$(wc -l < info.json)" = 1 ] || fail "nca info ran more than once"

# A world is the same, whoever computes it.
hash_of() { sed -n 's/.*"hash": "\([^"]*\)".*/\1/p'; }
expected=$("$nca" world alone/model.safetensors --height 40 --width 50 --every 9 --steps 20 | hash_of)
[ -n "$expected" ] || fail "nca world prints no hash"
for ranks in 2 4; do
    found=$("$mpirun" -n "$ranks" "$nca" world alone/model.safetensors --height 40 --width 50 --every 9 --steps 20 | hash_of)
    [ "$found" = "$expected" ] || fail "a world of $ranks ranks has the hash $found, not $expected"
done
[ "$("$nca" run alone/model.safetensors --height 40 --width 50 --steps 20 | hash_of)" = \
    "$("$nca" world alone/model.safetensors --height 40 --width 50 --steps 20 | hash_of)" ] ||
    fail "nca world and nca run differ"
