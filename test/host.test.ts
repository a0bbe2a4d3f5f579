/**
 * The host prepared for real: a throw-away account, its runtime folder, rootless Podman by our settings, a container
 * with a published port, and everything taken away again. Not as root: the same for the current user.
 */
import assert from "node:assert/strict";
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { PreparedHost } from "../src/deploy/index.ts";
import { findAccount, prepareHost } from "../src/deploy/index.ts";
import { mustRun, run } from "../src/deploy/run.ts";

const ACCOUNT = "hublet-t1";
const root = process.geteuid?.() === 0;
const here = dirname(fileURLToPath(import.meta.url));

/** What `host/serve-and-run.ts` prints. */
interface Findings {
  readonly uid: number;
  readonly page: string;
  readonly afterKill: string;
  readonly afterClose: string;
  readonly running: boolean;
  readonly limits: { readonly memory?: number };
}

let base = "";
let tar = "";
let host: PreparedHost;

async function prepare(): Promise<PreparedHost> {
  return await prepareHost({
    accountName: ACCOUNT,
    engine: "podman",
    buildImages: false,
    programRoot: dirname(here),
    programStore: join(base, "program"),
    ...(root ? {} : { stateDir: join(base, "state") }),
    yes: root,
    report: () => undefined,
  });
}

/** Ends what the throw-away account still runs (Podman's pause process), then removes it and all that is its own. */
async function removeAccount(): Promise<void> {
  const account = await findAccount(ACCOUNT);
  if (account === undefined) return;
  const running = async () => {
    const mine: number[] = [];
    for (const entry of await readdir("/proc")) {
      const owner = /^\d+$/.test(entry) ? await stat(`/proc/${entry}`).catch(() => undefined) : undefined;
      // A dead process that nobody has collected yet has no memory, and no program.
      const alive = owner?.uid === account.uid && (await run(["readlink", `/proc/${entry}/exe`])).code === 0;
      if (alive) mine.push(Number(entry));
    }
    return mine;
  };
  for (const pid of await running()) process.kill(pid, "SIGKILL");
  for (let tries = 0; tries < 100 && (await running()).length > 0; tries += 1) await delay(50);
  await run(["userdel", "--force", "--remove", ACCOUNT]);
  await rm(`/run/hublet-${account.uid}`, { recursive: true, force: true });
}

before(async () => {
  base = await mkdtemp(join(tmpdir(), "hublet-host-"));
  await chmod(base, 0o755);
  const busybox = await findBusybox();
  const files = join(base, "root");
  await mkdir(join(files, "bin"), { recursive: true });
  for (const folder of ["www", "proc", "sys", "dev", "tmp", "etc"]) await mkdir(join(files, folder));
  await copyFile(busybox, join(files, "bin/busybox"));
  await writeFile(join(files, "www/index.html"), "it works\n");
  tar = join(base, "root.tar");
  await mustRun(["tar", "-C", files, "-cf", tar, "."]);
  if (root) await removeAccount();
  host = await prepare();
});

after(async () => {
  if (root) await removeAccount();
  await rm(base, { recursive: true, force: true });
});

describe("a prepared host", () => {
  it("has an account of its own that nobody can sign in to, with a closed home and room for everybody's ids", async () => {
    if (!root) {
      assert.equal(host.account.uid, process.geteuid?.());
      return;
    }
    const home = await stat(host.account.home);
    assert.deepEqual([home.uid, home.mode & 0o777], [host.account.uid, 0o700]);
    assert.match((await run(["getent", "passwd", ACCOUNT])).stdout, /:\/var\/lib\/hublet-t1:\/usr\/sbin\/nologin$/m);
    assert.ok(Math.min(host.facts.subordinateIds.uids, host.facts.subordinateIds.gids) >= 65_536);
  });

  it("stays as it is when prepared again", async () => {
    const again = await prepare();
    assert.deepEqual(
      { ...again, program: { ...again.program, took: 0 } },
      { ...host, program: { ...host.program, took: 0 } },
    );
  });

  it("says what it cannot enforce", () => {
    const { memory, cpu, pids, reasons } = host.limits;
    assert.equal(reasons.length === 0, memory && cpu && pids);
    for (const reason of reasons) assert.ok(host.notes.includes(reason));
  });

  it("runs a container as the account, which no death of the service stops", async (t) => {
    const script = join(host.program.root, host.program.copied ? "missing" : "test/host/serve-and-run.ts");
    // A copy of the program holds no tests; they then lie where the account can read them.
    const runnable = host.program.copied ? await copyScript(host.program.root) : script;
    const socket = join(host.runtimeDir, "hublet", "test.sock");
    const identity = root ? { uid: host.account.uid, gid: host.account.gid } : {};
    const memory = host.limits.memory ? [String(64 * 1024 * 1024)] : [];
    const result = await run([host.program.node, runnable, socket, tar, "hublet-host-test", ...memory], {
      ...identity,
      env: host.env,
      cwd: host.account.home,
      timeout: 120_000,
    });
    assert.equal(result.code, 0, result.stderr);
    const found: Findings = JSON.parse(result.stdout);
    t.diagnostic(result.stdout.trim());
    assert.equal(found.uid, host.account.uid);
    assert.deepEqual(
      [found.page, found.afterKill, found.afterClose, found.running],
      ["it works", "it works", "it works", true],
    );
    if (!host.limits.memory) assert.deepEqual(found.limits, {}, "what is said not to be enforced is not");
    else assert.equal(found.limits.memory, 64 * 1024 * 1024);
  });
});

async function copyScript(program: string): Promise<string> {
  const folder = join(base, "scripts", "test", "host");
  await mkdir(folder, { recursive: true });
  await copyFile(join(here, "host/serve-and-run.ts"), join(folder, "serve-and-run.ts"));
  await mustRun(["ln", "-s", join(program, "src"), join(base, "scripts", "src")]);
  await writeFile(join(base, "scripts", "package.json"), '{"type":"module"}');
  return join(folder, "serve-and-run.ts");
}

/** A static busybox: Debian's package `busybox-static`, which root may install here. */
async function findBusybox(): Promise<string> {
  for (const path of ["/bin/busybox", "/usr/bin/busybox"]) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  await run(["apt-get", "update"], { timeout: 300_000 });
  await mustRun(["apt-get", "install", "-y", "--no-install-recommends", "busybox-static"], { timeout: 300_000 });
  return "/bin/busybox";
}
