/** Folders and volumes by policy (survey B30, B32), looked at before the start. */
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { hostView } from "../broker/index.ts";
import type { PolicyView } from "../contract/index.ts";
import type { Driver, DriverKind } from "../drivers/index.ts";
import { HubError, systemClock } from "../kernel/index.ts";
import { FolderLooks } from "./folder-looks.ts";
import { planMounts } from "./mounts.ts";
import { ALICE, alice, CAROL, newHall } from "./test-support/hall.ts";
import { policyFrom } from "./test-support/policy.ts";

type Wanted = PolicyView["mounts"][number];

function mount(source: string, target: string, more: Partial<Wanted> = {}): Wanted {
  const rule = { from: "groups.staff.mounts", place: "hublet.yaml:12:7" };
  return { source, target, readOnly: true, optional: false, ...rule, ...more };
}

function plan(
  mounts: readonly Wanted[],
  kind: DriverKind = "podman",
  folders = new FolderLooks(systemClock),
  closedPaths: readonly string[] = [],
) {
  const made: string[] = [];
  // Only what this part asks of a driver: the engines' own mounts are tested with the drivers.
  const driver = { kind, ensureVolume: async (name: string) => void made.push(name) } as Partial<Driver> as Driver;
  const room = { driver, folders, hostView: hostView(""), hubId: "hub", closedPaths };
  return { made, planned: planMounts(room, CAROL, { mounts: [...mounts], home: "/home/jovyan" }) };
}

test("folders and volumes become mounts, the name is filled into targets, volumes are made", async (t) => {
  const folder = temporaryFolder(t);
  const { made, planned } = plan([
    mount(folder, "/home/jovyan/data/"),
    mount("scratch", "/scratch/{username}", { readOnly: false }),
    mount(`${folder}/`, "//home/jovyan/./data", { readOnly: false }),
  ]);
  const { mounts, notes } = await planned;
  assert.deepEqual(mounts, [
    { kind: "bind", source: folder, target: "/home/jovyan/data", readOnly: true },
    { kind: "volume", source: "scratch", target: "/scratch/carol-40x-20y", readOnly: false },
  ]);
  assert.deepEqual(made, ["scratch"]);
  assert.equal(notes.length, 1, "the same place in other words");
});

test("a missing folder fails with its name and the rule's place for admins; an optional one is left out", async (t) => {
  const missing = join(temporaryFolder(t), "labbooks");
  await assert.rejects(plan([mount(missing, "/labbooks")]).planned, (error) => {
    assert.ok(error instanceof HubError);
    assert.equal(error.code, "mount-missing");
    assert.match(error.message, /^The folder \/.*\/labbooks is not there on the host .*at \/labbooks\. Ask your admin/);
    assert.doesNotMatch(error.message, /hublet\.yaml/);
    assert.equal(error.detail, `mount of ${missing}, said by groups.staff.mounts (hublet.yaml:12:7)`);
    return true;
  });
  const { mounts, notes } = await plan([mount(missing, "/labbooks", { optional: true })]).planned;
  assert.deepEqual(mounts, []);
  assert.match(notes[0] ?? "", /Going on without \/labbooks: the folder .* is not there/);
});

test("a folder that the service account cannot reach names who is kept out and where; Docker sees for itself", async () => {
  const closed = new FolderLooks(systemClock, async (path) => {
    if (path.startsWith("/srv/closed/")) throw Object.assign(new Error("no"), { code: "EACCES" });
  });
  const wanted = [mount("/srv/closed/data", "/data")];
  await assert.rejects(plan(wanted, "podman", closed).planned, {
    code: "mount-missing",
    message: /cannot be reached by the account “\w+”.*: \/srv\/closed does not let it in/,
  });
  assert.equal((await plan(wanted, "docker", closed).planned).mounts.length, 1);
});

test("what would lie over the home, the way to the hub or the system is refused, also by a way round", async (t) => {
  const folder = temporaryFolder(t);
  const bad = [
    ["/", "/home", "/home/jovyan", "/home/jovyan/", "/home/x/../jovyan"],
    ["/run", "/run/hublet", "/run/hublet/more", "/proc", "/proc/sys", "/sys/fs", "/dev", "/dev/shm"],
  ].flat();
  for (const target of bad) {
    for (const optional of [true, false]) {
      const { planned } = plan([mount(folder, target, { optional })]);
      await assert.rejects(planned, { code: "bad-config", message: /groups\.staff\.mounts/ }, target);
    }
  }
  for (const target of ["/home/jovyan/data", "/home/other", "/runs", "/run/other", "/data/proc"])
    assert.equal((await plan([mount(folder, target)]).planned).mounts.length, 1, target);
  await assert.rejects(plan([mount("../up", "/data")]).planned, { code: "bad-config", message: /neither an absolute/ });
});

test("the hub's own files are never mounted: not they, not what holds them, not by a link", async (t) => {
  const folder = temporaryFolder(t);
  const state = join(folder, "hub/state");
  await mkdir(join(state, "secrets"), { recursive: true });
  await mkdir(join(folder, "shared/data"), { recursive: true });
  await symlink("../hub", join(folder, "shared/link"));
  const planned = (source: string, kind: DriverKind = "podman") =>
    plan([mount(source, "/data", { optional: true })], kind, undefined, [state]).planned;
  for (const path of ["hub", "hub/state", "hub/state/", "hub/./state/secrets", "shared/link", "shared/link/state", ""])
    for (const kind of ["podman", "docker"] as const)
      await assert.rejects(
        planned(join(folder, path), kind),
        { code: "bad-config", message: /the hub's own files and keys.*correct groups\.staff\.mounts/ },
        path,
      );
  for (const path of ["shared", "shared/data"])
    assert.equal((await planned(join(folder, path))).mounts.length, 1, path);
});

test("local processes mount nothing: the start fails and says so, or goes on with a line in the timeline", async (t) => {
  const folder = join(temporaryFolder(t), "shared");
  await mkdir(folder);
  let optional = false;
  const { servers } = await newHall(t, ({ config }) => ({
    policyOf: () => policyFrom(config(), { mounts: [mount(folder, "/data", { optional })] }),
  }));
  await servers.start({ ...alice, by: ALICE });
  const { server } = await servers.settled(alice, { withinMs: 30_000 });
  assert.equal(server.failure?.code, "mount-missing");
  assert.match(server.failure?.message ?? "", /local processes here \(engine: process\)/);
  optional = true;
  await servers.start({ ...alice, by: ALICE });
  assert.equal((await servers.settled(alice, { withinMs: 30_000 })).server.state, "ready");
  const words = (await servers.timeline(alice)).map(({ message }) => message);
  assert.ok(
    words.some((text) => /^Going on without \/data: .*local processes/.test(text)),
    words.join("\n"),
  );
});
