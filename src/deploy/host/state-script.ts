/**
 * The two scripts that read a host: one as root, which starts the other as the account. POSIX sh with coreutils and, where
 * they are there, systemd, iproute2, Podman and a firewall. What they find is printed in frames: a line `NAME LENGTH`, then
 * so many bytes.
 */

/** Programs that `HostState.commands` tells about. */
export const HOST_COMMANDS = [
  ...["podman", "crun", "runc", "conmon", "newuidmap", "newgidmap", "slirp4netns", "pasta", "netavark", "aardvark-dns"],
  ...["catatonit", "fuse-overlayfs", "iptables", "nft", "docker"],
  ...[
    "apt-get",
    "dnf",
    "rpm-ostree",
    "systemctl",
    "loginctl",
    "systemd-run",
    "journalctl",
    "setpriv",
    "useradd",
    "usermod",
  ],
  ...["userdel", "getent", "flock", "tar", "find", "ss", "firewall-cmd", "ufw", "semanage", "restorecon", "ausearch"],
  ...["timedatectl", "chronyc", "quota", "xfs_quota", "curl", "sudo"],
] as const;

/**
 * Arguments: account, home of a new account, and the other script.
 * Input: lines \`file\`, \`content\`, \`folder\`, \`unit\`, \`docker\` or \`command\`, a space and what is asked for.
 */
