/** What every implementation of the port must do with files. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, symlinkSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { HubError } from "../../kernel/index.ts";
import type { Host, HostUser } from "./port.ts";

export interface FilePlace {
  readonly host: Host;
  /** A folder of root alone. */
  readonly folder: string;
  /** An account with a home below it. */
  readonly nobody: HostUser;
}

export function fileContract(place: () => FilePlace): void {
  it("writes files with mode and owner, each in one step, and makes the folders", async () => {
    const { host, folder, nobody } = place();
    const path = join(folder, "etc/deep/settings.yaml");
    const secret = join(folder, "etc/with space ü.key");
    const bytes = randomBytes(200_000);
    await host.writeFiles([
      { path, content: "first: 1\n", mode: 0o644 },
      { path: secret, content: bytes, mode: 0o640, owner: { uid: 0, gid: nobody.uid } },
    ]);
    const old = await stat(path);
    await host.writeFiles([{ path, content: "", mode: 0o600 }]);
    const now = await stat(path);
    assert.deepEqual([old.mode & 0o7777, now.mode & 0o7777, now.size], [0o644, 0o600, 0]);
    assert.notEqual(old.ino, now.ino, "the old file was replaced, not written over");
    const key = await stat(secret);
    assert.deepEqual([key.mode & 0o7777, key.uid, key.gid], [0o640, 0, nobody.uid]);
    assert.ok((await readFile(secret)).equals(bytes));
    const made = await stat(join(folder, "etc/deep"));
    assert.deepEqual([made.mode & 0o7777, made.uid], [0o755, 0]);
    assert.deepEqual(await readdir(join(folder, "etc/deep")), ["settings.yaml"]);
  });

  it("writes as the account into folders of the account, where root would not", async () => {
    const { host, nobody } = place();
    const path = join(nobody.home, "units/a.container");
    await host.writeFiles([{ path, content: "[Container]\n", mode: 0o600 }], { as: nobody });
    const found = await stat(path);
    assert.deepEqual([found.mode & 0o7777, found.uid, found.gid], [0o600, nobody.uid, nobody.uid]);
    assert.deepEqual(await readdir(nobody.home), ["units"]);
    await refused(host.writeFiles([{ path, content: "", mode: 0o600 }]), /belongs to another account/);
    await refused(host.remove([path]), /belongs to another account/);
  });

  it("refuses to write as root through a link or where others can write", async () => {
    const { host, folder } = place();
    await mkdir(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));
    await mkdir(join(folder, "open"));
    await chmod(join(folder, "open"), 0o1777);
    await refused(host.writeFiles([{ path: join(folder, "link/a"), content: "", mode: 0o600 }]), /is a link/);
    await refused(
      host.writeFiles([{ path: join(folder, "open/new/a"), content: "", mode: 0o600 }]),
      /other accounts may write/,
    );
    await refused(host.remove([join(folder, "link/a")], { tree: true }), /is a link/);
    assert.deepEqual(await readdir(join(folder, "real")), []);
    assert.deepEqual(await readdir(join(folder, "open")), []);
  });

  it("replaces a link instead of following it, and reads none", async () => {
    const { host, folder } = place();
    const victim = join(folder, "victim");
    const path = join(folder, "was-link");
    await writeFile(victim, "precious");
    symlinkSync(victim, path);
    await assert.rejects(host.readFile(path), (error) => error instanceof HubError && error.code === "command-failed");
    await host.writeFiles([{ path, content: "mine", mode: 0o600 }]);
    assert.deepEqual([await readFile(victim, "utf8"), (await lstat(path)).isFile()], ["precious", true]);
  });

  it("reads files, and knows when there is none", async () => {
    const { host, folder } = place();
    const bytes = randomBytes(100_000);
    await writeFile(join(folder, "bytes"), bytes);
    assert.ok((await host.readFile(join(folder, "bytes")))?.equals(bytes));
    assert.equal(await host.readFile(join(folder, "nothing")), undefined);
    await assert.rejects(host.readFile(folder), HubError);
  });

  it("removes files and trees, but follows no link out of them", async () => {
    const { host, folder } = place();
    await mkdir(join(folder, "tree/sub"), { recursive: true });
    await mkdir(join(folder, "kept"));
    await writeFile(join(folder, "kept/file"), "");
    symlinkSync(join(folder, "kept"), join(folder, "tree/sub/way-out"));
    await host.remove([join(folder, "tree"), join(folder, "never/was/there")], { tree: true });
    assert.ok(!existsSync(join(folder, "tree")));
    await host.remove([join(folder, "kept/file"), join(folder, "kept/nothing")]);
    assert.deepEqual(await readdir(join(folder, "kept")), []);
    await assert.rejects(host.remove(["/etc"], { tree: true }), TypeError);
    await assert.rejects(host.remove(["/etc/../var"], { tree: true }), TypeError);
  });
}

async function refused(promise: Promise<void>, why: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof HubError);
    assert.equal(error.code, "host-unsuitable");
    assert.match(error.message, why);
    return true;
  });
}
