/** A repository: what is written comes back, nothing is written twice, damage is found and named, nothing needed is removed. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { temporaryFolder } from "../../../../test/support/databases.ts";
import { Secret, systemClock } from "../../../kernel/index.ts";
import { folderStore } from "../store/folder.ts";
import { check } from "./check.ts";
import { lockRepository } from "./locks.ts";
import { keptSnapshots, prune } from "./prune.ts";
import { ensureRepository, openRepository, type Repository } from "./repository.ts";
import { type Snapshot, writeSnapshot } from "./snapshot.ts";
import { readStream, type StreamRef, writeStream } from "./streams.ts";
import { ChunkWriter } from "./writer.ts";

const clock = systemClock;
const KEEP = { daily: 1, weekly: 0, monthly: 0 };
const CHECK = { readData: true, rebuild: false, progress: () => undefined };

interface Lab {
  readonly folder: string;
  readonly identity: Secret;
  readonly recipient: string;
  open(): Promise<Repository>;
}

async function lab(t: TestContext): Promise<Lab> {
  const folder = temporaryFolder(t);
  const text = await generateIdentity();
  const [identity, recipient] = [new Secret(text), await identityToRecipient(text)];
  const open = () => ensureRepository(folderStore(folder), { identities: [identity], recipients: [recipient], clock });
  return { folder, identity, recipient, open };
}

async function* once_(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

async function save(repository: Repository, bytes: Buffer): Promise<{ ref: StreamRef; fresh: number }> {
  const writer = new ChunkWriter(repository.store, repository.keys, await repository.load());
  const ref = await writeStream(writer, repository.keys, once_(bytes));
  await writer.finish();
  return { ref, fresh: writer.tally.fresh };
}

async function read(
  repository: Repository,
  ref: StreamRef,
  range?: { offset: number; length: number },
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of readStream(repository, ref, range)) parts.push(part);
  return Buffer.concat(parts);
}

/** A snapshot whose only content is the database's. */
async function snapshotOf(repository: Repository, id: string, dump: StreamRef): Promise<void> {
  const empty: StreamRef = { bytes: 0, list: [] };
  const tar = { tar: empty, contents: empty, files: 0, extended: false, notes: [] };
  const snapshot: Snapshot = {
    ...{ format: 1, id, at: "2030-01-01T00:00:00.000Z", version: "0", host: "h", hub: "x" },
    database: { dump, kind: "sqlite", rows: 0 },
    configuration: { ...tar, file: "hublet.yaml", folder: "/etc" },
    ...{ keys: empty, archives: null, homes: [], failures: [] },
  };
  await writeSnapshot(repository.store, repository.keys, snapshot);
}

async function pruneNow(repository: Repository, keep = KEEP) {
  const lock = await lockRepository(repository.store, { kind: "alone", doing: "pruning", clock });
  try {
    return await prune(repository, lock, keep, () => undefined);
  } finally {
    await lock.close();
  }
}

const packsOf = (folder: string) => readdirSync(join(folder, "packs")).map((name) => join(folder, "packs", name));

test("any bytes come back, whole and in part, also by another process's repository", async (t) => {
  const { open } = await lab(t);
  const repository = await open();
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 0, max: 400 }),
      fc.nat(),
      fc.nat(),
      async (bytes, times, from, to) => {
        const whole = Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)));
        const { ref } = await save(repository, whole);
        assert.equal(ref.bytes, whole.length);
        assert.deepEqual(await read(await open(), ref), whole);
        const offset = from % (whole.length + 1);
        const length = to % (whole.length - offset + 1);
        assert.deepEqual(await read(repository, ref, { offset, length }), whole.subarray(offset, offset + length));
      },
    ),
    { numRuns: 25 },
  );
  assert.deepEqual((await check(await open(), CHECK)).problems, []);
});

test("what is there is not written again: a byte changed in 100 MB adds less than 8 MiB", async (t) => {
  const { open, folder } = await lab(t);
  const big = randomBytes(100_000_000);
  const first = await save(await open(), big);
  const before = packsOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
  assert.equal((await save(await open(), big)).fresh, 0);
  big[50_000_000] = (big[50_000_000] ?? 0) ^ 1;
  const changed = await save(await open(), big);
  const added = packsOf(folder).reduce((sum, file) => sum + statSync(file).size, 0) - before;
  assert.ok(added > 0 && added < 8 * 1024 * 1024, `${added} bytes`);
  const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  assert.equal(digest(await read(await open(), changed.ref)), digest(big));
  assert.notEqual(digest(await read(await open(), first.ref)), digest(big));
});

