#!/bin/bash
# Installs what start.sh needs on Debian or Ubuntu: Ceph's object gateway, a monitor and an object store daemon.
# Needs root. Does nothing if they are there already. Recommended packages (manager, metadata server, Python) are left
# out: one gateway on one machine runs without them.
set -euo pipefail

if { command -v radosgw && command -v ceph-mon && command -v ceph-osd; } >/dev/null; then
  radosgw --version
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd curl openssl >/dev/null
radosgw --version
