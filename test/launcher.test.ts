/** The launcher `./hublet`: from anywhere, through links, with an old Node on the PATH, and with its dependencies missing. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, "..");
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "hublet-launcher-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** A program on a PATH of our own. */
function program(name: string, script: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

const SYSTEM = "/usr/bin:/bin";

test("it runs from another directory and through a chain of links, relative ones too", async () => {
  symlinkSync(join(REPOSITORY, "hublet"), join(folder, "first"));
  symlinkSync("first", join(folder, "second"));
  const { stdout } = await run(join(folder, "second"), ["--version"], { cwd: "/" });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("an older Node on the PATH is passed over for the pinned one", async () => {
  program("node", 'case "$1" in -p) echo false;; *) echo "the old node ran" >&2; exit 9;; esac');
  const { stdout } = await run(join(REPOSITORY, "hublet"), ["--version"], {
    cwd: "/",
    env: { PATH: `${join(folder, "bin")}:${SYSTEM}` },
  });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("no Node at all on the PATH is fine once dependencies are there", async () => {
  rmSync(join(folder, "bin"), { recursive: true, force: true });
  program("readlink", 'exec /usr/bin/readlink "$@"');
  const { stdout } = await run(join(REPOSITORY, "hublet"), ["--version"], { cwd: "/", env: { PATH: SYSTEM } });
  assert.match(stdout, /^\d/);
});

test("dependencies are installed when missing, and again when the lock file is newer", async () => {
  const checkout = join(folder, "checkout");
  mkdirSync(join(checkout, "src", "main"), { recursive: true });
  await run("cp", [join(REPOSITORY, "hublet"), join(REPOSITORY, "package-lock.json"), checkout]);
  writeFileSync(join(checkout, "src", "main", "cli.ts"), 'console.log("the program ran");');
  program("npm", 'echo "npm $*" >> calls; mkdir -p node_modules; touch node_modules/.package-lock.json');
  const env = { PATH: `${join(folder, "bin")}:${SYSTEM}`, HUBLET_NODE: process.execPath };
  const calls = async () => (await run("cat", [join(checkout, "calls")])).stdout.trim().split("\n").length;

  assert.equal((await run(join(checkout, "hublet"), [], { env })).stdout, "the program ran\n");
  assert.equal(await calls(), 1);
  await run(join(checkout, "hublet"), [], { env });
  assert.equal(await calls(), 1, "nothing is installed when all is there");
  await run("touch", [join(checkout, "package-lock.json")]);
  await run(join(checkout, "hublet"), [], { env });
  assert.equal(await calls(), 1, "a lock file that is only newer by its time is not");
  appendFileSync(join(checkout, "package-lock.json"), "\n");
  await run(join(checkout, "hublet"), [], { env });
  assert.equal(await calls(), 2, "another lock file installs again");
});

test("a node_modules that is a link is never emptied", async () => {
  const checkout = join(folder, "linked");
  mkdirSync(checkout);
  mkdirSync(join(folder, "shared"));
  writeFileSync(join(folder, "shared", "precious"), "");
  await run("cp", [join(REPOSITORY, "hublet"), join(REPOSITORY, "package-lock.json"), checkout]);
  symlinkSync(join(folder, "shared"), join(checkout, "node_modules"));
  const refused = run(join(checkout, "hublet"), [], { env: { PATH: `${join(folder, "bin")}:${SYSTEM}` } });
  await assert.rejects(refused, (error: { stderr: string }) => /is a link/.test(error.stderr));
  assert.ok(existsSync(join(folder, "shared", "precious")));
});

test("a failed installation and a missing npm are each said in one line", async () => {
  const checkout = join(folder, "broken");
  mkdirSync(checkout);
  await run("cp", [join(REPOSITORY, "hublet"), join(REPOSITORY, "package-lock.json"), checkout]);
  program("npm", "exit 1");
  const failed = run(join(checkout, "hublet"), [], { env: { PATH: `${join(folder, "bin")}:${SYSTEM}` } });
  await assert.rejects(
    failed,
    (error: { code: number; stderr: string }) =>
      error.code === 1 && /hublet: npm ci failed in .*broken/.test(error.stderr),
  );
  rmSync(join(folder, "bin"), { recursive: true });
  // A PATH with what the launcher itself needs, and no npm.
  mkdirSync(join(folder, "bin"));
  for (const tool of ["sh", "dirname", "readlink", "find", "uname", "cksum", "cat"])
    symlinkSync((await run("which", [tool])).stdout.trim(), join(folder, "bin", tool));
  const missing = run(join(checkout, "hublet"), [], { env: { PATH: join(folder, "bin") } });
  await assert.rejects(
    missing,
    (error: { code: number; stderr: string }) => error.code === 1 && /hublet: npm is not installed/.test(error.stderr),
  );
});
