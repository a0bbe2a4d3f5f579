import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostFacts } from "../facts.fixture.ts";
import { engineEnvironment, renderContainersConf, renderStorageConf } from "./engine-settings.ts";

const account = { name: "hublet", uid: 990, gid: 989, home: "/var/lib/hublet" };
const input = {
  facts: hostFacts(),
  account,
  runtime: { runtimeDir: "/run/user/990", systemdUser: true, notes: [] },
  stateDir: "/var/lib/hublet/state",
};
const old = {
  ...input,
  facts: hostFacts({
    cgroups: { mode: "hybrid", delegated: [] },
    commands: { ...input.facts.commands, runc: "/usr/sbin/runc" },
  }),
  runtime: { runtimeDir: "/run/hublet-990", systemdUser: false, notes: [] },
};

describe("settings of the engine", () => {
  it("use crun under systemd where cgroup2 is delegated, with Podman's own limit of processes", () => {
    const text = renderContainersConf(input);
    assert.match(text, /^runtime = "crun"$/m);
    assert.match(text, /^cgroup_manager = "systemd"$/m);
    assert.doesNotMatch(text, /pids_limit/);
  });

  it("use runc and cgroupfs where it is not", () => {
    assert.equal(
      renderContainersConf(old),
      `# Written by hublet at every start: changes are lost.
[containers]
log_driver = "k8s-file"
pids_limit = 0

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"

[network]
network_backend = "netavark"
`,
    );
  });

  it("name fuse-overlayfs only as a fallback", () => {
    assert.doesNotMatch(renderStorageConf(old, "overlay"), /mount_program/);
    assert.match(
      renderStorageConf(old, "fuse-overlayfs"),
      /\[storage.options.overlay\]\nmount_program = "\/usr\/bin\/fuse-overlayfs"/,
    );
    assert.match(renderStorageConf(old, "vfs"), /^driver = "vfs"$/m);
  });

  it("reach podman by its environment, and nothing else of the caller's does", () => {
    process.env.HUBLET_TEST_SECRET = "no";
    const env = engineEnvironment({ ...input, ownStorage: true });
    delete process.env.HUBLET_TEST_SECRET;
    assert.equal(env.CONTAINERS_CONF, "/var/lib/hublet/state/engine/containers.conf");
    assert.equal(env.CONTAINERS_STORAGE_CONF, "/var/lib/hublet/state/engine/storage.conf");
    assert.equal(env.DBUS_SESSION_BUS_ADDRESS, "unix:path=/run/user/990/bus");
    assert.equal(env.XDG_RUNTIME_DIR, "/run/user/990");
    assert.ok(!("HUBLET_TEST_SECRET" in env));
    assert.ok(!("CONTAINERS_STORAGE_CONF" in engineEnvironment({ ...input, ownStorage: false })));
  });
});
