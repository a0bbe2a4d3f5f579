import assert from "node:assert/strict";
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFacts } from "../facts.fixture.ts";
import { writeAs } from "./as-account.ts";
import { ensureRuntime } from "./runtime.ts";

const uid = process.geteuid?.() ?? 0;
const root = uid === 0;
/** As root an account that owns nothing here; else ourselves. */
const account = root
  ? { name: "nobody", uid: 65_534, gid: 65_534, home: "/nonexistent" }
  : { name: "me", uid, gid: process.getegid?.() ?? 0, home: "/" };
const facts = hostFacts({ uid, systemd: false });

describe("the runtime folder", () => {
  it("belongs to the account, is closed to others, and stays the same", async (t) => {
    const made = `/run/hublet-${account.uid}`;
    const mine = root && (await lstat(made).catch(() => undefined)) === undefined;
    if (mine) t.after(() => rm(made, { recursive: true, force: true }));
    const runtime = await ensureRuntime(account, facts, () => undefined);
    const found = await stat(runtime.runtimeDir);
    assert.deepEqual([found.uid, found.mode & 0o777, runtime.systemdUser], [account.uid, 0o700, false]);
    assert.equal((await ensureRuntime(account, facts, () => undefined)).runtimeDir, runtime.runtimeDir);
  });

  it("is emptied after a boot, where it does not vanish by itself", async (t) => {
    if (root) {
      const made = `/run/hublet-${account.uid}`;
      t.after(() => rm(made, { recursive: true, force: true }));
      await ensureRuntime(account, facts, () => undefined);
      await writeAs(account, join(made, "boot-id"), "an earlier boot\n");
      await writeAs(account, join(made, "libpod", "pause.pid"), "1");
      await ensureRuntime(account, facts, () => undefined);
      assert.equal((await lstat(join(made, "libpod")).catch(() => undefined)) === undefined, true);
      assert.equal(
        await readFile(join(made, "boot-id"), "utf8"),
        await readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      );
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), "hublet-runtime-"));
    const before = process.env.XDG_RUNTIME_DIR;
    t.after(async () => {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
      await rm(folder, { recursive: true, force: true });
    });
    process.env.XDG_RUNTIME_DIR = folder;
    await writeFile(join(folder, "boot-id"), "an earlier boot\n");
    await mkdir(join(folder, "libpod"));
    assert.equal((await ensureRuntime(account, facts, () => undefined)).runtimeDir, folder);
    assert.equal((await lstat(join(folder, "libpod")).catch(() => undefined)) === undefined, true);
  });

  if (root) {
    it("is refused when someone put a link or an open folder there", async (t) => {
      const victim = { ...account, uid: 65_533, gid: 65_533 };
      const made = `/run/hublet-${victim.uid}`;
      const elsewhere = await mkdtemp(join(tmpdir(), "hublet-elsewhere-"));
      t.after(async () => {
        await rm(made, { recursive: true, force: true });
        await rm(elsewhere, { recursive: true, force: true });
      });
      await symlink(elsewhere, made);
      await assert.rejects(
        ensureRuntime(victim, facts, () => undefined),
        /cannot be used/,
      );
      assert.equal((await stat(elsewhere)).uid, 0, "the link was not followed");
      await rm(made);
      await mkdir(made);
      await chmod(made, 0o777);
      await assert.rejects(
        ensureRuntime(victim, facts, () => undefined),
        /cannot be used/,
      );
    });
  }
});
