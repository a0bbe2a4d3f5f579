/** Each check with values of a host where its fault is there, and of one where it is not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRecipe } from "../../images/index.ts";
import { CHECKS } from "./checks.ts";
import { answering, CONFIG, contextWith, type Spoiled } from "./context.fixture.ts";
import { isPodmanOnly } from "./podman-only.ts";
import { stepText } from "./report.ts";
import type { CheckContext, Finding } from "./types.ts";

async function look(id: string, context: CheckContext): Promise<readonly Finding[] | string> {
  const check = CHECKS.find((each) => each.id === id);
  assert.ok(check !== undefined, `there is no check ${id}`);
  const found = await check.run(context);
  return "outcome" in found ? found.outcome : found;
}

test("there are many checks, each with a name of its own", () => {
  assert.ok(CHECKS.length >= 32);
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  for (const { id } of CHECKS) assert.match(id, /^[a-z]+(-[a-z]+)*$/);
});

test("nothing is found on a host in order", async () => {
  for (const { id, deep } of CHECKS.filter((check) => !check.deep)) {
    // Certificates have tests of their own.
    if (id.startsWith("certificate-")) continue;
    const found = await look(id, contextWith());
    assert.ok(found === "ok" || found === "skipped" || found.length === 0, `${id}: ${JSON.stringify(found)} ${deep}`);
  }
});

test("nothing is found, and nothing goes wrong, on a host that has nothing yet", async () => {
  const nothing: Spoiled = {
    state: { account: undefined, containers: [], images: {}, podman: undefined, listening: [], podmanSecrets: [] },
    context: { deployed: false, generation: undefined, config: undefined },
    parts: {
      ...Object.fromEntries(["manager", "runtime", "limits", "podman-answer", "uid-map"].map((part) => [part, ""])),
    },
  };
  for (const { id } of CHECKS) {
    const found = await look(id, contextWith(nothing));
    if (id === "podman-version") assert.match(JSON.stringify(found), /"install"/);
    else assert.ok(typeof found === "string" || found.length === 0, `${id}: ${JSON.stringify(found)}`);
  }
});

interface Row {
  readonly id: string;
  readonly when: string;
  readonly spoiled: Spoiled;
  readonly says: RegExp;
  /** Of its commands; "" for none. */
  readonly fix?: RegExp | "";
  readonly advice?: RegExp;
  readonly severity?: Finding["severity"];
  readonly safe?: boolean;
}

const SERVER = { name: "jupyter-ada", image: "i", running: true, labels: {} };
const FEDORA = { family: "fedora", id: "rocky", name: "Rocky Linux 8", version: "8" } as const;
const V1 = { mode: "v1", available: [], delegated: [] } as const;
const uid = 995;

/** A host whose deployment runs in Docker. @param info what `docker info` says otherwise than in order */
function inDocker(info: Readonly<Record<string, unknown>>, space = "- /dev/sda1 100000000 1 90000000 1% /"): Spoiled {
  const orderly = {
    LiveRestoreEnabled: true,
    Driver: "overlay2",
    DockerRootDir: "/var/lib/docker",
    SecurityOptions: [],
    ...{ MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true, CgroupVersion: "2" },
  };
  return {
    context: { engine: "docker", dockerSocket: "/run/docker.sock" },
    state: { docker: "20.10.24" },
    parts: { "docker-info": JSON.stringify({ ...orderly, ...info }), "docker-group": "\n660", "docker-space": space },
  };
}

