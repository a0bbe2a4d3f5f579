import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import { dropInText } from "./host-manager.ts";
import { accountRecordPath, firewallRecordPath } from "./host-records.ts";
import { SELINUX_EQUALS, SELINUX_RULES } from "./host-selinux.ts";
import { bareHost, deploymentFixture, orderlyHost, UID } from "./host-state.fixture.ts";
import { hostSteps, uninstallHostSteps } from "./host-steps.ts";

const QUIET = { disturb: false, runningServers: 0 };
const deployment = deploymentFixture();

function titles(state: HostState, of: Deployment = deployment, options = QUIET): readonly string[] {
  const { steps, refusal } = hostSteps(of, state, options);
  assert.equal(refusal, undefined);
  return steps.map(({ title }) => title);
}

function refusal(state: HostState, options = QUIET): string {
  const found = hostSteps(deployment, state, options).refusal;
  return found === undefined ? "" : `${found.code}: ${found.message}`;
}

function withAccount(changes: Partial<NonNullable<HostState["account"]>>, more: Partial<HostState> = {}): HostState {
  const { account } = orderlyHost(deployment);
  assert.ok(account !== undefined);
  return orderlyHost(deployment, { account: { ...account, ...changes }, ...more });
}

function server(name: string): HostState["containers"][number] {
  return { name, image: "i", running: true, labels: {} };
}

describe("the steps that make a host ready", () => {
  it("are none on a host in order", () => {
    assert.deepEqual(hostSteps(deployment, orderlyHost(deployment), QUIET), {
      ...{ steps: [], notes: [], refusal: undefined },
    });
  });

  it("on a bare host make account, systemd and folders, in this order", () => {
    assert.deepEqual(
      hostSteps(deployment, bareHost(deployment), QUIET).steps.map(({ kind }) => kind),
      ["account", "manager", "folders"],
    );
  });

  it("install what is missing, by the names of the distribution", () => {
    const state = bareHost(deployment, { commands: {}, podman: undefined, userBus: false, pamSystemd: false });
    assert.equal(
      titles(state)[0],
      "install podman, uidmap, crun, passt, netavark, aardvark-dns, nftables, catatonit, dbus-user-session, conmon, tar, util-linux, libpam-systemd",
    );
    const fedora = { family: "fedora", id: "fedora", name: "Fedora Linux 43", version: "43" } as const;
    const there = orderlyHost(deployment).commands;
    const step = hostSteps(
      deployment,
      orderlyHost(deployment, { distribution: fedora, selinux: "enforcing", commands: { ...there, tar: "" } }),
      QUIET,
    ).steps[0];
    assert.equal(step?.title, "install tar, policycoreutils-python-utils");
  });

  it("refuse a host that can never run a deployment, and name the way that works there", () => {
    const old = { family: "debian", id: "debian", name: "Debian 12", version: "12" } as const;
    for (const [changes, why] of [
      [{ systemd: undefined }, /systemd is not its first process.*hublet up/],
      [{ cgroups: { mode: "hybrid", available: [], delegated: [] } }, /needs version 2 alone/],
      [{ podman: "4.3.1" }, /4\.3\.1 is older than 4\.4/],
      [{ podman: undefined, distribution: old }, /older than 4\.4/],
    ] as const) {
      assert.match(refusal(orderlyHost(deployment, changes)), /^host-unsuitable/);
      assert.match(refusal(orderlyHost(deployment, changes)), why);
    }
  });

  it("refuse an account that belongs to a person, and a home that belongs to another", () => {
    const passwd = "hublet:x:1000:1000::/home/hublet:/bin/bash\n";
    const accountFiles = { ...orderlyHost(deployment).accountFiles, passwd };
    assert.match(refusal(orderlyHost(deployment, { accountFiles })), /^account-unusable.*belongs to a person/);
    assert.match(refusal(bareHost(deployment, { homeOwner: 0 })), /^account-unusable.*belongs to the user id 0/);
    assert.equal(refusal(bareHost(deployment, { homeOwner: 991 })), "", "its owner is free and becomes the account");
  });

  it("let the account open low ports only when one is used", () => {
    assert.match(dropInText(deployment), /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
    const high = deploymentFixture({ ports: [8443] });
    assert.doesNotMatch(dropInText(high), /AmbientCapabilities/);
    assert.match(dropInText(high), /^Delegate=cpu cpuset io memory pids$/m);
  });

  it("start the account's systemd again for a right it lacks, but not under people's servers", () => {
    const state = withAccount({ lowPorts: false, managerFresh: false });
    assert.deepEqual(titles(state), ["start the systemd of hublet again, with the rights that it lacks"]);
    const busy = { ...state, containers: [server("jupyter-ada"), server("jupyter-bob")] };
    assert.match(refusal(busy), /^conflict.*ports below 1024.*stops 2 servers that run now.*--disturb/);
    const [step] = hostSteps(deployment, busy, { disturb: true, runningServers: 2 }).steps;
    assert.match(step?.disturbs ?? "", /stops 2 servers/);
    const asked = hostSteps(deployment, busy, QUIET).steps[0];
    assert.match(asked?.disturbs ?? "", /stops 2 servers/, "the plan still says what it would take");
  });

  it("do the same for control that is not delegated, as far as the host has it", () => {
    const cgroups = { mode: "v2", available: ["cpu", "memory", "hugetlb"], delegated: ["memory"] } as const;
    const [step] = hostSteps(deployment, withAccount({ managerFresh: false }, { cgroups }), QUIET).steps;
    assert.match(step?.diff.join("\n") ?? "", /lacks control over cpu\)/);
  });

  it("do not try again what a new start did not mend", () => {
    const { steps, notes } = hostSteps(deployment, withAccount({ lowPorts: false, managerFresh: true }), QUIET);
    assert.deepEqual(steps, []);
    assert.match(notes.join(), /still lacks the right to open ports below 1024/);
  });

  it("mend folders that others can read", () => {
    const host = orderlyHost(deployment);
    const path = deployment.state;
    const files = { ...host.files, [path]: { sha256: "", mode: 0o755, uid: UID, gid: UID, kind: "folder" as const } };
    assert.deepEqual(titles({ ...host, files }), [`make the folder ${path}`]);
  });

  it("open ports in the firewall that is there, and close those of ours that nobody asks for", () => {
    const firewall = { kind: "ufw", open: [22, 8443] } as const;
    const contents = {
      ...orderlyHost(deployment).contents,
      [firewallRecordPath(deployment)]: '{"kind":"ufw","ports":[8443]}',
    };
    assert.deepEqual(titles(orderlyHost(deployment, { firewall, contents })), [
      "open port 443 and close port 8443 in ufw",
    ]);
    assert.deepEqual(titles(orderlyHost(deployment, { firewall: { ...firewall, open: [443] } })), []);
    const off = deploymentFixture({ firewall: false });
    assert.deepEqual(titles(orderlyHost(off, { firewall, contents }), off), ["close port 8443 in ufw"]);
  });

  it("leave rules alone that no known firewall looks after, and say so", () => {
    const { steps, notes } = hostSteps(deployment, orderlyHost(deployment, { packetFilter: true }), QUIET);
    assert.deepEqual(steps, []);
    assert.match(notes.join(), /left alone.*Open port 443 there by hand/);
  });

  it("tell SELinux once about home, storage and state, and mend wrong labels", () => {
    const commands = { ...orderlyHost(deployment).commands, semanage: "/s", restorecon: "/r" };
    const storage = "/var/lib/hublet/.local/share/containers/storage";
    const selinuxTypes = { "/var/lib/hublet": "user_home_dir_t", "/var/lib/hublet/state": "container_file_t" };
    const state = orderlyHost(deployment, { selinux: "enforcing", commands, selinuxTypes });
    const [step, ...more] = hostSteps(deployment, state, QUIET).steps;
    assert.deepEqual(more, []);
    assert.deepEqual(step?.diff, [
      "+ semanage fcontext -a -t user_home_dir_t /var/lib/hublet",
      `+ semanage fcontext -a -e /var/lib/containers/storage ${storage}`,
      "+ semanage fcontext -a -t container_file_t /var/lib/hublet/state(/.*)?",
    ]);
    const told = {
      ...state.contents,
      [SELINUX_RULES]:
        "# one a line\n/var/lib/hublet    system_u:object_r:user_home_dir_t:s0\n/var/lib/hublet/state(/.*)?    system_u:object_r:container_file_t:s0\n",
      [SELINUX_EQUALS]: `${storage} /var/lib/containers/storage\n`,
    };
    assert.deepEqual(titles({ ...state, contents: told }), []);
    const wrong = { ...selinuxTypes, "/var/lib/hublet/state": "var_lib_t" };
    assert.deepEqual(hostSteps(deployment, { ...state, contents: told, selinuxTypes: wrong }, QUIET).steps[0]?.diff, [
      "~ /var/lib/hublet/state: var_lib_t → container_file_t",
    ]);
  });
});