export const STATE_SCRIPT = `
set -u
umask 077
account=$1
home=$2
inner=$3
LC_ALL=C
export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
out=$(mktemp -d /run/hublet-state-XXXXXX 2>/dev/null) || out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
trap 'exit 143' HUP INT TERM
mkdir "$out/wish" "$out/made"
cat > "$out/wish/all"
made=$out/made
made() { cat > "$made/$1"; }
asked() { sed -n "s/^$1 //p" "$out/wish/all"; }

# Slow ones first, beside the others.
(timeout 3 hostname -f 2>/dev/null || :) | made fqdn &
(podman --version 2>/dev/null || :) | made podman &
(ss -Hltnp 2>/dev/null || :) | made listening &
docker=$(asked docker)
if [ -n "$docker" ]; then
  engine() { docker --host "unix://$docker" "$@" 2>/dev/null; }
  (engine version --format '{{.Server.Version}}' || :) | made docker-version &
  (engine images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' || :) | made docker-images &
  (engine ps --all --quiet --no-trunc | xargs -r docker --host "unix://$docker" container inspect \\
    --format '{"name":{{json .Name}},"image":{{json .Config.Image}},"running":{{.State.Running}},"labels":{{json .Config.Labels}}}' \\
    2>/dev/null || :) | made docker-containers &
fi
(nft list ruleset 2>/dev/null | grep 'hook input.*policy drop' || :) | made filter &
if [ -e /run/systemd/system ]; then
  systemctl --version 2>/dev/null | head -n 1 | made systemd &
fi
# Asked by its bus and its files: each call of firewall-cmd takes a third of a second.
if zones=$(busctl --auto-start=no call org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone \\
  getPorts s "" 2>/dev/null); then
  echo "$zones" | made firewalld-ports
  busctl --auto-start=no call org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone \\
    getServices s "" 2>/dev/null | made firewalld-services
  zone=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf 2>/dev/null)
  cat "/etc/firewalld/zones/\${zone:-public}.xml" 2>/dev/null > "$made/firewalld-lasting" ||
    cat "/usr/lib/firewalld/zones/\${zone:-public}.xml" 2>/dev/null > "$made/firewalld-lasting"
fi
passwd=$(getent passwd "$account")
if [ -n "$passwd" ]; then
  uid=$(echo "$passwd" | cut -d: -f3)
  gid=$(echo "$passwd" | cut -d: -f4)
  home=$(echo "$passwd" | cut -d: -f6)
  runtime=/run/user/$uid
  if [ -S "$runtime/bus" ] && [ -d "$home" ]; then
    # The wish lies where only root can read; the account gets its part by standard input.
    become="setpriv --reuid=$uid --regid=$gid --init-groups --"
    # The doctor is also called by people without root, about themselves.
    [ "$(id -u)" != "$uid" ] || become=
    (asked unit | $become env -i PATH="$PATH" LC_ALL=C HOME="$home" USER="$account" \\
      XDG_RUNTIME_DIR="$runtime" DBUS_SESSION_BUS_ADDRESS="unix:path=$runtime/bus" \\
      systemd-run --user --pipe --wait --collect --quiet --setenv=PATH="$PATH" --setenv=LC_ALL=C -- \\
      sh -c "$inner" 2>/dev/null || :) | made account-part &
  fi
  [ ! -e "/var/lib/systemd/linger/$account" ] || echo yes | made linger
  dropin=/etc/systemd/system/user@$uid.service.d/hublet.conf
  cat "$dropin" 2>/dev/null > "$made/drop-in"
  [ ! "$runtime/systemd/private" -nt "$dropin" ] || echo yes | made fresh
  tree=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service
  [ -d "$tree" ] || tree=/sys/fs/cgroup/unified/user.slice/user-$uid.slice/user@$uid.service
  cat "$tree/cgroup.controllers" 2>/dev/null > "$made/delegated"
  if [ -S "$runtime/bus" ]; then
    manager=$(systemctl show -p MainPID --value "user@$uid.service" 2>/dev/null)
    [ "\${manager:-0}" = 0 ] || sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$manager/status" | made capabilities
  fi
  if [ -d "$home" ]; then stat -c %u -- "$home" | made account-home-owner; fi
fi
[ ! -d "$2" ] || stat -c %u -- "$2" | made home-owner

cat /proc/sys/kernel/hostname > "$made/hostname"
cat /etc/os-release 2>/dev/null > "$made/os-release" || cat /usr/lib/os-release > "$made/os-release"
uname -r -m | made kernel
cat /proc/1/comm > "$made/first"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then mode=v2
elif [ -e /sys/fs/cgroup/unified/cgroup.controllers ]; then mode=hybrid
elif [ -e /sys/fs/cgroup/memory ] || [ -e /sys/fs/cgroup/systemd ]; then mode=v1
else mode=none
fi
echo "$mode" | made cgroups
cat /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null > "$made/controllers"
cat /sys/fs/selinux/enforce 2>/dev/null > "$made/selinux"
(PATH=$PATH:/usr/lib/podman:/usr/libexec/podman:/usr/local/lib/podman:/usr/local/libexec/podman
  asked command | while IFS= read -r name; do
    path=$(command -v "$name") && echo "$name $path"
  done) | made commands
for place in /usr/lib /lib /usr/local/lib /etc; do
  for name in podman-user-generator quadlet; do
    [ ! -e "$place/systemd/user-generators/$name" ] || echo yes
  done
done | made quadlet
ls /usr/lib/systemd/user/dbus.socket /usr/lib/systemd/user/dbus-broker.service 2>/dev/null | made user-bus
ls /usr/lib/*/security/pam_systemd.so /lib/*/security/pam_systemd.so /usr/lib64/security/pam_systemd.so \\
  /usr/lib/security/pam_systemd.so 2>/dev/null | made pam-systemd
# Some directory services answer for a name but do not list everybody.
{ getent passwd; echo "$passwd"; } | made passwd
echo "$passwd" | made own
getent group | made group
cat /etc/subuid 2>/dev/null > "$made/subuid"
cat /etc/subgid 2>/dev/null > "$made/subgid"
stat -c %u /proc/[0-9]* 2>/dev/null | sort -un | made running
cat /etc/ufw/ufw.conf 2>/dev/null > "$made/ufw"
cat /etc/ufw/user.rules /var/lib/ufw/user.rules 2>/dev/null > "$made/ufw-rules"

place=$home
while [ ! -d "$place" ]; do place=\${place%/*}; place=\${place:-/}; done
stat -f -c '%a %S %d %b' -- "$place" | made disk

set --
while IFS= read -r path; do
  if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"; fi
done <<END
$(asked file)
END
if [ "$#" -gt 0 ]; then
  stat -c '%a %u %g %F|%n' -- "$@" | made files
  if [ -e /sys/fs/selinux/enforce ]; then stat -c '%C|%n' -- "$@" 2>/dev/null | made labels; fi
  # Links and pipes are not looked into: an account could lead root astray, or keep it waiting.
  for path; do
    shift
    if [ -f "$path" ] && [ ! -L "$path" ]; then set -- "$@" "$path"; fi
  done
  if [ "$#" -gt 0 ]; then sha256sum -- "$@" 2>/dev/null | made sums; fi
fi
asked folder | while IFS= read -r path; do
  [ -L "$path" ] || find "$path" -maxdepth 4 -type f 2>/dev/null
done | made listing
number=0
while IFS= read -r path; do
  number=$((number + 1))
  [ -f "$path" ] && [ ! -L "$path" ] || continue
  head -c 65536 -- "$path" | made "content-$number"
done <<END
$(asked content)
END

wait
[ -s "$made/listening" ] || cat /proc/net/tcp /proc/net/tcp6 > "$made/sockets" 2>/dev/null
cd "$made"
for name in *; do
  echo "$name $(wc -c < "$name")"
  cat "$name"
done
`;

/** As the account, in its manager. Input: names of units, one a line. Prints frames, too. */
export const ACCOUNT_SCRIPT = `
set -u
umask 077
units=$(cat)
made=$(mktemp -d "$XDG_RUNTIME_DIR/hublet-state-XXXXXX") || exit 1
trap 'rm -rf "$made"' EXIT
trap 'exit 143' HUP INT TERM
podman ps --all --format json > "$made/containers" 2>/dev/null &
podman images --format json > "$made/images" 2>/dev/null &
podman secret ls --format '{{.Name}}' > "$made/secrets" 2>/dev/null &
systemctl --user show -p Id,LoadState,ActiveState,Listen -- $units > "$made/units" 2>/dev/null
wait
cd "$made"
for name in *; do
  echo "$name $(wc -c < "$name")"
  cat "$name"
done
`;