const ROWS: readonly Row[] = [
  {
    id: "cgroup-version",
    when: "Debian boots with version 1",
    spoiled: { state: { cgroups: V1 } },
    says: /version 1/,
    fix: /\/etc\/default\/grub\nupdate-grub/,
    safe: false,
  },
  {
    id: "cgroup-version",
    when: "the command line says so",
    spoiled: { state: { cgroups: V1 }, parts: { cmdline: "systemd.unified_cgroup_hierarchy=0" } },
    says: /version 1/,
    fix: /s\/systemd\.unified_cgroup_hierarchy=0\/systemd\.unified_cgroup_hierarchy=1\//,
  },
  {
    id: "cgroup-version",
    when: "EL 8 boots with version 1",
    spoiled: { state: { cgroups: V1, distribution: FEDORA } },
    says: /version 1/,
    fix: /^grubby '--update-kernel=ALL' '--args=systemd\.unified_cgroup_hierarchy=1'$/,
  },
  {
    id: "cgroup-delegation",
    when: "memory is not handed over",
    spoiled: { state: { cgroups: { mode: "v2", available: ["cpu", "memory", "pids"], delegated: ["pids"] } } },
    says: /not handed cpu, memory; it has pids/,
    fix: /tee [^\n]*hublet\.conf <<'END'[\s\S]*Delegate=[\s\S]*systemctl restart user@995\.service/,
    safe: true,
  },
  {
    id: "cgroup-delegation",
    when: "servers run that a restart would end",
    spoiled: {
      state: { cgroups: { mode: "v2", available: ["cpu", "memory", "pids"], delegated: [] }, containers: [SERVER] },
    },
    says: /not handed/,
    safe: false,
  },
  {
    id: "cgroup-delegation",
    when: "the kernel lacks a controller",
    spoiled: { state: { cgroups: { mode: "v2", available: ["cpu"], delegated: ["cpu"] } } },
    says: /kernel does not have the controllers memory, pids/,
    fix: "",
  },
  {
    id: "manager-settings",
    when: "the drop-in is gone",
    spoiled: { account: { dropIn: undefined } },
    says: /hublet\.conf is missing/,
    fix: /AmbientCapabilities=CAP_NET_BIND_SERVICE/,
    safe: true,
  },
  {
    id: "manager-settings",
    when: "another overrides it",
    spoiled: {
      parts: {
        manager:
          "Delegate=no\nAmbientCapabilities=cap_net_bind_service\nDropInPaths=/etc/systemd/system/user@995.service.d/hublet.conf /etc/systemd/system/user@995.service.d/zz.conf",
      },
    },
    says: /zz\.conf overrides ours/,
    fix: "",
  },
  { id: "account", when: "it is gone", spoiled: { state: { account: undefined } }, says: /hublet is gone/, fix: "" },
  {
    id: "account",
    when: "the home is another's",
    spoiled: { account: { homeOwner: 0 } },
    says: /belongs to uid 0/,
    fix: /install -d -o hublet -g 995/,
  },
  {
    id: "linger",
    when: "it is off",
    spoiled: { account: { linger: false } },
    says: /Lingering is off/,
    fix: /^loginctl enable-linger hublet$/,
    safe: true,
  },
  {
    id: "user-manager",
    when: "it does not run",
    spoiled: { account: { manager: false } },
    says: /does not run/,
    fix: /systemctl start user@995/,
  },
  {
    id: "user-manager",
    when: "its packages are missing",
    spoiled: { account: { manager: false }, state: { userBus: false, pamSystemd: false } },
    says: /dbus-user-session, libpam-systemd/,
    fix: /install -y --no-install-recommends dbus-user-session libpam-systemd/,
  },
  {
    id: "runtime-folder",
    when: "it is missing",
    spoiled: { parts: { runtime: "" } },
    says: /\/run\/user\/995 is missing/,
    fix: /user-runtime-dir@995/,
  },
  {
    id: "runtime-folder",
    when: "it is root's and open",
    spoiled: { parts: { runtime: "0 755" } },
    says: /belongs to uid 0.*has mode 755/s,
    fix: /chown 995:995/,
  },
  {
    id: "user-bus",
    when: "its package is missing",
    spoiled: { state: { userBus: false } },
    says: /bus is missing/,
    fix: /dbus-user-session/,
  },
  {
    id: "podman-socket",
    when: "it is off",
    spoiled: { parts: { "podman-socket": "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled" } },
    says: /is inactive/,
    fix: /^runuser -u hublet -- env -C \/ 'HOME=\/var\/lib\/hublet' 'XDG_RUNTIME_DIR=\/run\/user\/995' systemctl --user enable --now podman\.socket$/,
  },
  {
    id: "podman-socket",
    when: "it would be missing after the next boot",
    spoiled: { parts: { "podman-socket": "ActiveState=active\nUnitFileState=disabled" } },
    says: /missing after the next boot/,
    severity: "warning",
  },
  {
    id: "subid-range",
    when: "there is none",
    spoiled: {
      state: {
        accountFiles: {
          passwd: "hublet:x:995:995::/:/",
          group: "",
          subuid: "ada:100000:65536",
          subgid: "ada:100000:65536",
        },
      },
    },
    says: /subuid gives none, \/etc\/subgid gives none/,
    fix: /usermod --add-subuids 165536-1214111 --add-subgids 165536-1214111 hublet/,
  },
  {
    id: "subid-range",
    when: "it is small",
    spoiled: {
      state: { accountFiles: { passwd: "", group: "", subuid: "hublet:100000:1000", subgid: "hublet:100000:65536" } },
    },
    says: /subuid gives only 1000/,
  },
  {
    id: "subid-overlap",
    when: "another account has them too",
    spoiled: {
      state: { accountFiles: { passwd: "", group: "", subuid: "hublet:100000:65536\nada:150000:65536", subgid: "" } },
    },
    says: /100000-165535 in \/etc\/subuid overlaps 150000-215535 of ada/,
    fix: "",
  },
  {
    id: "subid-overlap",
    when: "a real account lies within",
    spoiled: {
      state: {
        accountFiles: {
          passwd: "ada:x:100500:100::/home/ada:/bin/sh",
          group: "",
          subuid: "hublet:100000:65536",
          subgid: "",
        },
      },
    },
    says: /holds uid 100500 of ada/,
  },
  {
    id: "id-mapping-tools",
    when: "one is missing",
    spoiled: { parts: { idmap: "newgidmap=4755 0 " } },
    says: /^newuidmap is missing/,
    fix: /uidmap/,
  },
  {
    id: "id-mapping-tools",
    when: "one lost its rights",
    spoiled: { parts: { idmap: "newuidmap=755 0 \nnewgidmap=4755 0 " } },
    says: /newuidmap \(mode 755, owner uid 0\)/,
    fix: /chmod 4755/,
  },
  {
    id: "user-namespaces",
    when: "Debian's switch is off",
    spoiled: { parts: { sysctl: "kernel/unprivileged_userns_clone=0" } },
    says: /unprivileged_userns_clone is 0/,
    fix: /sysctl -w 'kernel\.unprivileged_userns_clone=1'/,
  },
  {
    id: "user-namespaces",
    when: "none are allowed",
    spoiled: { parts: { sysctl: "user/max_user_namespaces=0" } },
    says: /max_user_namespaces is 0/,
    fix: /user\.max_user_namespaces=15000/,
  },
  {
    id: "user-namespaces",
    when: "AppArmor keeps Podman from them",
    spoiled: { parts: { sysctl: "kernel/apparmor_restrict_unprivileged_userns=1", "uid-map": "" } },
    says: /AppArmor keeps/,
  },
  {
    id: "id-mapping-stale",
    when: "Podman has the old map",
    spoiled: { parts: { "uid-map": "0 995 1\n1 9000000 65536" } },
    says: /maps 9000000-9065535, while \/etc\/subuid gives 100000-1148575/,
    fix: /podman system migrate/,
  },
  {
    id: "podman-version",
    when: "it is old",
    spoiled: { state: { podman: "4.3.1" } },
    says: /4\.3\.1 is too old/,
    fix: "",
  },
  {
    id: "podman-version",
    when: "Quadlet is missing",
    spoiled: { state: { quadlet: false } },
    says: /not Quadlet's generator/,
  },
  {
    id: "podman-state",
    when: "Podman fails",
    spoiled: { parts: { "podman-answer": "", "podman-error": "Error: something odd" } },
    says: /fails as hublet: Error: something odd/,
    fix: "",
  },
  {
    id: "podman-state",
    when: "an earlier boot left its state",
    spoiled: {
      parts: {
        "podman-answer": "",
        "podman-error":
          'Error: current system boot ID differs from cached boot ID; an unhandled reboot has occurred. Delete directories "/tmp/storage-run-995/containers" and "/etc/passwd"',
      },
    },
    says: /boot ID differs/,
    fix: /rm -rf \/tmp\/storage-run-995\/containers$/,
  },
  {
    id: "podman-state",
    when: "the storage is damaged",
    spoiled: { parts: { "podman-answer": "", "podman-error": "Error: layer not known" } },
    says: /layer not known/,
    fix: "",
  },
  {
    id: "container-runtime",
    when: "conmon is missing",
    spoiled: { parts: { helpers: "crun=/usr/bin/crun" } },
    says: /conmon is missing/,
    fix: /conmon/,
  },
  {
    id: "cgroup-manager",
    when: "Podman makes them itself",
    spoiled: {
      parts: {
        "podman-answer": '{"host":{"cgroupManager":"cgroupfs"},"store":{"graphDriverName":"overlay","graphRoot":"/x"}}',
      },
    },
    says: /cgroupfs instead of systemd/,
  },
  {
    id: "network-helper",
    when: "pasta is missing",
    spoiled: { parts: { helpers: "nft=/x" } },
    says: /pasta is missing, which Podman 5\.4\.2/,
    fix: /passt/,
  },
  {
    id: "network-helper",
    when: "Podman 4 lacks slirp4netns",
    spoiled: { state: { podman: "4.9.4", distribution: FEDORA } },
    says: /slirp4netns is missing/,
    fix: /^dnf install -y .*slirp4netns$/,
  },
  {
    id: "network-helper",
    when: "the device is closed",
    spoiled: { parts: { devices: "/dev/net/tun=600 0 0" } },
    says: /mode 600/,
    fix: /chmod 666/,
  },
  {
    id: "network-backend",
    when: "netavark is missing",
    spoiled: { parts: { helpers: "pasta=/x" } },
    says: /netavark and aardvark-dns are missing/,
    severity: "error",
  },
  {
    id: "packet-filter",
    when: "nft is missing",
    spoiled: { parts: { helpers: "pasta=/x" } },
    says: /Neither nft nor iptables/,
    fix: /nftables/,
  },
  {
    id: "resolver",
    when: "no server is named",
    spoiled: { parts: { resolv: "# nothing" } },
    says: /names no name server/,
  },
  {
    id: "resolver",
    when: "only the loopback is",
    spoiled: { parts: { resolv: "nameserver 127.0.0.1" } },
    says: /\(127\.0\.0\.1\)/,
    severity: "warning",
  },
  {
    id: "storage-driver",
    when: "it is vfs",
    spoiled: { parts: { "podman-answer": '{"host":{},"store":{"graphDriverName":"vfs","graphRoot":"/x"}}' } },
    says: /driver is vfs/,
  },
  {
    id: "storage-driver",
    when: "fuse-overlayfs is not needed",
    spoiled: {
      parts: {
        "podman-answer":
          '{"host":{},"store":{"graphDriverName":"overlay","graphRoot":"/x","graphOptions":{"overlay.mount_program":{}}}}',
      },
    },
    says: /fuse-overlayfs/,
    severity: "warning",
  },
  {
    id: "storage-place",
    when: "the home is on NFS",
    spoiled: { parts: { mounts: "1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /var/lib/hublet rw - nfs4 srv:/homes rw" } },
    says: /lies on nfs4 \(srv:\/homes\)/,
  },
  {
    id: "mount-options",
    when: "programs may not be run",
    spoiled: { parts: { mounts: "1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /var/lib/hublet rw,noexec - ext4 b rw" } },
    says: /is mounted noexec/,
    fix: /mount -o remount,exec \/var\/lib\/hublet/,
  },
  {
    id: "disk-space",
    when: "it is nearly full",
    spoiled: { parts: { space: "/var/lib/hublet /dev/sda1 100000000 99000000 500000 99% /" } },
    says: /Only 512 MB of 102 GB are free where \/var\/lib\/hublet lies/,
    severity: "error",
    fix: "",
  },
  {
    id: "inodes",
    when: "they are nearly used up",
    spoiled: { parts: { inodes: "/var/lib/hublet /dev/sda1 1000000 950000 50000 95% /" } },
    says: /Only 50000 of 1000000 inodes/,
    severity: "warning",
  },
  {
    id: "low-ports",
    when: "the right is missing",
    spoiled: { account: { lowPorts: false } },
    says: /may not listen on 443 and 80/,
    fix: /CAP_NET_BIND_SERVICE/,
  },
  {
    id: "port-taken",
    when: "nginx is there",
    spoiled: {
      parts: {
        sockets:
          'LISTEN 0 511 0.0.0.0:443 0.0.0.0:* users:(("nginx",pid=7,fd=6)) ino:1 sk:2 cgroup:/system.slice/nginx.service <->',
      },
    },
    says: /443 is held by nginx\.service \(nginx\) at 0\.0\.0\.0:443/,
    fix: "",
  },
  {
    id: "port-served",
    when: "nothing listens",
    spoiled: { state: { listening: [] } },
    says: /Nothing listens on 443 and 80/,
    fix: /restart hublet-proxy-public\.socket/,
  },
  {
    id: "firewall",
    when: "ufw blocks",
    spoiled: { state: { firewall: { kind: "ufw", open: [22] } } },
    says: /ufw blocks 443\/tcp and 80\/tcp/,
    fix: /^ufw allow 443\/tcp\nufw allow 80\/tcp$/,
  },
  {
    id: "firewall",
    when: "firewalld blocks one",
    spoiled: { state: { firewall: { kind: "firewalld", open: [443] } } },
    says: /firewalld blocks 80\/tcp/,
    fix: /^firewall-cmd --permanent '--add-port=80\/tcp'\nfirewall-cmd --reload$/,
  },
  {
    id: "hostname",
    when: "it has none",
    spoiled: { state: { hostname: "localhost", fqdn: "localhost" } },
    says: /calls itself localhost/,
    fix: /hostnamectl set-hostname lab\.example\.org/,
    safe: false,
  },
  {
    id: "public-address",
    when: "it leads elsewhere",
    spoiled: { parts: { names: "198.51.100.1 STREAM lab.example.org" } },
    says: /leads to 198\.51\.100\.1, and this host has 192\.0\.2\.10/,
    severity: "warning",
  },
  {
    id: "public-address",
    when: "nobody knows it",
    spoiled: { parts: { names: "none 2" } },
    says: /unknown to this host's name servers/,
  },
  {
    id: "public-scheme",
    when: "it says http",
    spoiled: { config: CONFIG.replace("https:", "http:") },
    says: /publicUrl is http:.*while tls serves HTTPS/,
  },
  {
    id: "sign-in-callback",
    when: "it leads elsewhere",
    spoiled: {
      config: `${CONFIG}signIn: {oidc: {campus: {issuer: "https://id.example.org", clientId: hub, callbackUrl: "https://old.example.org/hub/oauth_callback", allow: {everyone: true}}}}\n`,
    },
    says: /signIn\.oidc\.campus\.callbackUrl is https:\/\/old\.example\.org/,
  },
  {
    id: "certificate-expiry",
    when: "its file is gone",
    spoiled: {},
    says: /\/etc\/hublet\/tls\/lab\.crt is not there/,
  },
  {
    id: "clock",
    when: "it is off against ours",
    spoiled: { parts: { clock: "1800000090" }, host: { local: false } },
    says: /90 s ahead of/,
    fix: /set-ntp true/,
  },
  {
    id: "clock",
    when: "nobody keeps it",
    spoiled: { parts: { timedate: "CanNTP=yes\nNTP=no\nNTPSynchronized=no" } },
    says: /switched off/,
    severity: "warning",
  },
  {
    id: "reboot",
    when: "packages ask for it",
    spoiled: { parts: { reboot: "asked=linux-image-amd64 " } },
    says: /wait for a restart of the host: linux-image-amd64\./,
    fix: "",
  },
  {
    id: "reboot",
    when: "the kernel was replaced",
    spoiled: { parts: { reboot: "kernel=6.1.0-1-amd64" } },
    says: /6\.1\.0-1-amd64 is not installed any more/,
    fix: "",
  },
  {
    id: "journal",
    when: "it is in memory",
    spoiled: { parts: { journal: "Storage=volatile" } },
    says: /in memory only/,
    fix: /Storage=persistent/,
  },
  {
    id: "journal",
    when: "it drops lines",
    spoiled: { parts: { journal: "folder=yes\nRateLimitBurst=50" } },
    says: /beyond 50 lines/,
  },
  {
    id: "memory",
    when: "it is used up",
    spoiled: { parts: { memory: "MemTotal: 8000000 kB\nMemAvailable: 100000 kB\nSwapTotal: 0 kB" } },
    says: /Only 102 MB of 8\.2 GB/,
    severity: "error",
  },
  {
    id: "memory",
    when: "programs wait for it",
    spoiled: { parts: { pressure: "some avg10=1 avg60=1 avg300=42.30 total=1" } },
    says: /waited for memory 42 %/,
  },
  {
    id: "open-files",
    when: "the limit is low",
    spoiled: { parts: { limits: "Max open files            1024                 1024                 files" } },
    says: /may open 1024 files/,
    fix: /LimitNOFILE=524288/,
  },
  {
    id: "inotify",
    when: "there are few",
    spoiled: { parts: { sysctl: "fs/inotify/max_user_instances=16" } },
    says: /max_user_instances is 16/,
    fix: /fs\.inotify\.max_user_instances=1024/,
  },
  {
    id: "selinux-denials",
    when: "something was refused",
    spoiled: {
      state: { selinux: "enforcing" },
      parts: {
        denials:
          'type=AVC msg=audit(1:2): avc:  denied  { read } for  pid=5 comm="node" name="hublet.db" scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:var_lib_t:s0 tclass=file',
      },
    },
    says: /node may not read hublet\.db \(container_t on var_lib_t\)/,
    severity: "error",
  },
  {
    id: "selinux-labels",
    when: "the state has another",
    spoiled: {
      state: { selinux: "enforcing" },
      parts: { labels: "system_u:object_r:var_lib_t:s0 /var/lib/hublet/state" },
    },
    says: /label var_lib_t, not container_file_t/,
    fix: /^restorecon -R \/var\/lib\/hublet\/state$/,
  },
  {
    id: "selinux-labels",
    when: "Podman's storage has another, and SELinux was told nothing yet",
    spoiled: {
      state: { selinux: "enforcing" },
      context: { deployed: false },
      parts: { labels: "system_u:object_r:var_lib_t:s0 /var/lib/hublet/.local/share/containers/storage" },
    },
    says: /storage has the label var_lib_t/,
    fix: /^semanage fcontext -a -e \/var\/lib\/containers\/storage \/var\/lib\/hublet\/\S+\nrestorecon -R/,
  },
  {
    id: "state-permissions",
    when: "it is open",
    spoiled: { parts: { "state-files": `755 ${uid} ${uid} d /var/lib/hublet/state` } },
    says: /has mode 755/,
    fix: /chmod 700/,
  },
  {
    id: "state-permissions",
    when: "the keys are readable",
    spoiled: { parts: { "state-files": `644 ${uid} ${uid} f /var/lib/hublet/state/secrets/hub.key` } },
    says: /secrets\/hub\.key \(mode 644\)/,
    fix: /chmod 600/,
  },
  {
    id: "state-permissions",
    when: "a file is root's",
    spoiled: { parts: { "state-files": "600 0 0 f /var/lib/hublet/state/hublet.db" } },
    says: /belong to uid 0/,
    fix: /chown -h 995:995/,
  },
  {
    id: "config-permissions",
    when: "everybody may write",
    spoiled: { parts: { "config-files": `646 0 ${uid} f /etc/hublet/hublet.yaml` } },
    says: /Everybody on this host may change/,
    fix: /chmod o-w/,
  },
  {
    id: "config-permissions",
    when: "the account cannot read",
    spoiled: { parts: { "config-files": "600 0 0 f /etc/hublet/hublet.yaml" } },
    says: /hublet cannot read/,
    fix: /chgrp hublet[\s\S]*chmod g\+rX/,
  },
  {
    id: "secret-permissions",
    when: "one is open",
    spoiled: { parts: { "config-files": "644 0 995 f /etc/hublet/secrets/github" } },
    says: /secrets\/github \(mode 644\)/,
    fix: /chmod o-rwx/,
  },
  {
    id: "configuration",
    when: "it has a mistake",
    spoiled: { context: { configProblem: "hublet.yaml:3:1 is wrong" } },
    says: /hublet\.yaml:3:1/,
  },
  {
    id: "units-changed",
    when: "one was changed",
    spoiled: { state: { files: {} } },
    says: /hublet-hub\.container is gone.*since generation 3/,
  },
  {
    id: "units-restart",
    when: "an older one runs",
    spoiled: { state: { containers: [{ name: "hublet-hub", image: "i", running: true, labels: {} }] } },
    says: /hublet-hub was started from an older unit/,
    fix: /restart hublet-hub\.service/,
  },
  {
    id: "units-failed",
    when: "one failed",
    spoiled: {
      parts: { "failed-units": "● hublet-hub.service loaded failed failed Hub" },
      host: { run: answering({ journalctl: { stdout: "one\ntwo\n" } }).run },
    },
    says: /hublet-hub\.service failed; its last words: one \/ two/,
    fix: /reset-failed hublet-hub\.service/,
  },
  {
    id: "containers-running",
    when: "the hub does not",
    spoiled: { state: { containers: [] } },
    says: /hublet-hub does not run/,
    fix: /restart hublet-hub\.service/,
  },
  { id: "podman-secrets", when: "one is gone", spoiled: { state: { podmanSecrets: [] } }, says: /hublet-hub\.key/ },
  {
    id: "vault",
    when: "the host's key is not in it",
    spoiled: {
      host: {
        readFile: async (path) =>
          Buffer.from(path.endsWith("secrets.age") ? "recipients: {ada: age1ada}" : "age1host\n"),
      },
    },
    says: /key of this host \(age1host…\)/,
  },
  {
    id: "docker-daemon",
    when: "it does not answer",
    spoiled: { context: { engine: "docker" } },
    says: /Docker does not answer/,
    fix: /systemctl enable --now docker/,
    safe: true,
  },
  {
    id: "docker-daemon",
    when: "it maps ids",
    spoiled: inDocker({ SecurityOptions: ["name=seccomp,profile=default", "name=userns"] }),
    says: /userns-remap/,
  },
  {
    id: "docker-containers",
    when: "the hub ended",
    spoiled: { ...inDocker({}), state: { docker: "20.10.24", containers: [] } },
    says: /hublet-hub does not run/,
  },
  {
    id: "docker-live-restore",
    when: "it is off",
    spoiled: inDocker({ LiveRestoreEnabled: false }),
    says: /live-restore is off/,
  },
  {
    id: "docker-live-restore",
    when: "it is off, and no systemd could reload Docker",
    spoiled: { ...inDocker({ LiveRestoreEnabled: false }), state: { docker: "20.10.24", systemd: undefined } },
    says: /live-restore is off/,
    advice: /^(?!.*systemctl).*kill -HUP/s,
  },
  {
    id: "docker-limits",
    when: "the kernel counts no memory",
    spoiled: inDocker({ MemoryLimit: false, CgroupVersion: "1" }),
    says: /lets Docker limit no memory\.$/,
    advice: /version 1\).*cgroup_enable=memory/,
  },
  {
    id: "docker-limits",
    when: "two are missing",
    spoiled: inDocker({ CpuCfsQuota: false, PidsLimit: false }),
    says: /no processors, no processes/,
    advice: /^(?!.*cgroup_enable)/s,
  },
  {
    id: "podman-secrets",
    when: "a key is gone in Docker",
    spoiled: { ...inDocker({}), state: { docker: "20.10.24", podmanSecrets: [] } },
    says: /\/secrets lacks the keys hub\.key/,
  },
  {
    id: "units-restart",
    when: "a container in Docker is older than its file",
    spoiled: {
      ...inDocker({}),
      state: {
        docker: "20.10.24",
        containers: [{ ...SERVER, name: "hublet-hub", labels: { "org.hublet.unit": "older" } }],
      },
    },
    says: /hublet-hub was started by an older compose\.yaml/,
    advice: /hublet apply/,
  },
  {
    id: "server-images",
    when: "one is gone in Docker",
    spoiled: {
      ...inDocker({}),
      context: { engine: "docker", dockerSocket: "/run/other.sock" },
      state: { docker: "20.10.24", images: {} },
    },
    says: /^Docker lacks localhost\/lab\/notebook:1/,
    fix: /docker --host unix:\/\/\/run\/other\.sock pull/,
    advice: /“docker save”/,
  },
  {
    id: "storage-place",
    when: "Docker's folder is elsewhere, on another computer",
    spoiled: {
      ...inDocker({ DockerRootDir: "/srv/docker" }),
      parts: {
        ...inDocker({ DockerRootDir: "/srv/docker" }).parts,
        mounts: `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:50 / /srv rw - nfs4 nas:/srv rw`,
      },
    },
    says: /^\/srv\/docker lies on nfs4 \(nas:\/srv\)/,
    advice: /Docker's folder/,
  },
  {
    id: "account",
    when: "its home is somebody else's in Docker",
    spoiled: { ...inDocker({}), account: { homeOwner: 1 } },
    says: /belongs to uid 1/,
  },
  {
    id: "docker-group",
    when: "somebody is in it",
    spoiled: { ...inDocker({}), parts: { "docker-group": "ada,ben\n660" } },
    says: /ada, ben are in the group/,
  },
  {
    id: "docker-group",
    when: "the socket is open to all",
    spoiled: { ...inDocker({}), parts: { "docker-group": "666" } },
    says: /Everybody on this host/,
  },
  {
    id: "docker-storage",
    when: "the disk is full",
    spoiled: inDocker({}, "- /dev/sda1 100000000 99000000 1000000 99% /"),
    says: /1\.0 GB of 102 GB are free in \/var\/lib\/docker/,
  },
  {
    id: "docker-storage",
    when: "it copies whole images",
    spoiled: inDocker({ Driver: "vfs" }),
    says: /with vfs/,
  },
  {
    id: "leftover-containers",
    when: "another hub's are there",
    spoiled: {
      state: {
        containers: [
          { name: "hublet-hub", image: "i", running: true, labels: {} },
          { name: "jupyter-old", image: "i", running: false, labels: { "hublet.hub": "0ld" } },
        ],
      },
      host: { run: answering({ "exec hublet-hub": { stdout: "new\n" } }).run },
    },
    says: /jupyter-old belong to an older hub/,
    fix: /podman rm --force jupyter-old/,
    safe: true,
  },
  {
    id: "program-images",
    when: "one is gone",
    spoiled: { state: { images: {} } },
    says: /lacks localhost\/hublet-hub:1\.0\.0/,
  },
  {
    id: "server-images",
    when: "one is missing",
    spoiled: { state: { images: {} } },
    says: /lacks localhost\/lab\/notebook:1/,
    fix: /podman pull localhost\/lab\/notebook:1/,
    safe: false,
  },
  ...(
    [
      ["it does not answer", "000", {}, /does not answer on 127\.0\.0\.1:5000/],
      ["it asks for no password", "200", {}, /asks for no password/],
      ["others reach it", "401", { listening: [{ address: "0.0.0.0:5000", process: "x" }] }, /open to other computers/],
    ] as const
  ).map(([when, status, state, says]) => ({
    id: "own-registry",
    when,
    spoiled: {
      config: `${CONFIG}registry: {}\n`,
      state,
      host: { run: answering({ curl: { stdout: status } }).run },
    },
    says,
    severity: "error" as const,
  })),
  {
    id: "own-registry",
    when: "it is nearly full",
    spoiled: {
      config: `${CONFIG}registry: { limit: 1G }\n`,
      host: { run: answering({ curl: { stdout: "401" }, "du -s": { stdout: "1000000000\t/x\n" } }).run },
    },
    says: /nearly full/,
    severity: "warning",
  },
  {
    id: "registries",
    when: "one does not answer",
    spoiled: {
      config: `${CONFIG}registries: { registry.lab.example: {} }\n`,
      host: { run: answering({ curl: { stdout: "000" } }).run },
    },
    says: /registry\.lab\.example does not answer/,
    severity: "warning",
  },
];