test("names and contents tell nothing, and nobody else opens it", async (t) => {
  const { open, folder, identity } = await lab(t);
  await save(await open(), Buffer.from("the secret recipe ".repeat(1000)));
  for (const part of ["packs", "index"])
    for (const name of readdirSync(join(folder, part)))
      assert.ok(!readFileSync(join(folder, part, name)).includes("secret recipe"));
  const stranger = new Secret(await generateIdentity());
  await assert.rejects(openRepository(folderStore(folder), { identities: [stranger], clock }), {
    code: "backup-unusable",
    message: /cannot be opened with the keys that are here .* encrypted for: age1/,
  });
  await assert.rejects(openRepository(folderStore(folder), { identities: [], clock }), { code: "backup-unusable" });
  // Somebody who joins later opens it, too.
  const recipients = await Promise.all([identity, stranger].map((each) => identityToRecipient(each.reveal())));
  await ensureRepository(folderStore(folder), { identities: [identity], recipients, clock });
  await openRepository(folderStore(folder), { identities: [stranger], clock });
  await assert.rejects(
    ensureRepository(folderStore(folder), { identities: [identity], recipients: ["age1nonsense"], clock }),
    { code: "usage" },
  );
});

test("one flipped bit is found, and what it costs is named", async (t) => {
  const { open, folder } = await lab(t);
  const repository = await open();
  const { ref } = await save(repository, randomBytes(3_000_000));
  await snapshotOf(repository, "20300101-000000-aaaa", ref);
  assert.deepEqual((await check(await open(), CHECK)).problems, []);
  const [pack = ""] = packsOf(folder);
  const content = readFileSync(pack);
  content.writeUInt8(content.readUInt8(1_000_000) ^ 4, 1_000_000);
  writeFileSync(pack, content);
  assert.deepEqual((await check(await open(), { ...CHECK, readData: false })).problems, [], "sizes are as they were");
  const { problems } = await check(await open(), CHECK);
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.message ?? "", /its checksum is wrong \(1 of \d+ chunks are lost\)/);
  assert.ok(pack.endsWith(problems[0]?.file ?? "?"));
  assert.deepEqual(problems[0]?.affects, ["the database of 20300101-000000-aaaa"]);
  await assert.rejects(read(await open(), ref), { code: "backup-unusable", message: /packs\/.* is damaged/ });
});

test("packs that are cut off or gone are named, and the next backup writes what they held again", async (t) => {
  const { open, folder } = await lab(t);
  const repository = await open();
  const bytes = randomBytes(2_000_000);
  const { ref } = await save(repository, bytes);
  await snapshotOf(repository, "20300101-000000-aaaa", ref);
  for (const harm of [(pack: string) => truncateSync(pack, 1000), (pack: string) => unlinkSync(pack)]) {
    for (const pack of packsOf(folder)) harm(pack);
    const { problems } = await check(await open(), { ...CHECK, readData: false });
    const affected = problems.flatMap(({ affects }) => affects);
    assert.deepEqual(affected, ["the database of 20300101-000000-aaaa"]);
    assert.ok((await save(await open(), bytes)).fresh >= bytes.length);
    assert.deepEqual(await read(await open(), ref), bytes);
    const after = await check(await open(), CHECK);
    assert.deepEqual(
      after.problems.flatMap(({ affects }) => affects),
      [],
    );
  }
  await pruneNow(await open());
  assert.deepEqual((await check(await open(), CHECK)).problems, []);
});

test("a damaged or lost index is made anew from the packs; a damaged manifest costs that backup alone", async (t) => {
  const { open, folder } = await lab(t);
  const repository = await open();
  const bytes = randomBytes(1_000_000);
  const { ref } = await save(repository, bytes);
  await snapshotOf(repository, "20300101-000000-aaaa", ref);
  await snapshotOf(repository, "20300102-000000-bbbb", ref);
  const [index = ""] = readdirSync(join(folder, "index"));
  truncateSync(join(folder, "index", index), 40);
  assert.equal((await check(await open(), CHECK)).problems[0]?.file, `index/${index}`);
  await check(await open(), { ...CHECK, rebuild: true });
  assert.deepEqual((await check(await open(), CHECK)).problems, []);
  assert.deepEqual(await read(await open(), ref), bytes);
  writeFileSync(join(folder, "snapshots", "20300102-000000-bbbb"), "nonsense");
  const { problems } = await check(await open(), CHECK);
  assert.deepEqual(
    problems.map(({ affects }) => affects),
    [["all of 20300102-000000-bbbb"]],
  );
  await assert.rejects(pruneNow(await open()), { code: "backup-unusable" });
  assert.deepEqual(await read(await open(), ref), bytes);
});

