/** Reading volumes as tars and putting them back, as backups do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fetched, patience, type Subject, serving } from "./contract-support.ts";
import type { Driver } from "./port.ts";

const LONG = `${"long-".repeat(30)}name`;
const FILL = [
  `mkdir -p 'deep/ü folder/${LONG}' && echo inside > 'deep/ü folder/${LONG}/file' && chmod 750 deep`,
  "echo kept > plain && chmod 640 plain && ln plain hard && ln -s plain link && ln -s /nowhere broken",
  "echo run > tool && chmod 755 tool && : > .hidden && echo shut > shut && chmod 000 shut",
].join(" && ");
const LIST =
  '(cd "$HOME" && busybox find . | busybox sort | while read -r f; do busybox stat -c \'%a %u:%g %F %h %N\' "$f"; done) > list';

/** @param owner whom the files of a server belong to */
export function volumeContract(subject: () => Subject, owner: { uid: number; gid: number }): void {
  test("what is packed from a volume and unpacked into another is the same, and packed again gives equal bytes", async () => {
    const { driver, volume } = subject();
    const first = await made(subject(), FILL);
    const tar = await packed(driver, first);
    assert.deepEqual(await packed(driver, first), tar, "packed twice");
    const second = volume();
    await driver.ensureVolume(second, {});
    await driver.unpackVolume(second, pieces(tar), { signal: patience(), extended: isExtended(tar) });
    const list = await listed(subject(), second);
    assert.equal(list, await listed(subject(), first));
    assert.match(list, new RegExp(`^640 ${owner.uid}:${owner.gid} regular file 2 .*plain`, "m"));
    assert.match(list, /^0 .*shut/m);
  });

  test("unpacking without a folder replaces all; with one, the rest stays as it is", async () => {
    const { driver } = subject();
    const source = await made(subject(), "echo new > file && mkdir sub && echo new > sub/file");
    const tar = await packed(driver, source);
    const target = await made(
      subject(),
      "echo old > file && echo old > .old && mkdir sub && echo old > sub/old && echo x > ..odd",
    );
    const options = { signal: patience(), extended: isExtended(tar) };
    await driver.unpackVolume(target, pieces(tar), { ...options, folder: "restored-2030" });
    assert.deepEqual(names(await packed(driver, target)), [
      ...["..odd", ".old", "file"],
      ...["restored-2030", "restored-2030/file", "restored-2030/sub", "restored-2030/sub/file", "sub", "sub/old"],
    ]);
    await driver.unpackVolume(target, pieces(tar), options);
    assert.deepEqual(names(await packed(driver, target)), ["file", "sub", "sub/file"]);
  });

  test("a tar that breaks off, or is none, leaves what was there", async () => {
    const { driver } = subject();
    const target = await made(subject(), "echo old > file");
    const breaking = (async function* () {
      yield Buffer.alloc(512, 1);
      throw new Error("the backup is damaged");
    })();
    const options = { signal: patience(), extended: false };
    await assert.rejects(driver.unpackVolume(target, breaking, options), /the backup is damaged/);
    await assert.rejects(driver.unpackVolume(target, pieces(Buffer.alloc(20_480, 65)), options), {
      code: "command-failed",
    });
    const cancelled = driver.unpackVolume(target, endless(), { ...options, signal: AbortSignal.timeout(300) });
    await assert.rejects(cancelled, { name: "TimeoutError" });
    assert.deepEqual(names(await packed(driver, target)), ["file"]);
    await driver.removeVolume(target);
  });

  test("reading that is broken off holds nothing; a missing volume is not found, neither way", async () => {
    const { driver, volume } = subject();
    const source = await made(subject(), "busybox dd if=/dev/urandom of=big bs=1048576 count=30 2>/dev/null");
    for await (const chunk of driver.packVolume(source, { signal: patience(), onNote: assert.fail })) {
      assert.ok(chunk.length > 0);
      break;
    }
    const cancelling = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of driver.packVolume(source, { signal: cancelling.signal, onNote: assert.fail }))
        cancelling.abort(new Error("changed our mind"));
    }, /changed our mind/);
    await driver.removeVolume(source);
    await assert.rejects(packed(driver, source), { code: "not-found" });
    const nothing = { signal: patience(), extended: false };
    await assert.rejects(driver.unpackVolume(volume(), pieces(Buffer.alloc(1024)), nothing), { code: "not-found" });
  });

  test("the hub's volumes are listed", async () => {
    const { driver, volume } = subject();
    const name = volume();
    await driver.ensureVolume(name, { "hub.jupyter.org/username": "ada" });
    const found = (await driver.listVolumes()).find((each) => each.name === name);
    assert.ok(found !== undefined);
    if (driver.kind !== "process") assert.equal(found.labels["hub.jupyter.org/username"], "ada");
    await driver.removeVolume(name);
    assert.ok(!(await driver.listVolumes()).some((each) => each.name === name));
  });
}

