/** Packing volumes: what every driver must keep of a person's files, and what only engines can get wrong. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client } from "undici";
import { eventually, fetched, patience, type Subject, serving } from "./contract-support.ts";

const run = promisify(execFile);

/** @param owner whom the files of a server belong to, as an archive tells it */
export function archiveContract(subject: () => Subject, owner: { uid: number; gid: number }): void {
  test("a volume is packed with owners, modes and links, and plain tar restores it", async () => {
    const volume = await filled(
      subject(),
      [
        "mkdir -p 'deep/ü folder' && echo inside > 'deep/ü folder/file' && chmod 750 deep",
        "echo kept > plain && chmod 640 plain && ln plain hard && ln -s plain link",
        "echo run > tool && chmod 755 tool && : > .hidden && echo shut > shut && chmod 000 shut",
      ].join(" && "),
    );
    await inFolder(async (folder) => {
      const file = join(folder, "made", "home.tar.gz");
      await subject().driver.exportVolume(volume, file, { signal: patience() });
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(join(folder, "made")), ["home.tar.gz"]);

      const out = join(folder, "out");
      await mkdir(out);
      await run("tar", ["-xzf", file, "-C", out]);
      assert.equal(await readFile(join(out, "deep/ü folder/file"), "utf8"), "inside\n");
      assert.equal(await readFile(join(out, "plain"), "utf8"), "kept\n");
      assert.equal(await readlink(join(out, "link")), "plain");
      assert.equal((await stat(join(out, "hard"))).ino, (await stat(join(out, "plain"))).ino);
      for (const [name, mode] of [
        ["plain", 0o640],
        ["tool", 0o755],
        ["deep", 0o750],
      ] as const)
        assert.equal((await lstat(join(out, name))).mode & 0o777, mode, name);
      await access(join(out, ".hidden"));
      assert.match(await listing(file), /^-{10} .*shut$/m);

      const listed = await listing(file);
      const own = listed.split("\n").filter((line) => line.includes(` ${owner.uid}/${owner.gid} `));
      for (const name of ["plain", "tool", "deep", "link"])
        assert.ok(
          own.some((line) => new RegExp(` (\\./)?${name}(/| ->|$)`).test(line)),
          `${name}: ${listed}`,
        );
    });
  });

  test("an empty volume is an archive, too; a missing one is not found and leaves nothing", async () => {
    const { driver, volume } = subject();
    const empty = volume();
    await driver.ensureVolume(empty, {});
    await inFolder(async (folder) => {
      await driver.exportVolume(empty, join(folder, "empty.tar.gz"), { signal: patience() });
      const { stdout } = await run("tar", ["-tzf", join(folder, "empty.tar.gz")]);
      assert.match(stdout, /^(\.\/\n)?$/);
      await driver.removeVolume(empty);
      await assert.rejects(driver.exportVolume(empty, join(folder, "again.tar.gz"), { signal: patience() }), {
        code: "not-found",
      });
      assert.deepEqual(await readdir(folder), ["empty.tar.gz"]);
    });
  });

  test("packing that is broken off leaves neither a file nor anything that holds the volume", async () => {
    const { driver } = subject();
    const volume = await filled(subject(), "busybox dd if=/dev/urandom of=big bs=1048576 count=60 2>/dev/null");
    await inFolder(async (folder) => {
      const file = join(folder, "home.tar.gz");
      const cancelling = new AbortController();
      const packing = driver.exportVolume(volume, file, { signal: cancelling.signal });
      packing.catch(() => undefined);
      await eventually("it is being written", async () => {
        const size = await stat(`${file}.part`).then(
          ({ size: bytes }) => bytes,
          () => 0,
        );
        return size > 0 ? true : undefined;
      });
      cancelling.abort(new Error("changed our mind"));
      await assert.rejects(packing, /changed our mind/);
      assert.deepEqual(await readdir(folder), []);
      const early = driver.exportVolume(volume, file, { signal: AbortSignal.abort(new Error("early")) });
      await assert.rejects(early, /early/);
      // At once, and packing it twice at a time is no trouble either.
      const twice = ["a", "b"].map((name) => driver.exportVolume(volume, join(folder, name), { signal: patience() }));
      await Promise.all(twice);
      assert.deepEqual((await readdir(folder)).sort(), ["a", "b"]);
    });
    await driver.removeVolume(volume);
  });
}

/** What only engines can get wrong. */
export function brokenArchiveContract(subject: () => Subject): void {
  test("what a hub left that died while packing is in nobody's way", async () => {
    const { driver, hub, socketPath, spec } = subject();
    const { image } = await spec("");
    for (const next of ["export", "remove"]) {
      const volume = await filled(subject(), "echo mine > kept");
      const engine = new Client("http://engine", { socketPath: socketPath ?? "" });
      const { statusCode, body } = await engine.request({
        method: "POST",
        path: `/containers/create?name=hublet-export-${volume}`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          Image: image,
          Labels: { "hublet.export": hub },
          HostConfig: { Mounts: [{ Type: "volume", Source: volume, Target: "/x" }] },
        }),
      });
      await body.dump();
      assert.equal(statusCode, 201);
      await engine.close();
      assert.deepEqual(await driver.list(hub), [], "it is not taken for a server");
      if (next === "export") {
        await inFolder((folder) => driver.exportVolume(volume, join(folder, "f"), { signal: patience() }));
      }
      await driver.removeVolume(volume);
    }
  });

  test("another hub's volume is not packed", async () => {
    const { driver, another, volume } = subject();
    const name = volume();
    const stranger = another({ hub: "stranger" });
    try {
      await stranger.ensureVolume(name, {});
      await inFolder(async (folder) => {
        await assert.rejects(driver.exportVolume(name, join(folder, "f"), { signal: patience() }), {
          code: "conflict",
        });
        assert.deepEqual(await readdir(folder), []);
      });
    } finally {
      await stranger.removeVolume(name);
      await stranger.close();
    }
  });
}

async function listing(file: string): Promise<string> {
  return (await run("tar", ["--numeric-owner", "-tvzf", file])).stdout.trim();
}

/** A volume with what `script` makes in the home of a server. */
async function filled({ driver, spec, volume }: Subject, script: string): Promise<string> {
  const source = volume();
  await driver.ensureVolume(source, {});
  const mounts = [{ kind: "volume", source, target: "/home/jovyan", readOnly: false }] as const;
  const launch = await spec(serving(`(cd "$HOME" && ${script}) && echo yes > done`), { mounts });
  const { url } = await driver.start(launch, { signal: patience() });
  await fetched(`${url}/done`);
  await driver.stop(launch.name, { graceSeconds: 5 });
  return source;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-archive-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
