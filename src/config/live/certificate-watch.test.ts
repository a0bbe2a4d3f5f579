/** What is said of a certificate as time passes, while nobody touches its files. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { selfSigned } from "../../../test/support/certificates.ts";
import { temporaryFolder } from "../../../test/support/databases.ts";
import { openLiveConfig } from "./live.ts";

const DAY_MS = 86_400_000;
/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that is wound from sleep to sleep: `pass` lets time go on to a moment and whoever sleeps wake on the way. */
function woundClock(start: number) {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const pauses: number[] = [];
  return {
    pauses,
    sleeping: () => sleepers.size,
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        pauses.push(ms);
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    pass: async (until: number) => {
      for (;;) {
        const next = [...sleepers].toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
  };
}

async function lab(t: TestContext, days: number) {
  const folder = temporaryFolder(t);
  const start = Math.floor(Date.now() / 1000) * 1000;
  const write = async (to: number): Promise<void> => {
    const pair = await selfSigned("lab", { from: to - 365 * DAY_MS, to });
    writeFileSync(join(folder, "a.crt"), pair.certificate);
    writeFileSync(join(folder, "a.key"), pair.key, { mode: 0o600 });
  };
  const end = start + days * DAY_MS;
  await write(end);
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, "tls: {certificate: a.crt, key: a.key, hsts: false}\n");
  const clock = woundClock(start);
  const said: [day: number, text: string][] = [];
  const warn = (_: object, text: string) => void said.push([Math.round((clock.now() - end) / DAY_MS), text]);
  const log = { info: () => undefined, warn, error: () => undefined };
  const live = await openLiveConfig({ file, environment: {}, clock, log });
  t.after(() => live.close());
  const shown: string[][] = [];
  live.onStatus(({ warnings }) => void shown.push(warnings));
  return { clock, live, end, said, shown, write };
}

test("an admin is warned by itself when the certificate ends soon, again as it comes nearer, and when it has ended", async (t) => {
  const { clock, live, end, said, shown } = await lab(t, 90);
  assert.deepEqual(live.status().warnings, []);
  await clock.pass(end - 22 * DAY_MS);
  assert.equal(said.length, 0);
  await clock.pass(end - 15 * DAY_MS);
  assert.match(live.status().warnings.join(), /a\.crt expires on/);
  await clock.pass(end);
  assert.deepEqual(
    said.map(([day]) => day),
    [-21, -14, -7, -1],
  );
  await clock.pass(end + DAY_MS);
  assert.match(live.status().warnings.join(), /a\.crt expired on .*browsers refuse it/);
  assert.match(shown.at(-1)?.join() ?? "", /expired on/);
  assert.match(said.at(-1)?.[1] ?? "", /expired on/);
  // Nothing more can come of it.
  assert.equal(clock.sleeping(), 0);
  assert.ok(Math.max(...clock.pauses) <= LONGEST_TIMER_MS);
});

test("a renewed certificate ends the warning, and the old one's time is waited for no more", async (t) => {
  const { clock, live, end, said, write } = await lab(t, 10);
  assert.match(live.status().warnings.join(), /expires on/);
  assert.equal(said.length, 1);
  await write(end + 300 * DAY_MS);
  await live.reload();
  assert.deepEqual(live.status().warnings, []);
  assert.equal(clock.sleeping(), 1);
  await clock.pass(end + DAY_MS);
  assert.deepEqual(live.status().warnings, []);
  assert.equal(said.length, 1);
  await live.close();
  assert.equal(clock.sleeping(), 0);
});
