/**
 * Faults that can be planted on a booted Debian with a deployment, one at a time: “hublet doctor” finds each, names it, and
 * what it says mends it. Kernel settings that guests share with this machine are left out.
 */

/** `fix`: “hublet doctor --fix --yes”. `printed`: the commands that the finding shows. `apply`: “hublet apply --yes”. Or what its advice says, as text for root's sh. */
export type Mending = "fix" | "printed" | "apply" | { readonly sh: string };

export interface GuestFault {
  /** What is wrong, for the test's name. */
  readonly fault: string;
  /** Id of the check that must find it. */
  readonly expects: string;
  /** Text for root's sh, after `FAULT_PRELUDE`. */
  readonly plant: string;
  /** What the problem's words must hold: the actual values. */
  readonly says: RegExp;
  readonly mendBy: readonly Mending[];
  /** Takes away what is left of the planting afterwards. */
  readonly unplant?: string;
}

/** `as_account COMMAND…` in every plant. */
export const FAULT_PRELUDE = `set -eu
uid=$(id -u hublet)
as_account() { runuser -u hublet -- env -C / HOME=/var/lib/hublet "XDG_RUNTIME_DIR=/run/user/$uid" "$@"; }
userctl() { as_account systemctl --user "$@"; }
config=/etc/hublet/hublet.yaml
dropins=/etc/systemd/system/user@$uid.service.d
hub_image() { sed -n s/^Image=//p /var/lib/hublet/.config/containers/systemd/hublet-hub.container; }
change() { sed "$1" "$config" > "$config.new"; chmod --reference="$config" "$config.new"; chown --reference="$config" "$config.new"; mv "$config.new" "$config"; }
`;

/** @param name the guest's, which its own hosts file knows as NAME.example.org */
export function faultConfiguration(name: string): string {
  return `name: The lab
listen: "*:443"
publicUrl: https://${name}.example.org
tls:
  certificate: tls/${name}.example.org.crt
  key: {secret: tls-key}
  hsts: false
  redirectFrom: 80
signIn:
  oidc:
    campus:
      issuer: https://id.example.org
      clientId: hub
      callbackUrl: https://${name}.example.org/hub/oauth_callback
      allow: {everyone: true}
`;
}

