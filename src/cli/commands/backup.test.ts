/** Backups by the command line: of a hub of processes with real files and a real database. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { temporaryFolder } from "../../../test/support/databases.ts";
import { createProcessDriver } from "../../drivers/index.ts";
import { userName, volumeName } from "../../kernel/index.ts";
import { insertUsers, openStore, setFact } from "../../store/index.ts";
import { runCli } from "../run.ts";
import { openStateFolder } from "../up/state-folder.ts";

const ROOT = join(import.meta.dirname, "../../..");
const VOLUME = volumeName(userName("ada"));

interface Hub {
  readonly folder: string;
  readonly state: string;
  readonly config: string;
  readonly home: string;
  readonly to: string;
  run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string; json: Record<string, unknown> }>;
}

async function hubOf(t: TestContext): Promise<Hub> {
  const folder = temporaryFolder(t);
  const [state, config, to] = [join(folder, "state"), join(folder, "etc", "hublet.yaml"), join(folder, "backups")];
  mkdirSync(join(folder, "etc", "secrets"), { recursive: true });
  writeFileSync(config, `backup:\n  to: ${to}\n  keep: {daily: 1, weekly: 0, monthly: 0}\n`);
  writeFileSync(join(folder, "etc", "secrets", "one"), "a-very-secret-value\n", { mode: 0o600 });
  const paths = openStateFolder(state);
  const launch = { pid: 1, address: "http://127.0.0.1:1", engine: "process", why: "", config, started: "", notes: [] };
  writeFileSync(paths.launchFile, JSON.stringify(launch));
  mkdirSync(paths.archives);
  writeFileSync(join(paths.archives, "gone.tar.gz"), "packed");
  const store = await openStore({ kind: "sqlite", file: paths.database });
  await setFact(store.db, "hub-id", "0123456789ab");
  await insertUsers(store.db, [{ name: "ada", admin: true, created: "2030-01-01T00:00:00.000Z", cookieId: "c" }]);
  await insertUsers(store.db, [{ name: "bob", admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: "d" }]);
  await store.close();
  const driver = createProcessDriver({ hub: "x", stateFolder: paths.processes, homes: paths.homes });
  await driver.ensureVolume(VOLUME, {});
  await driver.close();
  const home = join(paths.homes, readdirSync(paths.homes)[0] ?? "");
  mkdirSync(join(home, "work", "deep"), { recursive: true });
  writeFileSync(join(home, "work", "paper.ipynb"), "a paper");
  writeFileSync(join(home, "work", "deep", "data"), randomBytes(2_000_000));
  chmodSync(join(home, "work", "deep"), 0o750);
  symlinkSync("work/paper.ipynb", join(home, "link"));
  return {
    ...{ folder, state, config, home, to },
    run: async (...argv) => {
      const said = { out: "", err: "" };
      const code = await runCli([...argv, "--config", config, "--state", state, "--json"], {
        ...{ root: ROOT, version: "0", cwd: folder, uid: 1000, env: { HOME: folder }, interactive: false },
        out: (text) => {
          said.out += text;
        },
        err: (text) => {
          said.err += text;
        },
        confirm: assert.fail,
        askText: assert.fail,
        askChoice: assert.fail,
        askSecret: assert.fail,
        readInput: assert.fail,
      });
      return { code, ...said, json: JSON.parse(said.out) as Record<string, unknown> };
    },
  };
}

function idOf(result: { readonly json: Record<string, unknown> }): string {
  assert.equal(typeof result.json.id, "string", JSON.stringify(result.json));
  return String(result.json.id);
}

test("a hub is backed up, looked into, and each part comes back", async (t) => {
  const hub = await hubOf(t);
  const first = await hub.run("backup", "create");
  assert.equal(first.code, 0, first.err);
  assert.match(first.err, /A key for backups was made: .*vault\.key/);
  const again = await hub.run("backup", "create", "--keep-all");
  assert.ok(Number(again.json.fresh) < 100_000, `${String(again.json.fresh)} bytes are new`);
  const id = idOf(again);

  const listed = await hub.run("backup", "list");
  assert.deepEqual(
    (listed.json as unknown as { homes: number; whole: boolean }[]).map(({ homes, whole }) => [homes, whole]),
    [
      [1, true],
      [1, true],
    ],
  );
  const shown = await hub.run("backup", "show", "latest", "ada:work");
  assert.match(shown.out, /"path": "work\/deep"/);
  assert.match(shown.out, /"path": "work\/paper\.ipynb"/);
  assert.doesNotMatch(shown.out, /work\/deep\/data/);
  assert.match((await hub.run("backup", "show", id, "configuration")).out, /"path": "folder"/);
  assert.equal((await hub.run("backup", "check", "--read-data")).code, 0);
  for (const file of allFiles(hub.to))
    assert.ok(!readFileSync(file).includes("a-very-secret-value") && !readFileSync(file).includes("a paper"), file);

  rmSync(join(hub.home, "work"), { recursive: true });
  writeFileSync(join(hub.home, "newer"), "x");
  const beside = await hub.run("restore", "latest", "--user", "ada");
  const restored = join(hub.home, String(beside.json.folder));
  assert.equal(readFileSync(join(restored, "work", "paper.ipynb"), "utf8"), "a paper");
  assert.equal(readlinkSync(join(restored, "link")), "work/paper.ipynb");
  rmSync(restored, { recursive: true });
  assert.equal((await hub.run("restore", "latest", "--user", "ada", "--replace")).code, 2);
  assert.equal((await hub.run("restore", "latest", "--user", "ada", "--replace", "--yes")).code, 0);
  assert.deepEqual(readdirSync(hub.home).sort(), ["link", "work"]);
  assert.equal(lstatSync(join(hub.home, "work", "deep")).mode & 0o777, 0o750);

  const part = await hub.run("restore", "latest", "--file", "ada:work/deep");
  assert.deepEqual(readdirSync(join(hub.home, String(part.json.folder), "work")), ["deep"]);
  const file = join(hub.folder, "paper");
  assert.equal((await hub.run("restore", "latest", "--file", "ada:work/paper.ipynb", "--to", file)).code, 0);
  assert.equal(readFileSync(file, "utf8"), "a paper");
  assert.equal((await hub.run("restore", "latest", "--file", "ada:work/paper.ipynb", "--to", file)).code, 1);
  assert.equal((await hub.run("restore", "latest", "--file", "ada:work", "--to", `${file}2`)).code, 2);
  assert.equal((await hub.run("restore", "latest", "--file", "ada:none")).code, 1);
  assert.equal((await hub.run("restore", "latest", "--user", "bob")).code, 1);

  const old = join(hub.folder, "old");
  assert.equal((await hub.run("restore", id, "--configuration", old)).code, 0);
  assert.equal(readFileSync(join(old, "secrets", "one"), "utf8"), "a-very-secret-value\n");
  assert.equal(statSync(join(old, "secrets", "one")).mode & 0o777, 0o600);
  assert.equal((await hub.run("restore", id, "--configuration", old)).code, 1);
});

test("a new host gets everything from a backup, read by somebody's own key", async (t) => {
  const hub = await hubOf(t);
  const identity = await generateIdentity();
  const key = join(hub.folder, "ada.key");
  writeFileSync(key, `${identity}\n`, { mode: 0o600 });
  const made = await hub.run("backup", "create", "--recipient", await identityToRecipient(identity));
  assert.equal(made.code, 0, made.err);
  const before = readFileSync(join(hub.state, "secrets", "hub.key"), "utf8");
  const occupied = await hub.run("restore", "latest", "--all", "--from", hub.to);
  assert.match(occupied.out, /There is a hub here already/);
  for (const path of [hub.state, join(hub.folder, "etc")]) renameSync(path, `${path}.old`);
  const all = await hub.run("restore", "latest", "--all", "--from", hub.to, "--identity", key);
  assert.equal(all.code, 0, all.out);
  assert.equal(readFileSync(join(hub.state, "secrets", "hub.key"), "utf8"), before);
  assert.ok(existsSync(hub.config) && existsSync(join(hub.state, "archives", "gone.tar.gz")));
  const paths = openStateFolder(hub.state);
  renameSync(join(`${hub.state}.old`, "run", "launch.json"), paths.launchFile);
  const homes = await hub.run("restore", "latest", "--homes", "--yes", "--identity", key);
  assert.equal(homes.code, 0, homes.out);
  assert.equal(readFileSync(join(hub.home, "work", "paper.ipynb"), "utf8"), "a paper");
  const store = await openStore({ kind: "sqlite", file: paths.database });
  assert.deepEqual(
    (await store.db.selectFrom("users").select("name").execute()).map(({ name }) => name),
    ["ada", "bob"],
  );
  await store.close();
});

test("a backup that is killed leaves the repository as it was, and the next one is whole", async (t) => {
  const hub = await hubOf(t);
  assert.equal((await hub.run("backup", "create")).code, 0);
  writeFileSync(join(hub.home, "big"), randomBytes(80_000_000));
  const packs = readdirSync(join(hub.to, "packs")).length;
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      join(ROOT, "src/main/cli.ts"),
      ...["backup", "create", "--config", hub.config, "--state", hub.state],
    ],
    { env: { ...process.env, HOME: hub.folder, HUBLET_ACCOUNT: "" }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const gone = once(child, "exit");
  while (readdirSync(join(hub.to, "packs")).length === packs) {
    assert.equal(child.exitCode, null, said);
    await delay(2);
  }
  child.kill("SIGKILL");
  await gone;
  assert.equal((await hub.run("backup", "list")).json.length, 1, "it is not there");
  const checked = await hub.run("backup", "check", "--read-data");
  assert.deepEqual(checked.json.problems, []);
  const next = await hub.run("backup", "create");
  assert.equal(next.code, 0, next.out);
  rmSync(join(hub.home, "big"));
  assert.equal((await hub.run("restore", "latest", "--file", "ada:big")).code, 0);
  assert.equal((await hub.run("backup", "prune")).code, 0);
  const end = await hub.run("backup", "check", "--read-data");
  assert.deepEqual([end.json.problems, end.json.unused], [[], 0]);
});

test("a home that cannot be read is told at the end, and the others are backed up", async (t) => {
  const hub = await hubOf(t);
  const other = join(hub.state, "homes", "jupyterhub-2duser-2dbob");
  mkdirSync(other);
  writeFileSync(join(other, "file"), "x");
  // Tar cannot begin in a folder that is none.
  rmSync(other, { recursive: true });
  symlinkSync("/proc/self/mem", other);
  const made = await hub.run("backup", "create");
  assert.equal(made.code, 1, made.err);
  assert.deepEqual(
    (made.json.failed as { what: string }[]).map(({ what }) => what),
    ["the home jupyterhub-user-bob"],
  );
  assert.equal((await hub.run("restore", "latest", "--user", "ada")).code, 0);
});

test("the database is not moved or restored under a running hub, and is otherwise", async (t) => {
  const hub = await hubOf(t);
  assert.equal((await hub.run("backup", "create")).code, 0);
  const { lockState } = await import("../up/lock.ts");
  const lock = await lockState(hub.state);
  for (const argv of [
    ["restore", "latest", "--database", "--yes"],
    ["database", "move", "--to", "postgresql://127.0.0.1:1/x"],
  ])
    assert.match((await hub.run(...argv)).out, /state-locked/);
  await lock.close();
  const file = join(hub.state, "hublet.db");
  const store = await openStore({ kind: "sqlite", file });
  await store.db.deleteFrom("users").execute();
  await store.close();
  const restored = await hub.run("restore", "latest", "--database", "--yes");
  assert.equal(restored.code, 0, restored.out);
  assert.ok(existsSync(String(restored.json.kept)));
  const after = await openStore({ kind: "sqlite", file });
  assert.equal((await after.db.selectFrom("users").selectAll().execute()).length, 2);
  await after.close();
  assert.equal((await hub.run("database", "move", "--to", "sqlite")).code, 2, "it is there already");
  assert.match((await hub.run("database", "move", "--to", "postgresql://127.0.0.1:1/x")).out, /database-unusable/);
});

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
