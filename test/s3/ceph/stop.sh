#!/bin/bash
# Ends what start.sh has started in DIR.
#
#   stop.sh DIR [--wipe]
#
# --wipe removes DIR as well. Then, and with a store in memory, there is nothing to be written back, and the daemons are
# killed at once; otherwise they are asked to end, the gateways first.
set -u

DIR=$(realpath -m "${1:?usage: stop.sh DIR [--wipe]}")
WIPE=${2:-}
SIGNAL=TERM
if [ "$WIPE" = --wipe ] || grep -q '^osd objectstore = memstore' "$DIR/ceph.conf" 2>/dev/null; then SIGNAL=KILL; fi

# A zombie has ended; it only waits to be collected by its parent.
ended() { ! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }

stop() { # NAME...
  local name file pid
  local -A pids=()
  for name in "$@"; do
    file=$DIR/run/$name.pid
    [ -s "$file" ] || continue
    pid=$(tr -d '[:space:]' <"$file")
    # The number may belong to another process by now: only one that runs with our configuration is ours.
    if grep -aqF -- "$DIR/ceph.conf" "/proc/$pid/cmdline" 2>/dev/null; then
      pids[$name]=$pid
      kill "-$SIGNAL" "$pid" 2>/dev/null
    fi
  done
  for name in "${!pids[@]}"; do
    for _ in $(seq 400); do
      ended "${pids[$name]}" && break
      sleep 0.05
    done
    ended "${pids[$name]}" || kill -KILL "${pids[$name]}" 2>/dev/null
  done
  for name in "$@"; do rm -f "$DIR/run/$name.pid"; done
}

if [ "$SIGNAL" = KILL ]; then
  # All together, as it takes the system a second or two to take each apart.
  stop client.rgw.eu client.rgw.us osd.0 mon.a
else
  stop client.rgw.eu client.rgw.us
  stop osd.0
  stop mon.a
fi
if [ "$WIPE" = --wipe ]; then rm -rf "$DIR"; fi
exit 0
