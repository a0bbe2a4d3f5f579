/** Whatever is wrong with the configuration, each mistake is told with its place, and the hub works on with the one before. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type LiveConfig, openLiveConfig } from "../src/config/index.ts";
import { systemClock } from "../src/kernel/index.ts";
import { mutations, RICH_CONFIG, RICH_FILES } from "./support/rich-config.ts";

/** Work of the processor that a mistake may cost: the rest of the hub waits meanwhile. */
const MAX_MS = 2000;

let folder: string;
let live: LiveConfig;
let logged: string[];
let swaps = 0;

function write(name: string, text: string | Buffer): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o640 });
}

function writeAll(): void {
  for (const [name, text] of Object.entries(RICH_FILES)) write(name, text);
  write("hublet.yaml", RICH_CONFIG);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "hublet-mutations-"));
  logged = [];
  writeAll();
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, message: string) => void logged.push(message),
  };
  live = await openLiveConfig({
    ...{ file: join(folder, "hublet.yaml"), environment: {}, accounts: join(folder, "passwd") },
    ...{ clock: systemClock, log },
  });
  live.subscribe(() => {
    swaps++;
  });
});

after(async () => {
  await live.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the configuration that is mutated is right, and says something of every key", async () => {
  assert.equal(live.status().state, "applied");
  assert.deepEqual([...live.current().declared.keys()].toSorted(), ["ada", "anna-maria", "grace", "linus"]);
  const unsaid = Object.entries(live.current().config).filter(([, value]) => value === undefined);
  assert.deepEqual(unsaid, []);
});

test("mutated configurations: each is refused with file, line and column, and none changes what works", async (t) => {
  const all = mutations();
  assert.ok(all.length >= 200, `${all.length} mutations`);
  const works = live.current();
  let slowest = { title: "", ms: 0 };
  for (const { title, text, files = {} } of all) {
    write("hublet.yaml", text);
    for (const [name, changed] of Object.entries(files)) write(name, changed);
    const begun = process.cpuUsage();
    const status = await live.reload();
    const { user, system } = process.cpuUsage(begun);
    const ms = (user + system) / 1000;
    if (ms > slowest.ms) slowest = { title, ms };
    assert.equal(status.state, "refused", `${title}: it was accepted`);
    assert.ok(status.problems.length > 0, title);
    for (const problem of status.problems) {
      assert.ok(problem.file.startsWith(folder), `${title}: ${problem.file}`);
      assert.ok(problem.message.length > 5 && problem.message.length < 400, `${title}: ${problem.message}`);
      assert.doesNotMatch(problem.message, /Invalid input|undefined|\[object/, title);
      // Only a file as a whole has no line: too large, or more mistakes than are listed.
      const whole = /larger than|^and \d+ more$/.test(problem.message);
      assert.ok(whole || (problem.line !== null && problem.column !== null), `${title}: ${JSON.stringify(problem)}`);
    }
    assert.ok(status.problems.length <= 101, `${title}: ${status.problems.length} problems`);
    assert.equal(live.current(), works, title);
    for (const name of Object.keys(files)) {
      const original = RICH_FILES[name];
      if (original === undefined) rmSync(join(folder, name));
      else write(name, original);
    }
  }
  assert.equal(swaps, 0);
  assert.ok(slowest.ms < MAX_MS, `${slowest.title} took ${slowest.ms} ms`);
  assert.ok(!logged.some((line) => line.includes("hunter2")), "a secret that was written in the wrong place");
  t.diagnostic(`${all.length} mutations; the slowest, “${slowest.title}”, took ${Math.round(slowest.ms)} ms`);
});

test("a secret that everybody on the host may read is refused, and taken again when it is not", async () => {
  writeAll();
  await live.reload();
  assert.equal(live.status().state, "applied");
  chmodSync(join(folder, "secrets/door"), 0o644);
  const status = await live.reload();
  assert.match(status.problems[0]?.message ?? "", /everybody on this host may read/);
  chmodSync(join(folder, "secrets/door"), 0o640);
  assert.equal((await live.reload()).state, "applied");
});
