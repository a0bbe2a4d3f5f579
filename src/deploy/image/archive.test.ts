import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { z } from "zod";
import { sha256 } from "../../kernel/index.ts";
import { type ArchiveContent, writeArchive } from "./archive.ts";
import { completed, fileEntry, folderEntries, textEntry } from "./entries.ts";

interface Member {
  readonly header: Header;
  readonly content: Buffer;
}

async function written(content: ArchiveContent): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      // A slow reader: what is written must wait for it.
      setImmediate(done);
    },
  });
  await writeArchive(content, sink);
  assert.ok(sink.writableFinished);
  return Buffer.concat(chunks);
}

async function members(tar: Buffer): Promise<Map<string, Member>> {
  const found = new Map<string, Member>();
  const reader = Readable.from([tar]).pipe(extract());
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(z.instanceof(Buffer).parse(chunk));
    found.set(entry.header.name, { header: entry.header, content: Buffer.concat(chunks) });
  }
  return found;
}

async function sample(t: TestContext): Promise<{ folder: string; content: () => Promise<ArchiveContent> }> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-archive-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "run"), Buffer.alloc(3_000_000, "x"), { mode: 0o755 });
  writeFileSync(join(folder, "note.txt"), "Grüße\n");
  writeFileSync(join(folder, "note.md"), "left out");
  const content = async (): Promise<ArchiveContent> => ({
    reference: "localhost/sample:1",
    architecture: "amd64",
    layers: [
      { name: "first", entries: completed([await fileEntry(join(folder, "run"), "bin/deep/run")]) },
      {
        name: "second",
        entries: completed([
          textEntry("etc/passwd", "root:x:0:0::/:/bin/sh\n"),
          { kind: "folder", path: "tmp", mode: 0o1777 },
          ...(await folderEntries(folder, "app", (name) => name.endsWith(".txt"))),
        ]),
      },
    ],
    entrypoint: ["/bin/deep/run"],
    environment: { HOME: "/tmp" },
    labels: { a: "b" },
  });
  return { folder, content };
}

test("an archive names its layers by what is in them, and everything in them is root's and without time", async (t) => {
  const { content } = await sample(t);
  const archive = await members(gunzipSync(await written(await content())));
  const text = (name: string) => JSON.parse(archive.get(name)?.content.toString() ?? "null");
  const [manifest] = z
    .array(z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }))
    .parse(text("manifest.json"));
  assert.ok(manifest);
  assert.deepEqual(manifest.RepoTags, ["localhost/sample:1"]);
  const config = text(manifest.Config);
  assert.equal(manifest.Config, `${sha256(archive.get(manifest.Config)?.content.toString() ?? "")}.json`);
  assert.deepEqual(config.config.Entrypoint, ["/bin/deep/run"]);
  assert.deepEqual(
    config.rootfs.diff_ids,
    manifest.Layers.map((name) => `sha256:${name.replace(".tar", "")}`),
  );

  const [first, second] = await Promise.all(
    manifest.Layers.map(async (name) => await members(archive.get(name)?.content ?? Buffer.alloc(0))),
  );
  assert.deepEqual([...(first?.keys() ?? [])], ["bin", "bin/deep", "bin/deep/run"]);
  assert.equal(first?.get("bin/deep/run")?.content.length, 3_000_000);
  assert.deepEqual([...(second?.keys() ?? [])], ["app", "app/note.txt", "etc", "etc/passwd", "tmp"]);
  assert.equal(second?.get("app/note.txt")?.content.toString(), "Grüße\n");
  for (const { header } of [...(first?.values() ?? []), ...(second?.values() ?? [])])
    assert.deepEqual([header.uid, header.gid, header.mtime?.getTime()], [0, 0, 0], header.name);
  assert.deepEqual([first?.get("bin/deep/run")?.header.mode, second?.get("tmp")?.header.mode], [0o755, 0o1777]);
});

test("the same content gives the same bytes, whenever its files were written", async (t) => {
  const { folder, content } = await sample(t);
  const before = await written(await content());
  utimesSync(join(folder, "run"), 1, 1);
  assert.ok(before.equals(await written(await content())));
  writeFileSync(join(folder, "note.txt"), "Grüsse!\n");
  assert.ok(!before.equals(await written(await content())));
});

test("a file that vanishes meanwhile, and a reader that goes away, end it with an error", async (t) => {
  const { folder, content } = await sample(t);
  const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error("nobody reads")) });
  await assert.rejects(writeArchive(await content(), gone), /nobody reads/);
  const ready = await content();
  rmSync(join(folder, "run"));
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  await assert.rejects(writeArchive(ready, sink), /ENOENT/);
});