describe("the steps that take a host back", () => {
  const uninstall = (state: HostState, eraseData = false) => uninstallHostSteps(deployment, state, { eraseData });
  const words = (state: HostState, eraseData = false): readonly string[] =>
    uninstall(state, eraseData).steps.map(({ title }) => title);

  it("close our ports, end the account's systemd and remove the account, but keep its home", () => {
    const host = orderlyHost(deployment, { firewall: { kind: "firewalld", open: [22, 80, 443] } });
    const contents = { ...host.contents, [firewallRecordPath(deployment)]: '{"kind":"firewalld","ports":[443]}' };
    assert.deepEqual(words({ ...host, contents }), [
      "close port 443 in firewalld",
      "end the systemd of hublet",
      "remove the account hublet; its home /var/lib/hublet stays",
    ]);
  });

  it("erase the home only when that is asked for", () => {
    assert.deepEqual(words(orderlyHost(deployment), true).slice(1), [
      "remove the account hublet",
      "erase /var/lib/hublet with all data in it",
    ]);
  });

  it("leave an account that was there before, with its home and its linger", () => {
    const contents = { [accountRecordPath(deployment)]: '{"made":false,"lingered":true}' };
    const { steps, notes } = uninstall(orderlyHost(deployment, { contents }), true);
    assert.deepEqual(
      steps.map(({ title }) => title),
      [
        "take back what systemd was told about hublet",
        "leave the account hublet to its own",
        "erase /var/lib/hublet/state with all data in it",
      ],
    );
    assert.match(notes.join(), /was there before Hublet and stays/);
  });

  it("never touch an account of which nothing is recorded", () => {
    assert.deepEqual(words(withAccount({ dropIn: undefined }, { contents: {} })), []);
  });

  it("are none on a host from which all was taken", () => {
    assert.deepEqual(words(bareHost(deployment)), []);
  });
});