/** What only engines can tell. */
export function engineVolumeContract(subject: () => Subject): void {
  test("a home is not replaced while a server uses it, but a folder beside its files is fine", async () => {
    const { driver, spec } = subject();
    const source = await made(subject(), "echo mine > file");
    const tar = await packed(driver, source);
    const mounts = [{ kind: "volume", source, target: "/home/jovyan", readOnly: false }] as const;
    const launch = await spec(serving(), { mounts });
    await driver.start(launch, { signal: patience() });
    const options = { signal: patience(), extended: isExtended(tar) };
    await assert.rejects(driver.unpackVolume(source, pieces(tar), options), { code: "conflict" });
    await driver.unpackVolume(source, pieces(tar), { ...options, folder: "beside" });
    await driver.stop(launch.name, { graceSeconds: 5 });
    assert.deepEqual(names(await packed(driver, source)), ["beside", "beside/file", "file"]);
  });

  test("all files of a volume get another owner, not while a server uses it, and what links lead to does not", async () => {
    const { driver, spec, volume } = subject();
    const source = await made(subject(), `${FILL} && ln -s /home out`);
    await driver.ownVolume(source, { uid: 2001, gid: 2002 });
    const list = await listed(subject(), source, "2001:2002");
    for (const name of ["plain", "tool", ".hidden", "shut", "deep", "deep/ü folder"])
      assert.match(list, new RegExp(`^\\d+ 2001:2002 .* \\./${name}$`, "m"), name);
    assert.doesNotMatch(list, / 1000:100 (regular|directory)/);
    const mounts = [{ kind: "volume", source, target: "/home/jovyan", readOnly: false }] as const;
    const launch = await spec(serving(), { mounts });
    await driver.start(launch, { signal: patience() });
    await assert.rejects(driver.ownVolume(source, { uid: 1, gid: 1 }), { code: "conflict" });
    await driver.stop(launch.name, { graceSeconds: 5 });
    await assert.rejects(driver.ownVolume(volume(), { uid: 1, gid: 1 }), { code: "not-found" });
  });

  test("another hub's volume is neither listed nor read nor written", async () => {
    const { driver, another, volume } = subject();
    const stranger = another({ hub: "stranger" });
    const name = volume();
    try {
      await stranger.ensureVolume(name, {});
      assert.ok(!(await driver.listVolumes()).some((each) => each.name === name));
      await assert.rejects(packed(driver, name), { code: "conflict" });
      await assert.rejects(driver.ownVolume(name, { uid: 1, gid: 1 }), { code: "conflict" });
      const options = { signal: patience(), extended: false };
      await assert.rejects(driver.unpackVolume(name, pieces(Buffer.alloc(1024)), options), { code: "conflict" });
    } finally {
      await stranger.removeVolume(name);
      await stranger.close();
    }
  });
}

async function packed(driver: Driver, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of driver.packVolume(name, { signal: patience(), onNote: assert.fail })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In pieces that fit no block. */
async function* pieces(tar: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < tar.length; at += 7001) yield tar.subarray(at, at + 7001);
}

async function* endless(): AsyncGenerator<Buffer> {
  const header = Buffer.alloc(512);
  header.write("endless");
  header.write("0000644\0", 100);
  header.write("77777777777\0", 124);
  header.write("        ", 148);
  header.write("ustar\x0000", 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  yield header;
  for (;;) {
    yield Buffer.alloc(512);
    await new Promise((resolve) => setTimeout(resolve, 5)); // as a slow source would
  }
}

function isExtended(tar: Buffer): boolean {
  for (let at = 0; at < tar.length; at += 512)
    if (tar[at + 156] === 0x78 && tar.toString("latin1", at + 257, at + 262) === "ustar") return true;
  return false;
}

function names(tar: Buffer): string[] {
  const found: string[] = [];
  let long: string | undefined;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, length: number) =>
      tar.toString("utf8", at + from, at + from + length).split("\0", 1)[0] ?? "";
    const size = Number.parseInt(text(124, 12), 8) || 0;
    const type = text(156, 1);
    if (type === "L") long = tar.toString("utf8", at + 512, at + 512 + size - 1);
    else if (type !== "x") found.push((long ?? text(0, 100)).replace(/^\.\//, "").replace(/\/$/, ""));
    if (type !== "L") long = undefined;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found.filter((name) => name !== "" && name !== ".").sort();
}

/** A volume with what `script` alone makes in the home of a server, without what an image brings. */
async function made({ driver, spec, volume }: Subject, script: string): Promise<string> {
  const source = volume();
  await driver.ensureVolume(source, {});
  await ran({ driver, spec }, source, `(cd "$HOME" && rm -rf .profile sub && ${script}) && echo yes > list`);
  return source;
}

async function listed(subject: Subject, source: string, user?: string): Promise<string> {
  // Busybox leaves the owner of links as it is, which means nothing on Linux.
  return (await ran(subject, source, LIST, user)).replace(/^777 \d+:\d+ symbolic/gm, "777 symbolic");
}

async function ran(
  { driver, spec }: Pick<Subject, "driver" | "spec">,
  source: string,
  script: string,
  user?: string,
): Promise<string> {
  const mounts = [{ kind: "volume", source, target: "/home/jovyan", readOnly: false }] as const;
  const launch = await spec(serving(script), { mounts, ...(user === undefined ? {} : { user }) });
  const { url } = await driver.start(launch, { signal: patience() });
  const text = await fetched(`${url}/list`);
  await driver.stop(launch.name, { graceSeconds: 5 });
  return text;
}