describe("finds", () => {
  for (const { id, when, spoiled, says, fix, advice, severity, safe } of ROWS)
    test(`${id}: ${when}`, async () => {
      const found = await look(id, contextWith(spoiled));
      assert.ok(typeof found !== "string", `nothing was found: ${String(found)}`);
      assert.match(found.map(({ problem }) => problem).join("\n"), says);
      const [first] = found;
      assert.ok(first !== undefined);
      assert.ok(first.why !== "" && (first.fix.length > 0 || first.advice !== ""), "it says why, and what to do");
      const commands = first.fix.map(stepText).join("\n");
      if (fix === "") assert.equal(commands, "");
      else if (fix !== undefined) assert.match(commands, fix);
      if (advice !== undefined) assert.match(first.advice, advice);
      if (severity !== undefined) assert.equal(first.severity, severity);
      if (safe !== undefined) assert.equal(first.safe, safe);
    });

  test("nothing is missing where the image of the distribution's packages stands in for the default one", async () => {
    const { settings } = await readRecipe();
    const config = CONFIG.replace('server: {image: "localhost/lab/notebook:1"}\n', "");
    assert.equal(
      await look("server-images", contextWith({ config, state: { images: { [settings.reference]: "x" } } })),
      "ok",
    );
    assert.notEqual(await look("server-images", contextWith({ config, state: { images: {} } })), "ok");
  });

  test("the configuration of another hub on the host stays that hub's", async () => {
    const own = `640 0 ${uid} f /etc/hublet/hublet.yaml`;
    const files = (other: string) => contextWith({ parts: { "config-files": `${own}\n${other}` } });
    assert.deepEqual(await look("config-permissions", files("640 0 77 f /etc/hublet/teaching.yaml")), []);
    // Given to nobody, it may be an included file.
    assert.match(JSON.stringify(await look("config-permissions", files("600 0 0 f /etc/hublet/staff.yaml"))), /staff/);
    const lost = contextWith({ parts: { "config-files": "640 0 77 f /etc/hublet/hublet.yaml" } });
    assert.match(JSON.stringify(await look("config-permissions", lost)), /cannot read/);
  });

  test("nothing of Podman, nor of an account's systemd, is said where the deployment runs in Docker", async () => {
    const docker = inDocker({});
    for (const { id, when, spoiled } of ROWS.filter((row) => !isPodmanOnly(row.id))) {
      const context = contextWith({
        ...spoiled,
        context: { ...spoiled.context, ...docker.context },
        state: { ...docker.state, ...spoiled.state },
        parts: { ...docker.parts, ...spoiled.parts },
      });
      const check = CHECKS.find((each) => each.id === id);
      const found = await check?.run(context);
      const said = JSON.stringify([check?.title, found]);
      assert.doesNotMatch(said, /podman|rootless|--user |user manager|linger/i, `${id}: ${when}`);
    }
  });

  test("each check that can be fed by values has a row", () => {
    const rows = new Set(ROWS.map(({ id }) => id));
    const elsewhere = ["quota-support", "certificate-names", "certificate-chain"];
    const missing = CHECKS.filter(({ id, deep }) => !deep && !rows.has(id) && !elsewhere.includes(id));
    assert.deepEqual(
      missing.map(({ id }) => id),
      [],
    );
  });
});
