#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ranks on hosts of their own, which are network namespaces joined by a bridge: programs that compare the bits of all
# ranks with those of one, and a host that is lost. Ends with 77 where namespaces cannot be made.
# Usage: hosts.sh MPIRUN NCA PROGRAM...
set -euo pipefail
mpirun=$1
nca=$2
shift 2
hosts=(1 2 3)
name=nca$$
folder=$(mktemp -d)

remove() {
    local host
    for host in 0 "${hosts[@]}"; do ip netns del "$name-$host" 2> /dev/null || true; done
    rm -rf "$folder"
}
trap remove EXIT
fail() {
    echo "hosts.sh: $*" >&2
    exit 1
}
skip() {
    echo "hosts.sh: skipped, as $*"
    exit 77
}

command -v ip > /dev/null || skip "there is no ip (Debian: iproute2)"
for host in 0 "${hosts[@]}"; do
    ip netns add "$name-$host" 2> "$folder/log" || skip "network namespaces cannot be made: $(cat "$folder/log")"
done
ip -n "$name-0" link add bridge type bridge 2> "$folder/log" || skip "bridges cannot be made: $(cat "$folder/log")"
ip -n "$name-0" link set bridge up
for host in "${hosts[@]}"; do
    ip link add "port$host" netns "$name-0" type veth peer name eth0 netns "$name-$host"
    ip -n "$name-0" link set "port$host" master bridge up
    ip -n "$name-$host" addr add "10.77.0.$host/24" dev eth0
    ip -n "$name-$host" link set eth0 up
    ip -n "$name-$host" link set lo up
done

# What mpirun runs in place of ssh: agent ADDRESS COMMAND...
cat > "$folder/agent" <<END
#!/bin/sh
host=$name-\${1##*.}
shift
exec ip netns exec "\$host" unshare --uts sh -c "hostname \$host; \$*"
END
chmod +x "$folder/agent"
# on NUMBER COMMAND...: runs a command on so many hosts, a rank on each. The hosts share a file system, on which Open
# MPI's daemons would exchange the topology of one machine.
on() {
    local list
    list=$(printf ',10.77.0.%s' "${hosts[@]:0:$1}")
    ip netns exec "$name-1" unshare --uts sh -c "hostname $name-1; exec \"\$@\"" sh \
        "$mpirun" --bind-to none --mca rtc ^hwloc --mca plm_rsh_agent "$folder/agent" --mca btl tcp,self \
        --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 --host "${list:1}" -n "$1" "${@:2}"
}

[ "$(on 3 hostname | sort -u | wc -l)" = 3 ] || fail "the ranks do not run on hosts of their own"
for program in "$@"; do
    on 3 "$program" || fail "$program failed on three hosts"
done

# A host is lost: the others end with a sentence, and two resume.
train() {
    on "$1" "$nca" grow --target lizard --size 14 --padding 4 --batch 4 --iterations "$2" --checkpoint-every 0 \
        --out "$folder/lost" "${@:3}"
}
train 3 100000 > /dev/null 2> "$folder/log" &
job=$!
for ((i = 0; i < 600; ++i)); do
    [ -f "$folder/lost/checkpoint.safetensors" ] && break
    sleep 0.1
done
[ -f "$folder/lost/checkpoint.safetensors" ] || fail "no checkpoint after a minute: $(cat "$folder/log")"
sleep 2 # until all daemons have reported: before, mpirun takes a loss for a failure to start
ip netns pids "$name-3" | xargs kill -KILL
status=0
wait "$job" || status=$?
[ "$status" != 0 ] || fail "the loss of a host went unnoticed"
# Which of Open MPI's sentences depends on who notices first: mpirun, or a rank that connects to the lost one.
sentences="unexpectedly disconnected|lost communication|failed to TCP connect to a peer"
grep -qE "$sentences" "$folder/log" || fail "no sentence tells of the loss: $(cat "$folder/log")"
iterations=$(train 2 1 --resume 2> /dev/null | sed -n 's/.*"iterations": \([0-9]*\).*/\1/p')
[ -n "$iterations" ] || fail "the last checkpoint cannot be resumed"
train 2 $((iterations + 5)) --resume > /dev/null 2> "$folder/log" || fail "$(cat "$folder/log")"
