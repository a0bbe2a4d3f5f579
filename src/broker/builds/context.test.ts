/** A folder reaches the builder with what is in it, and with no way out of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { extract, type Header, pack } from "tar-stream";
import { Refusal } from "../refusal.ts";
import { type ContextNames, remadeContext } from "./context.ts";

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries)
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  tar.finalize();
  return await buffer(Readable.from(tar));
}

async function entriesOf(tar: Buffer): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const read = extract();
  read.end(tar);
  for await (const entry of read) {
    const { name, type, linkname, mode } = entry.header;
    found[name] = `${type} ${(mode ?? 0).toString(8)} ${linkname ?? ""}${(await buffer(entry)).toString()}`;
  }
  return found;
}

const RECIPE = { name: "Containerfile", content: "FROM scratch\n" };

async function through(entries: readonly Entry[], finish?: (text: string, names: ContextNames) => Promise<string>) {
  const source = Readable.from([await tarOf(entries)]);
  const options = { file: "Containerfile", longestMs: 10_000, finish: finish ?? (async (text: string) => text) };
  return await buffer(remadeContext(source, options));
}

test("files, folders and links come through as they are, the Containerfile last and as it is to be built", async () => {
  const made = await through(
    [
      { name: "./", type: "directory" },
      RECIPE,
      { name: "./bin/", type: "directory", mode: 0o755 },
      { name: "./bin/run", mode: 0o755, content: "x".repeat(100_000) },
      { name: "bin/", type: "directory", mode: 0o755 },
      { name: "empty", content: "" },
      { name: "away", type: "symlink", linkname: "/etc" },
      { name: "also", type: "link", linkname: "./bin/run" },
      { name: "ünï".repeat(60), content: "long" },
    ],
    async (text, names) => {
      assert.deepEqual(
        ["away", "away/x", "bin/run", ""].map((path) => names.leadsAway(path)),
        [true, true, false, false],
      );
      return `${text}# looked at\n`;
    },
  );
  const found = await entriesOf(made);
  assert.deepEqual(Object.keys(found).at(-1), "Containerfile");
  assert.equal(found.Containerfile, "file 644 FROM scratch\n# looked at\n");
  assert.equal(found["bin/run"], `file 755 ${"x".repeat(100_000)}`);
  assert.equal(found.away, "symlink 644 /etc");
  assert.equal(found.also, "link 644 bin/run");
  assert.equal(found["ünï".repeat(60)], "file 644 long");
});

const REFUSED: Readonly<Record<string, readonly [readonly Entry[], RegExp]>> = {
  "a file below a link": [
    [
      { name: "x", type: "symlink", linkname: "/var/lib/hublet" },
      { name: "x/.ssh/authorized_keys", content: "k" },
    ],
    /below a link/,
  ],
  "a file that goes up": [[{ name: "a/../../x", content: "" }], /leads elsewhere/],
  "an absolute name": [[{ name: "/etc/x", content: "" }], /leads elsewhere/],
  "a hard link to what lies elsewhere": [
    [{ name: "h", type: "link", linkname: "../../etc/shadow" }],
    /leads elsewhere/,
  ],
  "a hard link through a link": [
    [
      { name: "x", type: "symlink", linkname: "/etc" },
      { name: "h", type: "link", linkname: "x/passwd" },
    ],
    /no file of the folder/,
  ],
  "a hard link to a link": [
    [
      { name: "x", type: "symlink", linkname: "/etc/passwd" },
      { name: "h", type: "link", linkname: "x" },
    ],
    /no file of the folder/,
  ],
  "a name that stands twice, a link the second time": [
    [
      { name: "x", content: "" },
      { name: "./x", type: "symlink", linkname: "/etc" },
    ],
    /twice/,
  ],
  "a folder that becomes a link": [
    [
      { name: "x", type: "directory" },
      { name: "x", type: "symlink", linkname: "/etc" },
    ],
    /twice/,
  ],
  "a device": [[{ name: "sda", type: "block-device" }], /neither file/],
  "a pipe, for which builders would wait": [[{ name: "p", type: "fifo" }], /neither file/],
  "a Containerfile that is a link": [[{ name: "Containerfile", type: "symlink", linkname: "/etc/passwd" }], /twice/],
  "a list of what is ignored that is a link": [
    [{ name: ".containerignore", type: "symlink", linkname: "/etc/passwd" }],
    /is a link/,
  ],
};
for (const [name, [entries, why]] of Object.entries(REFUSED))
  test(`refused: ${name}`, async () => {
    await assert.rejects(
      through([RECIPE, ...entries]),
      (error: unknown) => error instanceof Refusal && why.test(error.message),
    );
  });

test("without its Containerfile, or when that is a link, nothing comes out", async () => {
  await assert.rejects(through([{ name: "a", content: "" }]), /no "Containerfile"/);
  await assert.rejects(through([{ name: "Containerfile", type: "symlink", linkname: "x" }]), /no file/);
});

test("a folder that is cut off, or never ends, is no folder", async () => {
  const whole = await tarOf([RECIPE, { name: "a", content: "x".repeat(5000) }]);
  const options = { file: "Containerfile", longestMs: 10_000, finish: async (text: string) => text };
  for (const bytes of [whole.subarray(0, 2048), Buffer.alloc(2048, "x")])
    await assert.rejects(buffer(remadeContext(Readable.from([bytes]), options)), /no whole tar/);
  const waiting = new PassThrough();
  waiting.write(whole.subarray(0, 2048));
  await assert.rejects(buffer(remadeContext(waiting, { ...options, longestMs: 50 })), /did not come in time/);
  // Who asked is still to be answered on the same connection.
  assert.equal(waiting.destroyed, false);
  waiting.destroy();
  await once(waiting, "close");
});
