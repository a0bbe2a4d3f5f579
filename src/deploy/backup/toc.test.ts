/** The table of contents of tars, as several programs write them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { temporaryFolder } from "../../../test/support/databases.ts";
import { entryLine, parseEntryLine, type TarEntry, TarReader } from "./toc.ts";

const run = promisify(execFile);
const LONG = `${"l".repeat(130)}/${"ü".repeat(60)}`;

function tree(t: TestContext): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, LONG), { recursive: true });
  writeFileSync(join(folder, LONG, "file"), "deep");
  writeFileSync(join(folder, "plain"), "plain\n", { mode: 0o640 });
  writeFileSync(join(folder, "empty"), "");
  linkSync(join(folder, "plain"), join(folder, "second name"));
  symlinkSync("plain", join(folder, "link"));
  symlinkSync(LONG, join(folder, "long link"));
  const sparse = openSync(join(folder, "sparse"), "w");
  // More pieces than a header of GNU's old form holds.
  for (let n = 0; n < 40; n++) writeSync(sparse, `piece ${n}`, n * 100_000);
  ftruncateSync(sparse, 5_000_000);
  closeSync(sparse);
  return folder;
}

function read(tar: Buffer, piece: number): { entries: TarEntry[]; reader: TarReader } {
  const entries: TarEntry[] = [];
  const reader = new TarReader((entry) => entries.push(entry));
  for (let at = 0; at < tar.length; at += piece) reader.push(tar.subarray(at, at + piece));
  return { entries, reader };
}

for (const [title, options] of [
  ["pax with holes", ["--format=posix", "--sparse"]],
  ["GNU with holes", ["--format=gnu", "--sparse"]],
  ["GNU", ["--format=gnu"]],
] as const) {
  test(`every entry of a tar in ${title} is found, whatever the pieces, and can be cut out by itself`, async (t) => {
    const folder = tree(t);
    const { stdout: tar } = await run("tar", ["-cf", "-", ...options, "-C", folder, "."], {
      encoding: "buffer",
      maxBuffer: 64 * 1024 * 1024,
    });
    const { entries, reader } = read(tar, 7001);
    assert.ok(reader.complete);
    assert.equal(reader.extended, title.startsWith("pax"));
    for (const piece of [512, 10_240, tar.length]) assert.deepEqual(read(tar, piece).entries, entries);
    const paths = entries.map(({ path }) => path).sort();
    assert.deepEqual(
      paths,
      [
        "",
        "empty",
        "l".repeat(130),
        LONG,
        `${LONG}/file`,
        "link",
        "long link",
        "plain",
        "second name",
        "sparse",
      ].sort(),
    );
    const kind = (path: string) => entries.find((entry) => entry.path === path)?.kind;
    assert.deepEqual([kind(""), kind("link"), kind("empty")], ["folder", "symlink", "file"]);
    assert.equal(kind("sparse"), title === "GNU" ? "file" : "sparse");
    assert.deepEqual([kind("plain"), kind("second name")].sort(), ["file", "hardlink"]);
    assert.equal(entries.find(({ path }) => path === "long link")?.target, LONG);
    for (const entry of entries) assert.deepEqual(parseEntryLine(entryLine(entry).trim()), entry);

    const place = (path: string) => {
      let at = 0;
      for (const entry of entries) {
        if (entry.path === path) return { at, entry };
        at += entry.span;
      }
      throw new Error(`no ${path}`);
    };
    const deep = place(`${LONG}/file`);
    assert.equal(tar.toString("utf8", deep.at + deep.entry.skip, deep.at + deep.entry.skip + deep.entry.size), "deep");
    for (const path of ["sparse", `${LONG}/file`]) {
      const { at, entry } = place(path);
      const alone = join(temporaryFolder(t), "alone.tar");
      writeFileSync(alone, Buffer.concat([tar.subarray(at, at + entry.span), Buffer.alloc(1024)]));
      const listed = await run("tar", ["-tf", alone, "--quoting-style=literal"]);
      assert.equal(listed.stdout.trim(), `./${path}`);
    }
  });
}

test("what is no tar is refused, and a tar that is cut off is not complete", async (t) => {
  assert.throws(() => read(Buffer.alloc(2048, 65), 512), { code: "command-failed" });
  const folder = tree(t);
  const { stdout: tar } = await run("tar", ["-cf", "-", "-C", folder, "plain"], { encoding: "buffer" });
  assert.equal(read(tar.subarray(0, 1024), 100).reader.complete, false);
  assert.equal(read(Buffer.alloc(0), 100).reader.complete, false);
});

test("any bytes either make entries or are refused in words", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      try {
        read(Buffer.from(bytes), 333);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "command-failed");
      }
    }),
  );
});
