#!/bin/bash
# Starts a throw-away Ceph object store on 127.0.0.1: one monitor, one object store daemon, one or two S3 gateways.
#
#   start.sh DIR S3_PORT [MON_PORT]
#
#   DIR       everything is kept there: configuration, logs, pids, certificate, and the data unless it is in memory
#   S3_PORT   S3 over http, region eu-west-1
#   MON_PORT  default S3_PORT + 10; the next eight ports are for the object store daemon
#
# Environment:
#   US_PORT=n             a second region, us-east-1, at that port
#   TLS_PORT=n            the first region over https too, with the self-signed certificate DIR/tls.pem
#   CEPH_STORE=bluestore  data survives a stop and a start; default memstore: in memory, every start is empty
#   RGW_EXTRA='a = b'     more lines for the gateways' configuration
#
# Users: admin, other (accounts of their own, as radosgw has one account a user) and sys, whose keys are below.
# stop.sh DIR ends it.
set -euo pipefail

DIR=$(realpath -m "${1:?usage: start.sh DIR S3_PORT [MON_PORT]}")
S3_PORT=${2:?usage: start.sh DIR S3_PORT [MON_PORT]}
MON_PORT=${3:-$((S3_PORT + 10))}
STORE=${CEPH_STORE:-memstore}
HERE=$(cd "$(dirname "$0")" && pwd)
CONF=$DIR/ceph.conf

