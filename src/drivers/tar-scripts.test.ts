/** Tar's scripts with each of the programs that an image may have. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { ensureProgram } from "../../test/support/engines.ts";
import { FOLDER_TAKEN, PACK_SCRIPT, SETTLE_SCRIPT, UNPACK_SCRIPT } from "./tar-scripts.ts";

const run = promisify(execFile);
const MANY = `${"n".repeat(120)}/${"m".repeat(120)}`;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-tar-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** A PATH with these programs alone. */
async function pathOf(t: TestContext, programs: readonly string[]): Promise<string> {
  const bin = await folderOf(t);
  for (const program of programs) {
    // The system's own: others may be scripts that need more of a PATH.
    const { stdout } = await run("which", [program], { env: { PATH: `/usr/bin:/bin:${process.env.PATH ?? ""}` } });
    await symlink(stdout.trim(), join(bin, program));
  }
  return bin;
}

async function script(
  path: string,
  text: string,
  args: readonly string[],
  input?: Buffer,
): Promise<{ code: number | null; out: Buffer; said: string }> {
  const child = spawn("/bin/sh", ["-c", text, "sh", ...args], { env: { PATH: path } });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const out: Buffer[] = [];
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: Buffer.concat(out), said };
}

async function fill(folder: string): Promise<void> {
  await mkdir(join(folder, MANY), { recursive: true });
  await writeFile(join(folder, MANY, "file"), "deep\n");
  await writeFile(join(folder, "plain"), "plain\n", { mode: 0o640 });
  await link(join(folder, "plain"), join(folder, "hard"));
  await symlink("plain", join(folder, "link"));
  const sparse = openSync(join(folder, "sparse"), "w");
  writeSync(sparse, "end", 8_000_000);
  ftruncateSync(sparse, 9_000_000);
  closeSync(sparse);
  await utimes(join(folder, "plain"), 1_700_000_000.25, 1_700_000_000.5);
}

for (const [title, programs, keeps] of [
  ["GNU tar", ["tar", "rm", "mkdir", "cat", "mv", "stat", "chmod", "chown", "rmdir"], "holes"],
  ["python3", ["python3", "rm", "mkdir", "cat", "mv", "stat", "chmod", "chown", "rmdir"], "content"],
  ["busybox", ["busybox", "rm", "mkdir", "mv", "stat", "chmod", "chown", "rmdir"], "content"],
] as const) {
  test(`with ${title}, a tree comes back as it was`, async (t) => {
    if (title === "busybox") await ensureProgram("busybox", "busybox-static");
    const path = await pathOf(t, programs);
    const [source, target] = [await folderOf(t), await folderOf(t)];
    await fill(source);
    const packed = await script(path, PACK_SCRIPT, [source]);
    assert.deepEqual([packed.code, packed.said], [0, ""]);
    const owners = process.geteuid?.() === 0 ? "owners" : "";
    const kind = title === "GNU tar" ? "extended" : "";
    const unpacked = await script(path, UNPACK_SCRIPT, [target, "", kind, owners], packed.out);
    assert.deepEqual([unpacked.code, unpacked.out.toString()], [0, "ready\n"], unpacked.said);
    const settled = await script(path, SETTLE_SCRIPT, [target, "replace", "", owners]);
    assert.deepEqual([settled.code, settled.said], [0, ""]);
    assert.equal(await readFile(join(target, MANY, "file"), "utf8"), "deep\n");
    const plain = await stat(join(target, "plain"));
    assert.deepEqual([plain.mode & 0o777, plain.nlink, Math.floor(plain.mtimeMs / 1000)], [0o640, 2, 1_700_000_000]);
    const sparse = await stat(join(target, "sparse"));
    assert.equal(sparse.size, 9_000_000);
    assert.deepEqual(await readFile(join(target, "sparse")), await readFile(join(source, "sparse")));
    if (keeps === "holes") assert.ok(sparse.blocks * 512 < 1_000_000, `${sparse.blocks} blocks`);
  });
}

test("a file that grows while GNU tar reads it is a note, and the tar is whole", async (t) => {
  const source = await folderOf(t);
  const file = join(source, "growing");
  await writeFile(file, randomBytes(20_000_000));
  await writeFile(join(source, "quiet"), "x");
  const growing = setInterval(() => appendFileSync(file, "more"), 1);
  const { code, said, out } = await script(process.env.PATH ?? "", PACK_SCRIPT, [source]);
  clearInterval(growing);
  assert.equal(code, 1);
  assert.match(said, /growing: file changed as we read it/);
  assert.ok(out.subarray(-1024).every((byte) => byte === 0));
});

test("GNU tar keeps extended attributes, and a folder that is there is not written over", async (t) => {
  await ensureProgram("setfattr", "attr");
  const [source, target] = [await folderOf(t), await folderOf(t)];
  await writeFile(join(source, "file"), "x");
  await run("setfattr", ["-n", "user.note", "-v", "kept", join(source, "file")]);
  const path = process.env.PATH ?? "";
  const { out } = await script(path, PACK_SCRIPT, [source]);
  assert.equal((await script(path, UNPACK_SCRIPT, [target, "new", "extended", "owners"], out)).code, 0);
  assert.equal((await script(path, SETTLE_SCRIPT, [target, "folder", "new", "owners"])).code, 0);
  const { stdout } = await run("getfattr", ["--only-values", "-n", "user.note", join(target, "new", "file")]);
  assert.equal(stdout, "kept");
  const again = await script(path, UNPACK_SCRIPT, [target, "new", "extended", "owners"], out);
  assert.equal(again.code, FOLDER_TAKEN);
});

test("an image without any of them says so, and one with busybox alone when the tar has pax headers", async (t) => {
  const folder = await folderOf(t);
  const none = await pathOf(t, ["rm", "mkdir"]);
  assert.equal((await script(none, PACK_SCRIPT, [folder])).code, 127);
  assert.equal((await script(none, UNPACK_SCRIPT, [folder, "", "", ""])).code, 127);
  const busybox = await pathOf(t, ["busybox", "rm", "mkdir"]);
  assert.equal((await script(busybox, UNPACK_SCRIPT, [folder, "", "extended", ""])).code, 127);
  assert.deepEqual(await readdir(folder), []);
});