test("pruning removes what nothing names, rewrites packs that are mostly waste, and keeps the rest readable", async (t) => {
  const { open, folder } = await lab(t);
  const repository = await open();
  const [shared, old] = [randomBytes(4_000_000), randomBytes(16_000_000)];
  const first = await save(repository, Buffer.concat([shared, old]));
  await snapshotOf(repository, "20300101-000000-aaaa", first.ref);
  const second = await save(await open(), shared);
  await snapshotOf(repository, "20300102-000000-bbbb", second.ref);
  // What a killed backup leaves.
  await save(await open(), randomBytes(1_000_000));
  writeFileSync(join(folder, "unfinished", "part"), "x");
  const before = packsOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
  const result = await pruneNow(await open());
  assert.deepEqual([result.kept, result.removed], [["20300102-000000-bbbb"], ["20300101-000000-aaaa"]]);
  const now = packsOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(now < 7_000_000 && result.freed > before - now, `${now} bytes are left, ${result.freed} were freed`);
  assert.deepEqual(readdirSync(join(folder, "unfinished")), []);
  assert.deepEqual(await read(await open(), second.ref), shared);
  const { problems, unused } = await check(await open(), CHECK);
  assert.deepEqual([problems, unused], [[], 0]);
  assert.equal((await pruneNow(await open())).freed, 0);
});

test("pruning waits for a backup that runs, a backup for pruning, and neither for a dead one", async (t) => {
  const { open } = await lab(t);
  const { store } = await open();
  const backup = await lockRepository(store, { kind: "shared", doing: "a backup", clock });
  const another = await lockRepository(store, { kind: "shared", doing: "a backup", clock });
  await assert.rejects(lockRepository(store, { kind: "alone", doing: "pruning", clock }), {
    code: "conflict",
    message: /is in use: a backup on /,
  });
  await backup.close();
  await another.close();
  const pruning = await lockRepository(store, { kind: "alone", doing: "pruning", clock });
  const waited: string[] = [];
  const waiting = lockRepository(store, {
    kind: "shared",
    doing: "x",
    clock,
    wait: 20_000,
    onWait: (who) => waited.push(who),
  });
  while (waited.length === 0) await delay(10);
  await pruning.close();
  await (await waiting).close();
  assert.match(waited[0] ?? "", /pruning on/);
  // Of a process that was killed, on this host.
  const child = spawn("sleep", ["60"]);
  const dead = await lockRepository(store, { kind: "alone", doing: "pruning", clock });
  const [file] = await store.list("locks");
  const content = JSON.parse((await store.get(`locks/${file?.name}`)).toString()) as object;
  await store.put("locks/dead.json", [Buffer.from(JSON.stringify({ ...content, pid: child.pid }))]);
  await dead.close();
  await assert.rejects(lockRepository(store, { kind: "shared", doing: "x", clock }), { code: "conflict" });
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await (await lockRepository(store, { kind: "shared", doing: "x", clock })).close();
  assert.deepEqual(await store.list("locks"), []);
});

test("a backup whose lock was taken away does not finish", async (t) => {
  const { open } = await lab(t);
  const { store } = await open();
  const lock = await lockRepository(store, { kind: "shared", doing: "a backup", clock });
  const [file] = await store.list("locks");
  await store.remove(`locks/${file?.name}`);
  await assert.rejects(lock.confirm(), { code: "conflict", message: /was taken away/ });
  await lock.close();
});

test("the newest of days, weeks and months are kept", () => {
  const ids = [
    ...["20300101-010000-aaaa", "20300101-020000-aaaa", "20300106-010000-aaaa", "20300107-010000-aaaa"],
    ...["20300201-010000-aaaa", "20300202-010000-aaaa"],
  ];
  const kept = (daily: number, weekly: number, monthly: number) =>
    [...keptSnapshots(ids, { daily, weekly, monthly })].sort();
  assert.deepEqual(kept(0, 0, 0), ["20300202-010000-aaaa"]);
  assert.deepEqual(kept(2, 0, 0), ["20300201-010000-aaaa", "20300202-010000-aaaa"]);
  assert.deepEqual(kept(0, 0, 2), ["20300107-010000-aaaa", "20300202-010000-aaaa"]);
  // 2030-01-06 was a Sunday, the 7th a Monday.
  assert.deepEqual(kept(0, 3, 0), ["20300106-010000-aaaa", "20300107-010000-aaaa", "20300202-010000-aaaa"]);
  assert.deepEqual(
    kept(9, 9, 9),
    ids.filter((id) => id !== "20300101-010000-aaaa"),
  );
});
