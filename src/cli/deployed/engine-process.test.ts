import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { randomHex } from "../../kernel/index.ts";
import { runEngine } from "./engine-process.ts";
import { markOf, sendingWords } from "./signalled.ts";

const READER =
  'const { writeFileSync } = require("node:fs"); const [begun, end] = process.argv.slice(1); process.stdin.resume().on("end", () => writeFileSync(end, "")); writeFileSync(begun, ""); setTimeout(() => {}, 20000)';

test("a command whose input breaks off is ended before it could take the part for the whole", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-feed-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [begun, end] = [join(folder, "begun"), join(folder, "end")];
  const mark = markOf(randomHex(8));
  const input = Readable.from(
    (async function* () {
      yield Buffer.alloc(100_000);
      while (!existsSync(begun)) await delay(20);
      throw new Error("cannot be read");
    })(),
  );
  // As an engine does it: what it runs is no child that could be killed from here.
  const argv = ["/usr/bin/env", mark, process.execPath, "-e", READER, begun, end];
  const send = (signal: NodeJS.Signals) => ({ argv: sendingWords(process.execPath, mark, signal), as: undefined });
  await assert.rejects(runEngine({ argv, as: undefined }, { input, send }), /cannot be read/);
  assert.equal(existsSync(end), false);
});

test("a command that ends without reading what it was sent ends as it does", async () => {
  const input = Readable.from([Buffer.alloc(1_000_000), Buffer.alloc(1_000_000)]);
  const argv = [process.execPath, "-e", "process.exit(4)"];
  assert.equal(await runEngine({ argv, as: undefined }, { input }), 4);
});
