/** The vault of a hub that runs. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../kernel/index.ts";
import { openLiveConfig } from "../live/live.ts";
import type { ConfigSwap, LiveConfig } from "../snapshot.ts";
import { newIdentity } from "./age.ts";
import { addRecipient, removeRecipient, rotateVault } from "./change.ts";
import { type Lab, vaultLab } from "./vault.fixture.ts";

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DOOR = "signIn: {dummy: {password: {secret: door}}}\n";

interface Watched extends Lab {
  readonly live: LiveConfig;
  readonly swaps: readonly ConfigSwap[];
  door(): string;
  until(condition: () => boolean): Promise<void>;
}

async function watched(t: TestContext, more: { readonly lastGood?: string } = {}, lab?: Lab): Promise<Watched> {
  const at = lab ?? (await vaultLab(t, { door: "one", other: "x" }));
  if (lab === undefined) writeFileSync(at.config, DOOR);
  const { config: file, environment } = at;
  const live = await openLiveConfig({ file, environment, clock: systemClock, log: SILENT, ...more });
  t.after(() => live.close());
  const swaps: ConfigSwap[] = [];
  live.subscribe((swap) => void swaps.push(swap));
  const changed = new EventTarget();
  live.onStatus(() => changed.dispatchEvent(new Event("status")));
  return {
    ...{ ...at, live, swaps },
    door: () => live.current().secret({ secret: "door" }).reveal(),
    until: async (condition) => {
      const timeout = AbortSignal.timeout(30_000);
      while (!condition()) {
        assert.ok(!timeout.aborted, JSON.stringify(live.status()));
        await new Promise<void>((resolve) => {
          changed.addEventListener("status", () => resolve(), { once: true, signal: timeout });
          timeout.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
  };
}

test("a changed value is in effect at once, and only what names it has changed", async (t) => {
  const { live, set, swaps, door, until, config, vault } = await watched(t);
  assert.deepEqual(live.current().files, [config, vault]);
  assert.equal(door(), "one");
  await set({ door: "two" });
  await until(() => door() === "two");
  assert.deepEqual(swaps[0]?.changed, ["signIn.dummy"]);
  assert.doesNotMatch(JSON.stringify([live.status(), live.effective(), swaps]), /"two"|AGE-SECRET/);
});

test("a new key of the vault, and new recipients, disturb nobody", async (t) => {
  const { live, vault, ada, set, door, until } = await watched(t);
  await rotateVault(vault, [ada.identity]);
  await live.reload();
  assert.equal(live.status().state, "applied");
  assert.equal(door(), "one");
  await set({ door: "three" });
  await until(() => door() === "three");
});

test("a damaged vault is refused with its line, and the old values go on until it is good again", async (t) => {
  const { live, text, write, door, until, vault } = await watched(t);
  const good = text();
  write(good.replace(/( {2}door: s1\.).{9}/, "$1AAAAAAAAA"));
  await until(() => live.status().state === "refused");
  const [problem, ...others] = live.status().problems.filter(({ file }) => file === vault);
  assert.deepEqual(
    [others.length, problem?.path, problem?.line],
    [0, "values.door", good.split("\n").findIndex((line) => line.startsWith("  door:")) + 1],
  );
  assert.equal(door(), "one");
  write(good);
  await until(() => live.status().state === "applied");
  assert.equal(door(), "one");
});

test("a vault that is shared with the hub no more is refused, and its old values go on", async (t) => {
  const { live, vault, ada, door, until } = await watched(t);
  const grace = await newIdentity();
  await addRecipient(vault, "grace", grace.recipient, [ada.identity]);
  await removeRecipient(vault, "ada", [grace.identity]);
  await until(() => live.status().state === "refused");
  assert.match(live.status().problems[0]?.message ?? "", /it is for: grace/);
  assert.equal(door(), "one");
});

test("the hub's key that comes later is noticed", async (t) => {
  const lab = await vaultLab(t, { door: "one" });
  const hub = await newIdentity();
  await addRecipient(lab.vault, "host lab1", hub.recipient, [lab.ada.identity]);
  writeFileSync(lab.config, "name: Lab\n");
  const folder = join(lab.folder, "secrets-of-hub");
  mkdirSync(folder);
  const environment = { HUBLET_SECRETS: folder, HOME: join(lab.folder, "nobody") };
  const { live, until } = await watched(t, {}, { ...lab, environment });
  writeFileSync(lab.config, DOOR);
  await until(() => live.status().state === "refused");
  assert.match(live.status().problems[0]?.message ?? "", /there is no private key here/);
  writeFileSync(join(folder, "vault.key"), hub.identity.reveal());
  await until(() => live.status().state === "applied");
  assert.equal(live.current().secret({ secret: "door" }).reveal(), "one");
});

test("a hub that is started again beside a damaged vault works on with the one that worked", async (t) => {
  const lab = await vaultLab(t, { door: "one" });
  writeFileSync(lab.config, DOOR);
  const lastGood = join(lab.folder, "applied.json");
  const first = await watched(t, { lastGood }, lab);
  await first.live.close();
  lab.write(lab.text().slice(0, 300));
  const second = await watched(t, { lastGood }, lab);
  assert.deepEqual([second.live.status().state, second.door()], ["refused", "one"]);
});

test("a name in the vault and in a file: the vault's value is used, and that is said", async (t) => {
  const { live, folder, door, until, set } = await watched(t);
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets/next"), "from a file\n", { mode: 0o600 });
  renameSync(join(folder, "secrets/next"), join(folder, "secrets/door"));
  await until(() =>
    live
      .status()
      .warnings.some((warning) => /secret door is in the vault and in .*door; the vault's is used/.test(warning)),
  );
  assert.equal(door(), "one");
  await set({ door: undefined });
  await until(() => door() === "from a file");
});
