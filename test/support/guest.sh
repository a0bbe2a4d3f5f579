#!/bin/bash
# A disposable Debian 13 with systemd as its first process, a network of its own and rootless Podman, for tests of what
# `hublet apply` does to a host. Needs root, systemd-nspawn and mmdebstrap; neither KVM nor systemd on this machine.
#
#   guest.sh build                 make the root file system once (kept in $CACHE)
#   guest.sh up NAME NUMBER        a fresh guest, address 10.213.77.NUMBER, booted and ready
#   guest.sh exec NAME CMD...      run as root in it, in a cgroup of its own; exit status and stdio pass through
#   guest.sh reboot NAME           halt it cleanly and boot the same root again
#   guest.sh down NAME             end it and delete its root
#   guest.sh leader NAME           process id of its first process
#
# GUEST_BINDS: "/here:/there ..." folders of this machine that are seen inside, read-only.
set -euo pipefail
STATE=${GUEST_STATE:-/var/lib/hublet-guests}
CACHE=${GUEST_CACHE:-/var/cache/hublet}
PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,podman,crun,conmon,catatonit,passt,uidmap,netavark,aardvark-dns,nftables,iproute2,procps,ca-certificates,openssh-server,sudo,ufw,curl,python3-apt
SUITE=trixie BRIDGE=hublet-guests NETWORK=10.213.77
TAR=$CACHE/guest-$(printf '%s' "$PACKAGES$SUITE" | sha256sum | cut -c1-12).tar
die() { echo "guest: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "run this as root"

mirror() { # that of this machine's own package sources
  awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null
}
build() {
  [ ! -s "$TAR" ] || return 0
  mkdir -p "$CACHE"
  mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$PACKAGES" "$SUITE" "$TAR.$$.tar" "$(mirror)" 2>"$TAR.log" || { tail -20 "$TAR.log" >&2; die "mmdebstrap failed"; }
  mv "$TAR.$$.tar" "$TAR"
}

leader() {
  local supervisor nspawn
  supervisor=$(cat "$STATE/$1/pid" 2>/dev/null) && kill -0 "$supervisor" 2>/dev/null || return 1
  nspawn=$(pgrep -P "$supervisor" -x systemd-nspawn) || return 1
  pgrep -P "$nspawn" -x systemd
}
enter() { # in all its namespaces, but in the cgroup of whoever calls
  local name=$1 first; shift
  first=$(leader "$name") || { echo "guest: $name is not up" >&2; return 1; }
  nsenter -t "$first" -m -u -i -n -p -C -r -w env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root "$@"
}

network() { # a bridge with a cable for each guest and one for this machine; nothing is routed further
  local name=$1 number=$2
  # In a namespace of its own: where Docker runs, this machine's firewall drops what a bridge of its hands on.
  if ! ip netns list | grep -qw "^$BRIDGE"; then
    ip netns add "$BRIDGE"
    ip -n "$BRIDGE" link add br0 type bridge
    ip -n "$BRIDGE" link set br0 up
    ip link add "$BRIDGE" type veth peer name machine netns "$BRIDGE"
    ip -n "$BRIDGE" link set machine master br0 up
    ip addr add "$NETWORK.1/24" dev "$BRIDGE"
    ip link set "$BRIDGE" up
  fi
  ip netns add "hg-$name"
  ip -n "$BRIDGE" link add "hg-$name" type veth peer name eth0 netns "hg-$name"
  ip -n "$BRIDGE" link set "hg-$name" master br0 up
  ip -n "hg-$name" link set lo up
  ip -n "hg-$name" addr add "$NETWORK.$number/24" dev eth0
  ip -n "hg-$name" link set eth0 up
  ip -n "hg-$name" route add default via "$NETWORK.1"
}
unplug() {
  ip -n "$BRIDGE" link del "hg-$1" 2>/dev/null || :
  ip netns del "hg-$1" 2>/dev/null || :
}

prepare() {
  local name=$1 number=$2 root=$STATE/$1/root units s
  mkdir -p "$root" "$STATE/$name/dev"; tar -xpf "$TAR" -C "$root" --numeric-owner
  # Nodes of our own, so that this machine's need no other mode (rootless overlay and pasta open them).
  [ -e "$STATE/$name/dev/fuse" ] || mknod -m 666 "$STATE/$name/dev/fuse" c 10 229
  [ -e "$STATE/$name/dev/tun" ] || mknod -m 666 "$STATE/$name/dev/tun" c 10 200
  echo "nameserver $NETWORK.1" >"$root/etc/resolv.conf"
  echo "$name" >"$root/etc/hostname"; printf '127.0.0.1 localhost\n%s.%s %s.example.org %s\n' "$NETWORK" "$number" "$name" "$name" >"$root/etc/hosts"
  rm -f "$root"/etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f "$root/etc/ssh/ssh_host_ed25519_key"
  rm -f "$root/etc/machine-id"; touch "$root/etc/machine-id"
  units=$root/etc/systemd/system; mkdir -p "$units/sysinit.target.wants" "$units/multi-user.target.wants"
  # A rootless container mounts its own proc and sysfs; the kernel allows that only where an unmasked one is visible, and
  # nspawn masks parts of both: show clean ones elsewhere.
  cat >"$units/unmasked-api.service" <<X
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'mkdir -p /run/unmasked/proc /run/unmasked/sys && mount -t proc proc /run/unmasked/proc && mount -t sysfs sysfs /run/unmasked/sys && mount -o remount,bind,rw /proc/sys'
X
  ln -sf ../unmasked-api.service "$units/sysinit.target.wants/"
  # Quadlet's wait for the network polls this target for 90 s: reach it at boot.
  ln -sf /usr/lib/systemd/system/network-online.target "$units/multi-user.target.wants/"
  for s in console-getty.service getty@.service systemd-modules-load.service systemd-sysctl.service systemd-firstboot.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer netavark-dhcp-proxy.service netavark-dhcp-proxy.socket modprobe@.service; do
    ln -sf /dev/null "$units/$s"
  done
}

up() {
  leader "$1" >/dev/null && die "$1 is up already"
  build; down "$1"; mkdir -p "$STATE/$1"; prepare "$1" "$2"; network "$1" "$2"; boot "$1"
}
boot() {
  local name=$1 binds=() pair i
  for pair in ${GUEST_BINDS:-}; do binds+=("--bind-ro=$pair"); done
  export ROOT=$STATE/$name/root FOLDER=$STATE/$name NAME=$name
  setsid unshare --mount --pid --fork --kill-child --mount-proc --propagation private bash -euc '
    umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup      # in this namespace only
    mount -t cgroup2 none /sys/fs/cgroup
    for c in $(cat /sys/fs/cgroup/cgroup.controllers); do echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || :; done
    mkdir -p "/sys/fs/cgroup/hublet-guest-$NAME" && echo $$ >"/sys/fs/cgroup/hublet-guest-$NAME/cgroup.procs"
    cp "/sys/fs/cgroup/hublet-guest-$NAME/cgroup.controllers" "$FOLDER/controllers"
    mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd             # nspawn leaves things there
    exec systemd-nspawn --quiet -D "$ROOT" --boot --register=no --keep-unit --machine="$NAME" --hostname="$NAME" \
      --network-namespace-path="/run/netns/hg-$NAME" --capability=all --system-call-filter="@keyring bpf" --resolv-conf=off \
      --timezone=off --link-journal=no --bind="$FOLDER/dev/fuse:/dev/fuse" --bind="$FOLDER/dev/tun:/dev/net/tun" --console=read-only "$@"
  ' nspawn "${binds[@]}" >"$STATE/$name/console.log" 2>&1 </dev/null &
  echo $! >"$STATE/$name/pid"
  for i in $(seq 300); do
    sleep 0.2; kill -0 "$(cat "$STATE/$name/pid")" 2>/dev/null || { tail -20 "$STATE/$name/console.log" >&2; die "nspawn ended"; }
    enter "$name" systemctl is-active -q multi-user.target >/dev/null 2>&1 || continue
    # A hybrid machine has no pids controller in cgroup2: with Podman's default limit of processes every start would fail.
    if ! grep -qw pids "$STATE/$name/controllers"; then
      mkdir -p "$ROOT/etc/containers/containers.conf.d"
      printf '[containers]\npids_limit = 0\n' >"$ROOT/etc/containers/containers.conf.d/guest.conf"
    fi
    return 0
  done
  tail -30 "$STATE/$name/console.log" >&2; die "$name was not ready within 60 s"
}
run() { # through systemd-run, so that it lands in a cgroup of the inside, where logind and Podman look
  local name=$1; shift
  enter "$name" systemd-run --quiet --pipe --wait --collect -p KillMode=mixed -E HOME=/root -E LANG=C.UTF-8 -E PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
halt() {
  local name=$1 seconds=$2 supervisor folder i
  supervisor=$(cat "$STATE/$name/pid" 2>/dev/null) || return 0
  if kill -0 "$supervisor" 2>/dev/null; then
    kill -TERM "$(pgrep -P "$supervisor" -x systemd-nspawn)" 2>/dev/null || :    # a clean halt inside
    for i in $(seq $((seconds * 5))); do kill -0 "$supervisor" 2>/dev/null || break; sleep 0.2; done
    kill -KILL "$supervisor" 2>/dev/null || :                                     # --kill-child takes the rest along
  fi
  rm -f "$STATE/$name/pid"
  folder=/sys/fs/cgroup/unified; [ -d "$folder" ] || folder=/sys/fs/cgroup
  for i in $(seq 20); do                                                          # dying processes hold it a moment
    [ -d "$folder/hublet-guest-$name" ] || break
    find "$folder/hublet-guest-$name" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.2
  done
}
down() {
  halt "$1" 2; unplug "$1"; rm -rf "${STATE:?}/$1"
  [ -n "$(ls -A "$STATE" 2>/dev/null)" ] || { ip link del "$BRIDGE"; ip netns del "$BRIDGE"; } 2>/dev/null || :
}

case ${1:-} in
  build) build ;;
  up) up "$2" "$3" ;;
  exec) shift; run "$@" ;;
  reboot) halt "$2" 40; boot "$2" ;;
  down) down "$2" ;;
  leader) leader "$2" ;;
  *) sed -n '2,/^set -/{/^#/p}' "$0"; exit 2 ;;
esac
