#!/bin/bash
# A disposable Debian 13 in an emulated machine, for what a container cannot show: control groups of version 2 with every
# controller. Needs root and qemu-system-x86; no KVM. Slow: about a minute to boot.
#
#   vm.sh build            make kernel and disk once (kept in $CACHE)
#   vm.sh up NAME PORT     boot it; ssh as root at 127.0.0.1:PORT with the key in $STATE/NAME/key
#   vm.sh ssh NAME CMD...  run as root in it
#   vm.sh down NAME        end it and delete its disk
#
# Ports of the machine that answer on 127.0.0.1 here: VM_PORTS="8443:443 ...".
set -euo pipefail
STATE=${VM_STATE:-/var/lib/hublet-vms}
CACHE=${VM_CACHE:-/var/cache/hublet}
PACKAGES=linux-image-cloud-amd64,initramfs-tools,systemd,systemd-sysv,systemd-resolved,udev,dbus,dbus-user-session,libpam-systemd,podman,crun,conmon,catatonit,passt,uidmap,netavark,aardvark-dns,nftables,iproute2,procps,ca-certificates,openssh-server
SUITE=trixie
KEY=vm-$(printf '%s' "$PACKAGES$SUITE" | sha256sum | cut -c1-12)
die() { echo "vm: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "run this as root"

mirror() { # that of this machine's own package sources
  awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null
}
build() {
  [ ! -s "$CACHE/$KEY.img" ] || return 0
  local root units
  mkdir -p "$CACHE"; root=$(mktemp -d /var/tmp/hublet-vm-XXXXXX)
  mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$PACKAGES" "$SUITE" "$root" "$(mirror)" 2>"$CACHE/$KEY.log" || { tail -20 "$CACHE/$KEY.log" >&2; die "mmdebstrap failed"; }
  cp "$root"/boot/vmlinuz-* "$CACHE/$KEY.kernel"; cp "$root"/boot/initrd.img-* "$CACHE/$KEY.initrd"
  echo vm >"$root/etc/hostname"; echo "127.0.0.1 localhost vm vm.example.org" >"$root/etc/hosts"
  printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/wired.network"
  printf '/dev/vda / ext4 defaults 0 1\n' >"$root/etc/fstab"
  units=$root/etc/systemd/system
  mkdir -p "$units/multi-user.target.wants" "$root/root/.ssh"; chmod 700 "$root/root/.ssh"
  ln -sf /usr/lib/systemd/system/systemd-networkd.service "$units/multi-user.target.wants/"
  ln -sf /dev/null "$units/apt-daily.timer"; ln -sf /dev/null "$units/apt-daily-upgrade.timer"; ln -sf /dev/null "$units/systemd-networkd-wait-online.service"
  mke2fs -q -t ext4 -d "$root" "$CACHE/$KEY.part" 6G && mv "$CACHE/$KEY.part" "$CACHE/$KEY.img"
  rm -rf "$root"
}
up() { # an emulated kernel may panic while it boots: once more, then it is a fault
  build
  boot "$1" "$2" || { echo "vm: booting once more" >&2; boot "$1" "$2"; }
}
boot() {
  local name=$1 port=$2 folder=$STATE/$1 forwards pair i
  down "$name"; mkdir -p "$folder"; chmod 700 "$folder"
  cp --sparse=always --reflink=auto "$CACHE/$KEY.img" "$folder/disk.img"
  ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
  printf 'cd /root/.ssh\nwrite %s authorized_keys\nset_inode_field authorized_keys mode 0100600\n' "$folder/key.pub" | debugfs -w "$folder/disk.img" >/dev/null 2>&1
  forwards=hostfwd=tcp:127.0.0.1:$port-:22
  for pair in ${VM_PORTS:-}; do forwards=$forwards,hostfwd=tcp:127.0.0.1:${pair%:*}-:${pair#*:}; done
  echo "$port" >"$folder/port"
  # Without these flags the emulated processor makes stock kernels panic; a panic ends the machine.
  setsid qemu-system-x86_64 -accel tcg,thread=multi -cpu max,cx16=off,la57=off,pku=off -smp 2 -m 3072 -nographic -no-reboot \
    -kernel "$CACHE/$KEY.kernel" -initrd "$CACHE/$KEY.initrd" -append "root=/dev/vda rw console=ttyS0 panic=-1 quiet systemd.show_status=false" \
    -drive "file=$folder/disk.img,format=raw,if=virtio,cache=unsafe" -nic "user,model=virtio-net-pci,$forwards" \
    -device virtio-rng-pci >"$folder/console.log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  # From the disk itself: sshd holds those off for a while who only ask for its key.
  printf '[127.0.0.1]:%s %s\n' "$port" "$(debugfs -R 'cat /etc/ssh/ssh_host_ed25519_key.pub' "$folder/disk.img" 2>/dev/null)" >"$folder/known_hosts"
  for i in $(seq 120); do
    kill -0 "$(cat "$folder/pid")" 2>/dev/null || { tail -20 "$folder/console.log" >&2; echo "vm: the machine ended" >&2; return 1; }
    remote "$name" 'systemctl is-system-running --wait >/dev/null; true' 2>/dev/null && return 0
    sleep 2
  done
  tail -20 "$folder/console.log" >&2; echo "vm: the machine was not ready within 4 minutes" >&2; return 1
}
remote() {
  local folder=$STATE/$1; shift
  ssh -q -i "$folder/key" -o UserKnownHostsFile="$folder/known_hosts" -o BatchMode=yes -o ConnectTimeout=20 -p "$(cat "$folder/port")" root@127.0.0.1 "$@"
}
down() {
  local pid; pid=$(cat "$STATE/$1/pid" 2>/dev/null) && kill -KILL "$pid" 2>/dev/null || :
  rm -rf "${STATE:?}/$1"
}

case ${1:-} in
  build) build ;;
  up) up "$2" "$3" ;;
  ssh) shift; remote "$@" ;;
  down) down "$2" ;;
  *) sed -n '2,/^set -/{/^#/p}' "$0"; exit 2 ;;
esac
