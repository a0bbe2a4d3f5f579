/** Fixed scripts for the host's shell: each prints named parts, after a line with a random mark. POSIX sh, and what every host has. */

const HEAD = `mark=$1
part() { printf '\\n%s %s\\n' "$mark" "$1"; }
`;

/** Arguments: mark, uid of the account, its home, state folder, folder of the configuration. */
export const SYSTEM = `${HEAD}uid=$2 home=$3 state=$4 config=$5
there() { p=$1; while [ ! -e "$p" ] && [ "$p" != / ]; do p=$(dirname "$p"); done; printf '%s' "$p"; }
part id; id -u
part clock; date +%s
part cmdline; cat /proc/cmdline
part sysctl
for f in kernel/unprivileged_userns_clone user/max_user_namespaces kernel/apparmor_restrict_unprivileged_userns \\
  net/ipv4/ip_unprivileged_port_start fs/inotify/max_user_instances fs/inotify/max_user_watches; do
  [ -r "/proc/sys/$f" ] && printf '%s=%s\\n' "$f" "$(cat "/proc/sys/$f")"
done
part idmap
for c in newuidmap newgidmap; do
  path=$(command -v $c) || continue
  printf '%s=%s %s\\n' "$c" "$(stat -L -c '%a %u' "$path")" "$(getcap "$path" 2>/dev/null | sed 's/.* //')"
done
part helpers
for f in pasta slirp4netns netavark aardvark-dns nft iptables crun runc conmon catatonit fuse-overlayfs; do
  for d in /usr/local/bin /usr/bin /bin /usr/sbin /sbin /usr/lib/podman /usr/libexec/podman; do
    [ -x "$d/$f" ] && { printf '%s=%s\\n' "$f" "$d/$f"; break; }
  done
done
part devices
for f in /dev/fuse /dev/net/tun; do printf '%s=%s\\n' "$f" "$(stat -c '%a %u %g' "$f" 2>/dev/null)"; done
part manager
systemctl show "user@$uid.service" -p ActiveState -p Delegate -p DelegateControllers -p AmbientCapabilities \\
  -p DropInPaths -p MainPID -p NeedDaemonReload 2>/dev/null
part limits
pid=$(systemctl show "user@$uid.service" -p MainPID --value 2>/dev/null)
[ "\${pid:-0}" -gt 0 ] && cat "/proc/$pid/limits"
part runtime; stat -c '%u %a' "/run/user/$uid" 2>/dev/null
part mounts; cat /proc/self/mountinfo
part space; for f in "$home" "$state" /var/tmp; do df -P -k "$(there "$f")" | tail -n 1 | sed "s|^|$f |"; done
part inodes; for f in "$home" "$state" /var/tmp; do df -P -i "$(there "$f")" | tail -n 1 | sed "s|^|$f |"; done
part resolv; cat /etc/resolv.conf
part upstream-resolv; cat /run/systemd/resolve/resolv.conf 2>/dev/null
part memory; cat /proc/meminfo
part pressure; cat /proc/pressure/memory 2>/dev/null
part config-files; find "$config" -maxdepth 3 -printf '%m %U %G %y %p\\n' 2>/dev/null | head -n 500
part state-files; find "$state" -maxdepth 2 -printf '%m %U %G %y %p\\n' 2>/dev/null | head -n 500
part journal
[ -d /var/log/journal ] && echo folder=yes
cat /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf 2>/dev/null | grep -E '^(Storage|RateLimitBurst|RateLimitIntervalSec)='
part reboot
[ ! -e /run/reboot-required ] || { echo "asked=$(sort -u /run/reboot-required.pkgs 2>/dev/null | tr '\\n' ' ')"; }
kernels=$(ls /lib/modules 2>/dev/null)
[ -z "$kernels" ] || [ -d "/lib/modules/$(uname -r)" ] || echo "kernel=$(uname -r)"
part labels
if command -v getenforce >/dev/null && [ "$(getenforce)" != Disabled ]; then
  for f in "$state" "$home/.local/share/containers/storage"; do stat -c '%C %n' "$f" 2>/dev/null; done
fi
part addresses; hostname -I 2>/dev/null
part sockets; ss -Hltnpe 2>/dev/null
exit 0`;

/** Starts a service of systemd, which takes a moment. Arguments: mark. */
export const CLOCK = `${HEAD}part timedate; timedatectl show 2>/dev/null
exit 0`;

/** Arguments: mark, the name people type. */
export const NAMES = `${HEAD}part names
[ -z "$2" ] || timeout 3 getent ahosts "$2" || echo "none $?"
exit 0`;

/** What SELinux refused in the last hour. Arguments: mark. */
export const DENIALS = `${HEAD}part denials
command -v getenforce >/dev/null && [ "$(getenforce)" != Disabled ] || exit 0
if command -v ausearch >/dev/null; then
  ausearch -m AVC,USER_AVC -ts $(LC_ALL=C date -d '1 hour ago' '+%m/%d/%Y %H:%M:%S') 2>/dev/null
else
  journalctl --since '1 hour ago' -q -o cat 2>/dev/null
fi | grep 'avc: *denied' | tail -n 20
exit 0`;

/** As root. Arguments: mark, Docker's socket. */
export const DOCKER = `${HEAD}socket=$2
part docker-info; timeout 8 docker --host "unix://$socket" info --format '{{json .}}' 2>/dev/null
part docker-group; getent group "$(stat -L -c %G "$socket")" 2>/dev/null | cut -d: -f4; stat -L -c %a "$socket" 2>/dev/null
root=$(timeout 8 docker --host "unix://$socket" info --format '{{.DockerRootDir}}' 2>/dev/null)
part docker-space; [ -z "$root" ] || df -P -k "$root" | tail -n 1 | sed 's/^/- /'
exit 0`;

/** As the account. Arguments: mark. */
export const ENGINE = `${HEAD}part failed-units; systemctl --user list-units --failed --plain --no-legend --no-pager 2>/dev/null
part podman-socket; systemctl --user show podman.socket -p LoadState -p ActiveState -p UnitFileState 2>/dev/null
part podman-answer
if command -v podman >/dev/null; then
  said=$(timeout 8 podman info --format json 2>&1) && printf '%s\\n' "$said" || { part podman-error; printf '%s\\n' "\${said:-nothing}"; }
  part uid-map; timeout 5 podman unshare cat /proc/self/uid_map 2>/dev/null
fi
exit 0`;