export const GUEST_FAULTS: readonly GuestFault[] = [
  {
    fault: "lingering was switched off",
    expects: "linger",
    plant: "loginctl disable-linger hublet",
    says: /Lingering is off for hublet/,
    mendBy: ["fix"],
  },
  {
    fault: "the account's systemd was stopped",
    expects: "user-manager",
    plant: 'systemctl stop "user@$uid.service"',
    says: /user@\d+\.service.*does not run/,
    mendBy: ["fix"],
  },
  {
    fault: "the runtime folder has another owner",
    expects: "runtime-folder",
    plant: 'chown root "/run/user/$uid"',
    says: /belongs to uid 0/,
    mendBy: ["fix"],
  },
  {
    fault: "the runtime folder is open to others",
    expects: "runtime-folder",
    plant: 'chmod 755 "/run/user/$uid"',
    says: /has mode 755/,
    mendBy: ["fix"],
  },
  {
    fault: "the home has another owner",
    expects: "account",
    plant: "chown root /var/lib/hublet",
    says: /belongs to uid 0/,
    mendBy: ["fix"],
  },
  {
    fault: "the account has no subordinate ids",
    expects: "subid-range",
    plant: "sed -i /^hublet:/d /etc/subuid",
    says: /\/etc\/subuid gives none/,
    mendBy: ["fix"],
  },
  {
    fault: "the account has few subordinate ids",
    expects: "subid-range",
    plant: "sed -i 's/^hublet:\\([0-9]*\\):.*/hublet:\\1:1000/' /etc/subgid",
    says: /\/etc\/subgid gives only 1000/,
    mendBy: ["fix"],
  },
  {
    fault: "another account was given the same subordinate ids",
    expects: "subid-overlap",
    plant:
      "useradd --no-create-home rival; sed -i /^rival:/d /etc/subuid; sed -n 's/^hublet:\\([0-9]*\\):.*/rival:\\1:65536/p' /etc/subuid >> /etc/subuid",
    says: /overlaps \d+-\d+ of rival/,
    mendBy: [
      {
        sh: "range=$(sed -n 's/^rival://p' /etc/subuid); start=$(echo $range | cut -d: -f1); usermod --del-subuids $start-$((start + 65535)) rival",
      },
    ],
    unplant: "userdel rival",
  },
  {
    fault: "newuidmap lost its rights",
    expects: "id-mapping-tools",
    plant: "chmod 0755 /usr/bin/newuidmap; setcap -r /usr/bin/newuidmap 2>/dev/null || :",
    says: /newuidmap \(mode 755, owner uid 0\)/,
    mendBy: ["fix"],
  },
  {
    fault: "the settings of the account's systemd are gone",
    expects: "manager-settings",
    plant: 'rm "$dropins/hublet.conf"; systemctl daemon-reload',
    says: /user@\d+\.service\.d\/hublet\.conf is missing/,
    mendBy: ["fix"],
  },
  {
    fault: "another setting takes delegation back",
    expects: "manager-settings",
    plant: 'printf "[Service]\\nDelegate=no\\n" > "$dropins/zz-local.conf"; systemctl daemon-reload',
    says: /zz-local\.conf overrides ours/,
    mendBy: [{ sh: 'sed -i /^Delegate=/d "$dropins/zz-local.conf"; systemctl daemon-reload' }],
    unplant: 'rm "$dropins/zz-local.conf"; systemctl daemon-reload',
  },
  {
    fault: "the account's systemd may not open low ports",
    expects: "low-ports",
    plant: 'sed -i /^Ambient/d "$dropins/hublet.conf"; systemctl daemon-reload; systemctl restart "user@$uid.service"',
    says: /may not listen on 443 and 80/,
    mendBy: ["fix"],
  },
  {
    fault: "the account may open few files",
    expects: "open-files",
    plant:
      'printf "[Service]\\nLimitNOFILE=2048\\n" > "$dropins/limits.conf"; systemctl daemon-reload; systemctl restart "user@$uid.service"',
    says: /may open 2048 files/,
    mendBy: ["fix"],
    unplant: 'rm -f "$dropins/limits.conf" "$dropins/zz-hublet-files.conf"; systemctl daemon-reload',
  },
  {
    fault: "Podman's socket is off",
    expects: "podman-socket",
    plant: "userctl disable --now podman.socket",
    says: /podman\.socket is inactive/,
    mendBy: ["fix"],
  },
  {
    fault: "Podman's socket is masked",
    expects: "podman-socket",
    plant: "userctl disable --now podman.socket; userctl mask podman.socket",
    says: /podman\.socket is masked/,
    mendBy: ["fix"],
  },
  {
    fault: "Podman was told to make control groups by itself",
    expects: "cgroup-manager",
    plant:
      'as_account sh -c \'mkdir -p $HOME/.config/containers/containers.conf.d; printf "[engine]\\ncgroup_manager = \\"cgroupfs\\"\\n" > $HOME/.config/containers/containers.conf.d/local.conf\'',
    says: /cgroupfs instead of systemd/,
    mendBy: [{ sh: "sed -i /cgroup_manager/d /var/lib/hublet/.config/containers/containers.conf.d/local.conf" }],
    unplant: "rm /var/lib/hublet/.config/containers/containers.conf.d/local.conf",
  },
  {
    fault: "the account may not make network devices",
    expects: "network-helper",
    plant: "chmod 600 /dev/net/tun",
    says: /\/dev\/net\/tun has mode 600/,
    mendBy: ["fix"],
  },
  {
    fault: "no name server is known",
    expects: "resolver",
    plant: "cp -L /etc/resolv.conf /root/resolv.conf; : > /etc/resolv.conf",
    says: /names no name server/,
    mendBy: [{ sh: "grep nameserver /root/resolv.conf > /etc/resolv.conf" }],
  },
  {
    fault: "the only name server is one that containers cannot reach",
    expects: "resolver",
    plant: "cp -L /etc/resolv.conf /root/resolv.conf; echo nameserver 127.0.0.53 > /etc/resolv.conf",
    says: /only this host itself \(127\.0\.0\.53\)/,
    mendBy: [{ sh: "grep nameserver /root/resolv.conf > /etc/resolv.conf" }],
  },
  {
    fault: "another program holds the port",
    expects: "port-taken",
    plant: `userctl stop hublet-proxy.service hublet-proxy-public.socket
printf '[Service]\\nExecStart=/usr/bin/systemd-socket-activate -l 443 /bin/cat\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/squatter.service
systemctl daemon-reload; systemctl enable --now squatter.service
until ss -Hltn | grep -q ':443 '; do sleep 0.1; done`,
    says: /Port 443 is held by squatter\.service/,
    mendBy: [{ sh: "systemctl disable --now squatter.service" }, "fix"],
    unplant:
      "rm /etc/systemd/system/squatter.service; systemctl daemon-reload; userctl start hublet-proxy-public.socket hublet-proxy.service",
  },
  {
    fault: "the proxy's socket does not listen",
    expects: "port-served",
    plant: "userctl stop hublet-proxy.service hublet-proxy-redirect.socket hublet-proxy-public.socket",
    says: /Nothing listens on 443 and 80/,
    mendBy: ["fix"],
  },
  {
    fault: "the firewall blocks the ports",
    expects: "firewall",
    plant: "ufw allow 22/tcp; ufw delete allow 443/tcp || :; ufw delete allow 80/tcp || :; ufw --force enable",
    says: /ufw blocks 443\/tcp and 80\/tcp/,
    mendBy: ["fix"],
    unplant: "ufw --force disable; ufw --force reset",
  },
  {
    fault: "the host has no name",
    expects: "hostname",
    plant: "hostname > /root/hostname; hostnamectl set-hostname localhost",
    says: /calls itself localhost/,
    mendBy: ["printed"],
    unplant: 'hostnamectl set-hostname "$(cat /root/hostname)"',
  },
  {
    fault: "the name people type leads elsewhere",
    expects: "public-address",
    plant: "cp /etc/hosts /root/hosts; sed 's/^10\\.213\\.[0-9.]*/192.0.2.7/' /root/hosts > /etc/hosts",
    says: /leads to 192\.0\.2\.7/,
    mendBy: [{ sh: "cat /root/hosts > /etc/hosts" }],
  },
  {
    fault: "publicUrl says plain HTTP",
    expects: "public-scheme",
    plant: "change 's#^publicUrl: https:#publicUrl: http:#'",
    says: /publicUrl is http:.*while tls serves HTTPS/,
    mendBy: [{ sh: "change 's#^publicUrl: http:#publicUrl: https:#'" }],
  },
  {
    fault: "the callback address leads elsewhere",
    expects: "sign-in-callback",
    plant: "change 's#callbackUrl: https://[a-z.-]*/#callbackUrl: https://old.example.org/#'",
    says: /signIn\.oidc\.campus\.callbackUrl is https:\/\/old\.example\.org/,
    mendBy: [
      {
        sh: 'name=$(sed -n "s#^publicUrl: https://##p" "$config"); change "s#callbackUrl: https://[a-z.-]*/#callbackUrl: https://$name/#"',
      },
    ],
  },
  {
    fault: "the configuration has a mistake",
    expects: "configuration",
    plant: "change '$a serverr: {}'",
    says: /serverr/,
    mendBy: [{ sh: "change /^serverr/d" }],
  },
  {
    fault: "the certificate is over",
    expects: "certificate-expiry",
    plant: `cp -p "$config" /root/hublet.yaml
name=$(sed -n 's#^publicUrl: https://##p' "$config")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \\
  -not_before 20240101000000Z -not_after 20250101000000Z -keyout /etc/hublet/tls/old.key -out /etc/hublet/tls/old.crt 2>/dev/null
chgrp hublet /etc/hublet/tls/old.*; chmod 640 /etc/hublet/tls/old.*
change 's#^  certificate: .*#  certificate: tls/old.crt#; s#^  key: .*#  key: tls/old.key#'`,
    says: /expired on 2025-01-01/,
    mendBy: [{ sh: 'cat /root/hublet.yaml > "$config"; rm /etc/hublet/tls/old.*' }],
  },
  {
    fault: "the certificate is for another name",
    expects: "certificate-names",
    plant: `cp -p "$config" /root/hublet.yaml
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=other" -addext "subjectAltName=DNS:other.example.org" \\
  -days 365 -keyout /etc/hublet/tls/old.key -out /etc/hublet/tls/old.crt 2>/dev/null
chgrp hublet /etc/hublet/tls/old.*; chmod 640 /etc/hublet/tls/old.*
change 's#^  certificate: .*#  certificate: tls/old.crt#; s#^  key: .*#  key: tls/old.key#'`,
    says: /is for other\.example\.org/,
    mendBy: [{ sh: 'cat /root/hublet.yaml > "$config"; rm /etc/hublet/tls/old.*' }],
  },
  {
    fault: "the journal is kept in memory only",
    expects: "journal",
    plant:
      "mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=volatile\\n' > /etc/systemd/journald.conf.d/local.conf; systemctl reset-failed systemd-journald; systemctl restart systemd-journald",
    says: /in memory only/,
    mendBy: ["fix"],
    unplant:
      "rm -f /etc/systemd/journald.conf.d/local.conf /etc/systemd/journald.conf.d/zz-hublet.conf; systemctl reset-failed systemd-journald; systemctl restart systemd-journald",
  },
  {
    fault: "the journal drops most lines",
    expects: "journal",
    plant:
      "mkdir -p /etc/systemd/journald.conf.d /var/log/journal; printf '[Journal]\\nRateLimitIntervalSec=60s\\nRateLimitBurst=50\\n' > /etc/systemd/journald.conf.d/local.conf; systemctl reset-failed systemd-journald; systemctl restart systemd-journald",
    says: /beyond 50 lines in 60s/,
    mendBy: ["fix"],
    unplant:
      "rm -f /etc/systemd/journald.conf.d/local.conf /etc/systemd/journald.conf.d/zz-hublet.conf; systemctl reset-failed systemd-journald; systemctl restart systemd-journald",
  },
  {
    fault: "a disk is nearly full",
    expects: "disk-space",
    plant: "mount -t tmpfs -o size=1200m tmpfs /var/tmp; fallocate -l 300m /var/tmp/big",
    says: /are free where \/var\/tmp lies/,
    mendBy: [{ sh: "rm /var/tmp/big" }],
    unplant: "umount /var/tmp",
  },
  {
    fault: "no more files can be made",
    expects: "inodes",
    plant: "mount -t tmpfs -o size=3g,nr_inodes=1000 tmpfs /var/tmp; seq 1 990 | sed 's#^#/var/tmp/#' | xargs touch",
    says: /Only \d+ of 1000 inodes are free where \/var\/tmp/,
    mendBy: [{ sh: "find /var/tmp -type f -delete" }],
    unplant: "umount /var/tmp",
  },
  {
    fault: "others may look into the state folder",
    expects: "state-permissions",
    plant: "chmod 755 /var/lib/hublet/state",
    says: /has mode 755/,
    mendBy: ["fix"],
  },
  {
    fault: "the database is readable for others",
    expects: "state-permissions",
    plant: "chmod 644 /var/lib/hublet/state/hublet.db",
    says: /hublet\.db \(mode 644\)/,
    mendBy: ["fix"],
  },
  {
    fault: "a file of the state is root's",
    expects: "state-permissions",
    plant: "touch /var/lib/hublet/state/stray",
    says: /state\/stray in the state folder belong to uid 0/,
    mendBy: ["fix"],
    unplant: "rm /var/lib/hublet/state/stray",
  },
  {
    fault: "everybody may change the configuration",
    expects: "config-permissions",
    plant: "chmod o+w $config",
    says: /may change \/etc\/hublet\/hublet\.yaml/,
    mendBy: ["fix"],
  },
  {
    fault: "the account cannot read the configuration",
    expects: "config-permissions",
    plant: "chown root:root $config; chmod 600 $config",
    says: /hublet cannot read \/etc\/hublet\/hublet\.yaml/,
    mendBy: ["fix"],
  },
  {
    fault: "everybody may read a secret",
    expects: "secret-permissions",
    plant: "mkdir -p /etc/hublet/secrets; echo hush > /etc/hublet/secrets/campus; chmod 644 /etc/hublet/secrets/campus",
    says: /secrets\/campus \(mode 644\)/,
    mendBy: ["fix"],
    unplant: "rm -r /etc/hublet/secrets",
  },
  {
    fault: "a unit was changed by hand",
    expects: "units-changed",
    plant: "echo '# changed' >> /var/lib/hublet/.config/containers/systemd/hublet-hub.container",
    says: /hublet-hub\.container was changed/,
    mendBy: ["apply"],
  },
  {
    fault: "a unit is gone",
    expects: "units-changed",
    plant: "rm /var/lib/hublet/.config/systemd/user/hublet-proxy-redirect.socket",
    says: /hublet-proxy-redirect\.socket is gone/,
    mendBy: ["apply"],
  },
  {
    fault: "the hub was stopped",
    expects: "containers-running",
    plant: "userctl stop hublet-hub.service",
    says: /hublet-hub does not run/,
    mendBy: ["fix"],
  },
  {
    fault: "a unit of the account failed",
    expects: "units-failed",
    plant:
      "as_account systemd-run --user --quiet --unit=broken sh -c 'echo no such thing; exit 3'; until [ \"$(userctl is-failed broken.service)\" = failed ]; do sleep 0.1; done",
    says: /broken\.service failed; its last words: .*no such thing/,
    mendBy: ["fix"],
  },
  {
    fault: "a secret of the containers is gone",
    expects: "podman-secrets",
    plant: "as_account podman secret rm hublet-gate.key",
    says: /hublet-gate\.key/,
    mendBy: ["apply"],
  },
  {
    fault: "an image of the program is gone",
    expects: "program-images",
    plant: 'as_account podman untag "$(hub_image)"',
    says: /lacks localhost\/hublet-hub:/,
    mendBy: ["apply"],
  },
  {
    fault: "a container of an older hub is left",
    expects: "leftover-containers",
    plant:
      'as_account podman create --name jupyter-old --label hublet.hub=0123456789ab --network none "$(hub_image)" --version',
    says: /jupyter-old/,
    mendBy: ["fix"],
  },
  // Last: containers that run keep the mounts of the planting.
];
