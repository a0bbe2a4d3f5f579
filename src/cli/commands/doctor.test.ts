/** `hublet doctor` as an ordinary person calls it, on this very machine. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { checkResultSchema, hostReportSchema } from "../../contract/index.ts";
import { desk } from "./desk.fixture.ts";

const resultsSchema = z.array(checkResultSchema);

test("the answer is the checks that were named, as data too", async (t) => {
  const { run } = desk(t, "name: Lab\n");
  const { code, out } = await run(["doctor", "configuration", "public-scheme", "--json"]);
  const results = resultsSchema.parse(JSON.parse(out));
  assert.deepEqual(
    results.map(({ id, outcome }) => [id, outcome]),
    [
      ["public-scheme", "skipped"],
      ["configuration", "ok"],
    ],
  );
  assert.equal(code, 0);
});

test("an error gives exit code 1 and is told with what to do; the rest of the file is judged all the same", async (t) => {
  const { run } = desk(t, "publicUrl: http://lab.example.org\ntls: {certificate: none.crt, key: none.key}\n");
  const { code, out } = await run(["doctor", "configuration", "public-scheme"]);
  assert.equal(code, 1);
  assert.match(out, /ERROR configuration: [\s\S]*none\.crt/);
  assert.match(out, /ERROR public-scheme: publicUrl is http:[\s\S]*Write publicUrl: https:\/\/lab\.example\.org/);
});

test("the whole report is kept for the admins' page where a hub has its state", async (t) => {
  const { run, folder } = desk(t, "name: Lab\n");
  mkdirSync(join(folder, "state", "run"), { recursive: true });
  await run(["doctor", "memory"]);
  const file = join(folder, "state", "run", "doctor.json");
  assert.throws(() => readFileSync(file), /ENOENT/, "a part is not the whole");
  await run(["doctor"]);
  const { checks } = hostReportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  assert.ok(checks.length >= 32);
});

test("an unknown check, and mending without anybody to ask, are mistakes of the command line", async (t) => {
  const { run } = desk(t, "name: Lab\n");
  assert.equal((await run(["doctor", "klock"])).code, 2);
  const unasked = await run(["doctor", "--fix"]);
  assert.equal(unasked.code, 2);
  assert.match(unasked.err, /add --yes/);
  const unprivileged = await run(["doctor", "memory", "--fix", "--yes"]);
  assert.equal(unprivileged.code, 1);
  assert.match(unprivileged.err, /sudo hublet doctor --fix/);
});
