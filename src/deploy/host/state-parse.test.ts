import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HubError } from "../../kernel/index.ts";
import { openInFirewalld, openInUfw } from "./firewall-parse.ts";
import { parseFrames } from "./frames.ts";
import { parseListening } from "./listening.ts";
import { parseState } from "./state-parse.ts";

/** As a Debian 13 with Podman 5.4 printed it. */
const RECORDED: Readonly<Record<string, string>> = {
  "account-home-owner": "995\n",
  capabilities: "0000000000000400\n",
  cgroups: "v2\n",
  commands: "podman /usr/bin/podman\nnetavark /usr/lib/podman/netavark\n",
  "content-1": "lab\n",
  controllers: "cpuset cpu io memory pids\n",
  delegated: "cpu memory pids\n",
  disk: "16896383 4096 15985354 66053021\n",
  "drop-in": "[Service]\nDelegate=cpu\n",
  files:
    "755 0 0 directory|/etc\n644 0 0 regular file|/etc/a|b\\c\n600 995 995 regular empty file|/empty\n777 0 0 symbolic link|/bin\n620 0 5 character special file|/dev/tty\n",
  first: "systemd\n",
  fqdn: "lab.example.org\n",
  fresh: "yes\n",
  group: "hublet:x:995:\n",
  hostname: "lab\n",
  kernel: "6.12.0-1-amd64 x86_64\n",
  labels: "system_u:object_r:etc_t:s0|/etc\nunconfined_u:object_r:container_file_t:s0:c1,c2|/empty\n",
  linger: "yes\n",
  listing: "/home/b/x\n/home/a/y\n/home/a/sub/x\n",
  "os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
  own: "hublet:x:995:996:Hublet notebook hub:/var/lib/hublet:/usr/sbin/nologin\n",
  podman: "podman version 5.4.2\n",
  running: "0\n995\n",
  selinux: "1",
  sums: `\\${"a".repeat(64)}  /etc/a|b\\\\c\n${"b".repeat(64)}  /empty\n`,
  systemd: "systemd 257 (257.7-1)\n",
};
const ACCOUNT: Readonly<Record<string, string>> = {
  containers: JSON.stringify([
    { Names: ["jupyter-ada"], Image: "localhost/bb:latest", State: "running", Labels: { a: "b" }, Pid: 7 },
    { Names: ["hublet-hub"], Image: "localhost/hub:1", State: "exited", Labels: null },
  ]),
  images: JSON.stringify([
    { Id: "f964", Names: ["localhost/bb:latest", "localhost/bb:2"], RepoTags: null },
    { Id: "0123", Names: null },
  ]),
  secrets: "hublet-hub.key\nother\n",
  units:
    "Listen=/run/user/995/podman/podman.sock (Stream)\nListen=[::]:443 (Stream)\nId=podman.socket\nLoadState=loaded\nActiveState=active\n\nId=nix.service\nLoadState=not-found\nActiveState=inactive\n",
};
const WISH = {
  account: "hublet",
  home: "/var/lib/hublet",
  files: [],
  contents: ["/etc/hostname", "/nothing"],
  folders: ["/home/a", "/home/c"],
  units: [],
};
const parse = (changes: Record<string, string> = {}, own = ACCOUNT) =>
  parseState(new Map(Object.entries({ ...RECORDED, ...changes })), new Map(Object.entries(own)), WISH);

