/**
 * Backups by somebody else: the place that keeps them can make a whole repository of its own, since it knows the public keys
 * of those who read it. What is restored as root must lead nowhere else.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { type Header, pack } from "tar-stream";
import { HubError, Secret, systemClock } from "../../kernel/index.ts";
import { ensureRepository } from "./repository/repository.ts";
import type { Snapshot } from "./repository/snapshot.ts";
import type { StreamRef } from "./repository/streams.ts";
import { restoreArchives, restoreConfiguration, restoreKeys } from "./restore.ts";
import { folderStore } from "./store/folder.ts";

const isRefused = (error: unknown): boolean => error instanceof HubError && error.code === "backup-unusable";

/** Streams of the attacker's choice. */
class Forged {
  readonly #chunks = new Map<string, Buffer>();

  async chunk(id: string): Promise<Buffer> {
    return this.#chunks.get(id) ?? Buffer.alloc(0);
  }

  stream(content: Buffer): StreamRef {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return {
      bytes: content.length,
      list: [this.#add(Buffer.concat([Buffer.from(this.#add(content), "base64url"), length]))],
    };
  }

  #add(content: Buffer): string {
    const id = createHash("sha256").update(content).digest("base64url");
    this.#chunks.set(id, content);
    return id;
  }

  snapshot(parts: { readonly tar?: Buffer; readonly keys?: object }): Snapshot {
    const empty: StreamRef = { bytes: 0, list: [] };
    const tar = parts.tar === undefined ? empty : this.stream(parts.tar);
    const part = { tar, contents: empty, files: 0, extended: false, notes: [] };
    return {
      ...{ format: 1, id: "20300101-000000-0000", at: "2030-01-01T00:00:00.000Z", version: "0", host: "h", hub: "x" },
      database: { dump: empty, kind: "sqlite", rows: 0 },
      configuration: { ...part, file: "hublet.yaml", folder: "/etc/hublet" },
      keys: this.stream(Buffer.from(JSON.stringify(parts.keys ?? {}))),
      ...{ archives: part, homes: [], failures: [] },
    };
  }
}

async function tarOf(...entries: (Partial<Header> & Pick<Header, "name">)[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) tar.entry(entry, entry.type === "symlink" ? "" : "evil");
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const bytes of tar) parts.push(bytes as Buffer);
  return Buffer.concat(parts);
}

function folders(t: TestContext): { readonly to: string; readonly victim: string } {
  const folder = mkdtempSync(join(tmpdir(), "hublet-attacks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [to, victim] = [join(folder, "to"), join(folder, "victim")];
  for (const each of [to, victim]) mkdirSync(each);
  return { to, victim };
}

test("a file below a link that the backup itself lays is refused", async (t) => {
  const { to, victim } = folders(t);
  const forged = new Forged();
  for (const [name, restore] of [
    ["folder", restoreConfiguration],
    ["archives", restoreArchives],
  ] as const) {
    const tar = await tarOf(
      { name: `${name}/way`, type: "symlink", linkname: victim },
      { name: `${name}/way/cron.d/evil` },
    );
    await assert.rejects(restore(forged, forged.snapshot({ tar }), to), isRefused);
    assert.deepEqual(readdirSync(victim), []);
    rmSync(join(to, "way"));
  }
});

test("what lay outside of the folder is refused where a link of the backup would lead it elsewhere", async (t) => {
  const { to, victim } = folders(t);
  const forged = new Forged();
  const tar = await tarOf(
    { name: "folder/outside", type: "symlink", linkname: victim },
    { name: "outside/cron.d/evil" },
  );
  await assert.rejects(restoreConfiguration(forged, forged.snapshot({ tar }), to), isRefused);
});

test("no restored file gets its owner's rights", async (t) => {
  const { to } = folders(t);
  const forged = new Forged();
  const tar = await tarOf({ name: "folder/shell", mode: 0o6755 });
  await restoreConfiguration(forged, forged.snapshot({ tar }), to);
  assert.equal(statSync(join(to, "shell")).mode & 0o7777, 0o755);
});

test("a key whose name is a path is refused", async () => {
  const forged = new Forged();
  assert.equal(
    (await restoreKeys(forged, forged.snapshot({ keys: { "hub.key": "a" } }))).get("hub.key")?.reveal(),
    "a",
  );
  for (const name of ["../../etc/cron.d/evil", "/etc/cron.d/evil", "..", "a/b.key"])
    await assert.rejects(restoreKeys(forged, forged.snapshot({ keys: { [name]: "evil" } })), isRefused);
  assert.equal(existsSync("/etc/cron.d/evil"), false);
});

test("a repository that the place puts in place of the hub's own gets nothing", async (t) => {
  const { to, victim } = folders(t);
  const identity = await generateIdentity();
  const options = {
    identities: [new Secret(identity)],
    recipients: [await identityToRecipient(identity)],
    clock: systemClock,
    known: join(victim, "backups.json"),
  };
  const place = join(to, "backups");
  await ensureRepository(folderStore(place), options);
  await ensureRepository(folderStore(place), options);
  // The attacker knows the public key, which stands in the repository, and has no other.
  const { known: _, ...attackers } = options;
  const own = join(to, "own");
  await ensureRepository(folderStore(own), attackers);
  renameSync(place, join(to, "first"));
  renameSync(own, place);
  await assert.rejects(ensureRepository(folderStore(place), options), isRefused);
  // Disks that take turns are no attack: an empty one gets a repository of ours, and the first is still known.
  renameSync(place, own);
  await ensureRepository(folderStore(place), options);
  renameSync(place, join(to, "second"));
  renameSync(join(to, "first"), place);
  await ensureRepository(folderStore(place), options);
});
