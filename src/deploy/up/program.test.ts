import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { runAs } from "./as-account.ts";
import { programFor } from "./program.ts";

const root = process.geteuid?.() === 0;
const nobody = { name: "nobody", uid: 65_534, gid: 65_534, home: "/" };
const me = { name: "me", uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, home: "/" };

/** A small program with one package for running and one for development. */
async function makeProgram(t: TestContext): Promise<{ at: string; store: string; node: string }> {
  const base = await mkdtemp(join(tmpdir(), "hublet-program-"));
  t.after(() => rm(base, { recursive: true, force: true }));
  await chmod(base, 0o755);
  const at = join(base, "clone");
  const lock = {
    packages: {
      "": { dependencies: { run: "1" }, devDependencies: { dev: "1" } },
      "node_modules/run": {},
      "node_modules/dev": { dev: true },
    },
  };
  const files: Record<string, string> = {
    "package.json": "{}",
    "package-lock.json": JSON.stringify(lock),
    hublet: "#!/bin/sh\n",
    "src/main/a.ts": "export const a = 1;\n",
    "node_modules/run/index.js": "1",
    "node_modules/dev/index.js": "1",
    "web/dist/index.html": "<p>",
    "web/src/app.tsx": "",
    ".git/config": "",
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(at, path, ".."), { recursive: true });
    await writeFile(join(at, path), text);
  }
  await chmod(join(at, "hublet"), 0o755);
  return { at, store: join(base, "store"), node: "/bin/sh" };
}

describe("the program where the account can read it", () => {
  it("is the clone itself when all of it can be read", async (t) => {
    const { at, store, node } = await makeProgram(t);
    const program = await programFor({ account: root ? nobody : me, root: at, store, node });
    assert.deepEqual({ ...program, took: 0 }, { root: at, node, copied: false, took: 0 });
  });

  if (!root) return;

  for (const [what, path] of [
    ["the clone", "."],
    ["one source file", "src/main/a.ts"],
    ["the built pages", "web/dist"],
  ] as const) {
    it(`is a copy when ${what} is closed to the account`, async (t) => {
      const { at, store, node } = await makeProgram(t);
      await chmod(join(at, path), path.endsWith(".ts") ? 0o600 : 0o700);
      const program = await programFor({ account: nobody, root: at, store, node });
      assert.equal(program.copied, true);
      assert.equal((await runAs(nobody, ["cat", join(program.root, "src/main/a.ts")])).stdout, "export const a = 1;\n");
    });
  }

  it("holds what runs and nothing else, readable for all and writable for root alone", async (t) => {
    const { at, store, node } = await makeProgram(t);
    await chmod(at, 0o700);
    const before = process.umask(0o077);
    const program = await programFor({ account: nobody, root: at, store, node }).finally(() => process.umask(before));
    const found = (await readdir(program.root, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    assert.deepEqual(found.map((entry) => join(entry.parentPath, entry.name).slice(program.root.length + 1)).sort(), [
      ...[
        "hublet",
        "node_modules/run/index.js",
        "package-lock.json",
        "package.json",
        "src/main/a.ts",
        "web/dist/index.html",
      ],
    ]);
    assert.equal((await stat(join(program.root, "hublet"))).mode & 0o777, 0o755);
    assert.equal((await runAs(nobody, ["cat", join(program.root, "web/dist/index.html")])).stdout, "<p>");
    const writable = await runAs(nobody, ["find", store, "-writable"]);
    assert.equal(writable.stdout, "");
  });

  it("is copied once for each version; the one before stays, older ones go unless something runs from them", async (t) => {
    const { at, store, node } = await makeProgram(t);
    await chmod(at, 0o700);
    const copy = async () => (await programFor({ account: nobody, root: at, store, node })).root;
    const versions = [await copy()];
    const first = versions[0] ?? "";
    assert.equal(await copy(), first, "the same version is used again");
    const running = spawn("sleep", ["600"], { cwd: join(first, "src") });
    t.after(() => running.kill());
    await once(running, "spawn");
    await utimes(first, 0, 0);
    for (const text of ["two", "three!", "four!!!"]) {
      await writeFile(join(at, "src/main/a.ts"), text);
      const made = await copy();
      // Tell their ages apart without waiting.
      await utimes(made, versions.length, versions.length);
      versions.push(made);
    }
    assert.equal(await readFile(join(versions[3] ?? "", "src/main/a.ts"), "utf8"), "four!!!");
    assert.equal(await copy(), versions[3]);
    const left = (await readdir(store)).map((name) => join(store, name)).sort();
    assert.deepEqual(left, [first, versions[2], versions[3]].sort());
    const ended = once(running, "exit");
    running.kill();
    await ended;
    await copy();
    assert.ok(!(await readdir(store)).includes(first.slice(store.length + 1)));
  });

  it("never goes into a folder that someone else could change", async (t) => {
    const { at, store, node } = await makeProgram(t);
    await chmod(at, 0o700);
    await mkdir(store);
    await chown(store, 65_534, 65_534);
    await assert.rejects(
      programFor({ account: nobody, root: at, store, node }),
      /a folder of yours that nobody else can write/,
    );
  });

  it("says when the account can run no Node.js", async (t) => {
    const { at, store } = await makeProgram(t);
    await assert.rejects(
      programFor({ account: nobody, root: at, store, node: join(at, "package.json") }),
      /can run no Node.js/,
    );
  });
});