describe("what a host says about itself", () => {
  it("is read whole", () => {
    const state = parse();
    assert.deepEqual(
      [state.hostname, state.fqdn, state.kernel, state.architecture, state.systemd, state.podman, state.selinux],
      ["lab", "lab.example.org", "6.12.0-1-amd64", "x86_64", 257, "5.4.2", "enforcing"],
    );
    assert.deepEqual(state.cgroups, {
      mode: "v2",
      available: ["cpuset", "cpu", "io", "memory", "pids"],
      delegated: ["cpu", "memory", "pids"],
    });
    assert.deepEqual(state.account, {
      ...{ name: "hublet", uid: 995, gid: 996, home: "/var/lib/hublet", homeOwner: 995, linger: true, manager: true },
      ...{ lowPorts: true, managerFresh: true, dropIn: "[Service]\nDelegate=cpu\n" },
    });
    assert.equal(state.commands.netavark, "/usr/lib/podman/netavark");
    assert.deepEqual(state.contents, { "/etc/hostname": "lab\n", "/nothing": undefined });
    assert.deepEqual(state.listings, { "/home/a": ["/home/a/sub/x", "/home/a/y"], "/home/c": [] });
    assert.deepEqual(state.disk, {
      freeBytes: 16896383 * 4096,
      freeInodes: 15985354,
      totalBytes: 66053021 * 4096,
    });
  });

  it("tells files, folders, links and the rest apart, whatever their names", () => {
    const { files, selinuxTypes } = parse();
    assert.deepEqual(files["/etc/a|b\\c"], { sha256: "a".repeat(64), mode: 0o644, uid: 0, gid: 0, kind: "file" });
    assert.deepEqual(
      ["/etc", "/empty", "/bin", "/dev/tty", "/none"].map((path) => files[path]?.kind),
      ["folder", "file", "link", "other", undefined],
    );
    assert.deepEqual(selinuxTypes, { "/etc": "etc_t", "/empty": "container_file_t" });
  });

  it("has the account's containers, images, secrets and units", () => {
    const state = parse();
    assert.deepEqual(state.containers, [
      { name: "jupyter-ada", image: "localhost/bb:latest", running: true, labels: { a: "b" } },
      { name: "hublet-hub", image: "localhost/hub:1", running: false, labels: {} },
    ]);
    assert.deepEqual(state.images, { "localhost/bb:latest": "f964", "localhost/bb:2": "f964" });
    assert.deepEqual(state.podmanSecrets, ["hublet-hub.key", "other"]);
    assert.deepEqual(state.units["podman.socket"], {
      ...{ load: "loaded", active: "active", listen: "/run/user/995/podman/podman.sock [::]:443" },
    });
    assert.equal(state.units["nix.service"]?.load, "not-found");
  });

  it("is plain about an account that is not there, and a manager that does not run", () => {
    assert.equal(parse({ own: "\n" }).account, undefined);
    const { account, containers } = parse({ capabilities: "" }, {});
    assert.deepEqual([account?.manager, account?.lowPorts, containers], [false, false, []]);
  });

  it("knows no systemd where another program is the first", () => {
    assert.equal(parse({ first: "init\n" }).systemd, undefined);
  });
});

describe("frames", () => {
  it("give back what was put in, also what looks like a frame", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/), fc.string()), (entries) => {
        const text = Object.entries(entries).map(([name, value]) => `${name} ${Buffer.byteLength(value)}\n${value}`);
        assert.deepEqual(
          Object.fromEntries(parseFrames(Buffer.from(text.join("")))),
          Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, Buffer.from(value).toString()])),
        );
      }),
    );
  });

  it("are refused when they were cut off", () => {
    for (const text of ["a 5\nabc", "a 3\nabcb", "no frame at all\n"])
      assert.throws(() => parseFrames(Buffer.from(text)), HubError, text);
  });
});

describe("listening sockets", () => {
  it("come from ss, with their program", () => {
    const text = `LISTEN 0      128      0.0.0.0:22    0.0.0.0:*    users:(("sshd",pid=1,fd=3),("systemd",pid=1,fd=9))
LISTEN 0      9      127.0.0.53%lo:53 0.0.0.0:*
LISTEN 0      128          *:443       *:*
LISTEN 0      128         [::]:22       [::]:*    users:(("sshd",pid=1,fd=4))
`;
    assert.deepEqual(parseListening(text, ""), [
      { address: "0.0.0.0:22", process: "sshd" },
      { address: "127.0.0.53:53", process: undefined },
      { address: "[::]:443", process: undefined },
      { address: "[::]:22", process: "sshd" },
    ]);
  });

  it("or from the kernel's tables, where ss is missing", () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8AE7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2904154 1 0
   8: 0100007F:D24A 0100007F:9D91 06 00000000:00000000 03:00000A4B 00000000     0        0 0 3 0
   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1 1 0
   2: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1 1 0
`;
    assert.deepEqual(
      parseListening("", text).map(({ address }) => address),
      ["127.0.0.1:35559", "[::]:22", "[2001:db8::1]:443"],
    );
  });
});

describe("open ports", () => {
  it("of firewalld are those that are open now and stay so", () => {
    const zone =
      '<zone>\n  <service name="ssh"/>\n  <service name="https"/>\n  <port port="8000-8002" protocol="tcp"/>\n  <port protocol="tcp" port="80"/>\n</zone>';
    assert.deepEqual(
      openInFirewalld('aas 3 2 "8001" "tcp" 2 "53" "udp" 2 "9000" "tcp"\n', 'as 2 "ssh" "dhcpv6-client"\n', zone),
      [22, 8001],
    );
    assert.deepEqual(openInFirewalld("aas 0\n", 'as 1 "https"\n', zone), [443]);
  });

  it("of ufw are those that everybody may reach", () => {
    const rules = `### tuple ### allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 443 -j ACCEPT
### tuple ### allow any 8000:8002,9000 0.0.0.0/0 any 0.0.0.0/0 in comment=48
### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 Nginx%20HTTP - in
### tuple ### allow tcp 81 0.0.0.0/0 any 192.0.2.0/24 in
### tuple ### deny tcp 82 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow udp 83 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow tcp 84 0.0.0.0/0 any 0.0.0.0/0 in_eth0
`;
    assert.deepEqual(openInUfw(rules), [80, 443, 8000, 8001, 8002, 9000]);
  });
});