die() {
  echo "start.sh: $*" >&2
  tail -n 5 "$DIR"/log/*.err "$DIR"/log/client.*.log 2>/dev/null >&2 || true
  exit 1
}

for program in ceph ceph-mon ceph-osd monmaptool radosgw radosgw-admin curl; do
  command -v "$program" >/dev/null || die "$program is not installed: run install.sh"
done

# A store in memory is gone with its process, so what is left of an earlier run is of no use.
if [ -e "$DIR/fsid" ]; then
  bash "$HERE/stop.sh" "$DIR"
  if [ "$STORE" = memstore ]; then rm -rf "$DIR"; fi
fi
FRESH=1
if [ -e "$DIR/fsid" ]; then FRESH=0; fi
mkdir -p "$DIR"/{mon,osd/data,run,log}
if [ "$FRESH" = 1 ]; then cat /proc/sys/kernel/random/uuid >"$DIR/fsid"; fi
FSID=$(cat "$DIR/fsid")

# ---- configuration

HTTPS=
if [ -n "${TLS_PORT:-}" ]; then
  if [ ! -e "$DIR/tls.pem" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
      -addext 'subjectAltName=DNS:localhost,DNS:s3.localhost,IP:127.0.0.1' \
      -keyout "$DIR/tls.key" -out "$DIR/tls.pem" 2>/dev/null
  fi
  HTTPS=" ssl_endpoint=127.0.0.1:$TLS_PORT ssl_certificate=$DIR/tls.pem ssl_private_key=$DIR/tls.key"
fi

# The second region gets users and buckets from the first, whose log of them is made by its own sync thread.
SYNC=false
if [ -n "${US_PORT:-}" ]; then SYNC=true; fi

# usage log, lifecycle, resharding: background work that a short life does not need
# 'bucket names' by AWS's rules; KMS with one known key; temporary credentials as short as one second
GATEWAY="rgw dns name = s3.localhost
rgw realm = demo
rgw enable usage log = false
rgw enable lc threads = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw thread pool size = 64
rgw relaxed s3 bucket names = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=
rgw s3 auth use sts = true
rgw s3 auth order = local, sts
rgw sts key = 0123456789abcdef
rgw sts min session duration = 1
${RGW_EXTRA:-}"

cat >"$CONF" <<END
[global]
fsid = $FSID
mon host = [v2:127.0.0.1:$MON_PORT/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
ms bind port min = $((MON_PORT + 1))
ms bind port max = $((MON_PORT + 8))

# No authentication between the daemons. Then only the crc mode exists, and the gateway, which asks for the secure one
# unless told otherwise, would wait for ever.
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms client mode = crc
ms service mode = crc
ms cluster mode = crc

mon data = $DIR/mon/data
osd data = $DIR/osd/data
run dir = $DIR/run
admin socket = $DIR/run/\$name.asok
pid file = $DIR/run/\$name.pid
log file = $DIR/log/\$name.log
mon cluster log file = $DIR/log/cluster.log
log to stderr = false
crash dir =
debug default = 0

# Changes of the cluster map take 50 ms instead of a second each; there are dozens while pools are made.
paxos propose interval = 0.05
paxos min wait = 0.02

# one copy of everything
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush update on start = false
mon allow pool size one = true
mon allow pool delete = true
mon max pg per osd = 2000
mon data avail warn = 1
mon data avail crit = 1
osd objectstore = $STORE
memstore device bytes = 8589934592
bluestore block size = 8589934592
osd memory target = 939524096
osd op num shards = 2
osd op num threads per shard = 1

[client.rgw.eu]
rgw frontends = beast endpoint=127.0.0.1:$S3_PORT tcp_nodelay=1$HTTPS
rgw zonegroup = eu-west-1
rgw zone = euw1
rgw run sync thread = $SYNC
$GATEWAY

[client.rgw.us]
rgw frontends = beast endpoint=127.0.0.1:${US_PORT:-0} tcp_nodelay=1
rgw zonegroup = us-east-1
rgw zone = use1
rgw run sync thread = true
$GATEWAY
END

# ---- monitor and object store

daemon() { # NAME COMMAND...: starts it in the background by its own means, as the user who calls
  local name=$1
  shift
  "$@" -c "$CONF" --setuser "$(id -un)" --setgroup "$(id -gn)" >/dev/null 2>"$DIR/log/$name.err" || die "$name did not start"
}
cluster() { timeout 60 ceph -c "$CONF" "$@"; }

if [ "$FRESH" = 1 ]; then
  monmaptool --create --clobber --fsid "$FSID" --addv a "[v2:127.0.0.1:$MON_PORT]" "$DIR/monmap" >/dev/null
  ceph-mon -c "$CONF" --mkfs -i a --monmap "$DIR/monmap" 2>"$DIR/log/mon-mkfs.err" || die 'the monitor could not be made'
fi
daemon mon ceph-mon -i a
if [ "$FRESH" = 1 ]; then
  OSD_ID=$(cat /proc/sys/kernel/random/uuid)
  cluster osd new "$OSD_ID" >/dev/null || die 'the object store could not be registered'
  cluster osd crush add osd.0 1.0 root=default >/dev/null 2>&1
  ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$OSD_ID" >/dev/null 2>"$DIR/log/osd-mkfs.err" || die 'the object store could not be made'
fi
daemon osd ceph-osd -i 0

# ---- regions and users

admin() { radosgw-admin -c "$CONF" "$@" >>"$DIR/log/admin.out" 2>>"$DIR/log/admin.err" || die "radosgw-admin $1 $2 failed"; }

region() { # REGION ZONE PORT OPTIONS...
  local region=$1 zone=$2 url=http://127.0.0.1:$3
  shift 3
  admin zonegroup create --rgw-zonegroup="$region" --endpoints="$url" "$@"
  admin zone create --rgw-zonegroup="$region" --rgw-zone="$zone" --endpoints="$url" "$@" \
    --access-key=AKIASYSTEMSYSTEM0000 --secret=systemsecretsystemsecretsystemsecret0000
}

if [ "$FRESH" = 1 ]; then
  admin realm create --rgw-realm=demo --default
  region eu-west-1 euw1 "$S3_PORT" --master --default
  # Storage classes have to be declared; this one puts its objects where all others are.
  admin zonegroup placement add --rgw-zonegroup=eu-west-1 --placement-id=default-placement --storage-class=STANDARD_IA
  admin zone placement add --rgw-zone=euw1 --placement-id=default-placement --storage-class=STANDARD_IA \
    --data-pool=euw1.rgw.buckets.data
  if [ -n "${US_PORT:-}" ]; then region us-east-1 use1 "$US_PORT"; fi
  admin user create --uid=sys --display-name=System --system \
    --access-key=AKIASYSTEMSYSTEM0000 --secret=systemsecretsystemsecretsystemsecret0000
  admin user create --uid=admin --display-name=Admin \
    --access-key=AKIAADMINADMIN000001 --secret-key=adminsecretadminsecretadminsecret000001 --caps='roles=*;user-policy=*'
  admin user create --uid=other --display-name=Other \
    --access-key=AKIAOTHEROTHER000002 --secret-key=othersecretothersecretothersecret000002
  admin period update --commit
fi

# ---- gateways

answers() { # PORT
  for _ in $(seq 600); do
    if curl -s -o /dev/null "http://127.0.0.1:$1/"; then return; fi
    sleep 0.05
  done
  die "no answer at port $1"
}
daemon rgw-eu radosgw -n client.rgw.eu
answers "$S3_PORT"
echo "eu-west-1  http://127.0.0.1:$S3_PORT"
if [ -n "${TLS_PORT:-}" ]; then echo "eu-west-1  https://127.0.0.1:$TLS_PORT"; fi
if [ -n "${US_PORT:-}" ]; then
  daemon rgw-us radosgw -n client.rgw.us
  answers "$US_PORT"
  # The users follow from the first region within a second or so.
  for _ in $(seq 200); do
    if radosgw-admin -c "$CONF" --rgw-zonegroup=us-east-1 --rgw-zone=use1 user info --uid=other >/dev/null 2>&1; then break; fi
    sleep 0.1
  done
  echo "us-east-1  http://127.0.0.1:$US_PORT"
fi
