import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { selfSigned } from "../../../test/support/certificates.ts";
import { startWithoutWatches } from "../../../test/support/without-watches.ts";
import { systemClock } from "../../kernel/index.ts";
import { type ConfigSwap, diffConfigs, dummyExposure, type LiveConfig, snapshotFromText } from "../index.ts";
import { openLiveConfig } from "./live.ts";

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** What is in effect has to be so “within 1 s”, on a machine that does nothing else. */
const SOON_MS = 1000;
/** Longer than anything takes on one that is busy. */
const PATIENCE_MS = 30_000;

interface Lab {
  readonly folder: string;
  readonly file: string;
  readonly live: LiveConfig;
  readonly swaps: ConfigSwap[];
  write(name: string, text: string): void;
  /** By rename, as editors do. */
  replace(name: string, text: string): void;
  /** @returns milliseconds that it took */
  until(condition: () => boolean): Promise<number>;
  /** Proves that nothing comes of what was done so far: a later change is the next that is seen. */
  nothingHappened(): Promise<void>;
}

async function openLab(t: TestContext, files: Readonly<Record<string, string>>, listening?: string): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-live-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): void => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o640 });
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const file = join(folder, "hublet.yaml");
  const live = await openLiveConfig({
    file,
    environment: {},
    accounts: join(folder, "passwd"),
    clock: systemClock,
    log: SILENT,
    ...(listening === undefined ? {} : { listening }),
  });
  t.after(() => live.close());
  const swaps: ConfigSwap[] = [];
  live.subscribe((swap) => void swaps.push(swap));
  const changed = new EventTarget();
  live.onStatus(() => changed.dispatchEvent(new Event("status")));
  const until = async (condition: () => boolean): Promise<number> => {
    const begun = performance.now();
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    while (!condition()) {
      assert.ok(!timeout.aborted, `not within ${PATIENCE_MS} ms: ${JSON.stringify(live.status())}`);
      await new Promise<void>((resolve) => {
        changed.addEventListener("status", () => resolve(), { once: true, signal: timeout });
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return performance.now() - begun;
  };
  return {
    ...{ folder, file, live, swaps, write, until },
    replace: (name, text) => {
      write(`${name}.new`, text);
      renameSync(join(folder, `${name}.new`), join(folder, name));
    },
    nothingHappened: async () => {
      const before = swaps.length;
      const current = live.current();
      await live.reload();
      assert.equal(swaps.length, before);
      assert.equal(live.current(), current);
    },
  };
}

test("a change is in effect at once, by writing and by renaming", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  const taken: number[] = [];
  lab.write("hublet.yaml", "name: Two\nserver: {memory: 3G}\n");
  taken.push(await lab.until(() => lab.live.current().config.name === "Two"));
  assert.deepEqual(lab.swaps[0]?.changed.toSorted(), ["name", "server.memory"]);
  assert.equal(lab.swaps[0]?.before.config.name, "One");
  for (const name of ["Three", "Four", "Five", "Six"]) {
    lab.replace("hublet.yaml", `name: ${name}\n`);
    taken.push(await lab.until(() => lab.live.current().config.name === name));
  }
  assert.ok(Math.min(...taken) < SOON_MS, `${taken.map(Math.round)} ms`);
});

test("what has mistakes is refused with their places, and the one before works on", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  lab.write("hublet.yaml", "name: Two\nserver:\n  memroy: 1G\n  cpus: 0\n");
  await lab.until(() => lab.live.status().state === "refused");
  const status = lab.live.status();
  assert.deepEqual(
    status.problems.map(({ file, line, column, path }) => [file, line, column, path]),
    [
      [lab.file, 3, 3, "server.memroy"],
      [lab.file, 4, 9, "server.cpus"],
    ],
  );
  assert.notEqual(status.refusedAt, null);
  assert.equal(lab.live.current().config.name, "One");
  assert.equal(lab.swaps.length, 0);
  lab.write("hublet.yaml", "name: Two\n");
  await lab.until(() => lab.live.current().config.name === "Two");
  assert.equal(lab.live.status().state, "applied");
});

test("back to the very text that works is good again, without a swap", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  lab.write("hublet.yaml", "nam: x\n");
  await lab.until(() => lab.live.status().state === "refused");
  lab.write("hublet.yaml", "name: One\n");
  await lab.until(() => lab.live.status().state === "applied");
  assert.equal(lab.swaps.length, 0);
});

test("a touch, and the same text again, change nothing", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  utimesSync(lab.file, 1, 1);
  lab.replace("hublet.yaml", "name: One\n");
  await lab.nothingHappened();
});

test("a file that is gone or empty does not make everything a default", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  lab.write("hublet.yaml", "");
  await lab.until(() => lab.live.status().state === "refused");
  assert.match(lab.live.status().problems[0]?.message ?? "", /empty/);
  rmSync(lab.file);
  await lab.until(() => / does not exist$/.test(lab.live.status().problems[0]?.message ?? ""));
  assert.equal(lab.live.current().config.name, "One");
  lab.write("hublet.yaml", "name: Two\n");
  await lab.until(() => lab.live.current().config.name === "Two");
});

test("an editor that removes the file before it writes the new one is waited for", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  const refused: string[] = [];
  lab.live.onStatus((status) => void refused.push(status.state));
  rmSync(lab.file);
  // Past the debounce, and before patience ends.
  await new Promise<void>((resolve) => setTimeout(resolve, 150));
  lab.write("hublet.yaml", "name: Two\n");
  await lab.until(() => lab.live.current().config.name === "Two");
  assert.deepEqual(refused, ["applied"]);
});

test("files of an included folder are watched: changed, added and removed", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "include: conf.d\n", "conf.d/10-a.yaml": "name: A\n" });
  assert.equal(lab.live.current().config.name, "A");
  lab.write("conf.d/20-b.yaml", "server: {cpus: 7}\n");
  await lab.until(() => lab.live.current().config.server.cpus === 7);
  lab.replace("conf.d/10-a.yaml", "name: B\n");
  await lab.until(() => lab.live.current().config.name === "B");
  rmSync(join(lab.folder, "conf.d/20-b.yaml"));
  await lab.until(() => lab.live.current().config.server.cpus === 2);
});

test("a folder and files that come later are seen when they come", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  lab.write("hublet.yaml", "name: One\ninclude: later/conf.d\npeople: {usersFile: later/users.toml}\n");
  await lab.until(() => lab.live.status().state === "refused");
  assert.equal(lab.live.status().problems.length, 1, "people are checked once the folder is there");
  mkdirSync(join(lab.folder, "later/conf.d"), { recursive: true });
  await lab.until(() => lab.live.status().problems[0]?.path === "people.usersFile");
  lab.write("later/users.toml", '[[users]]\nname = "ada"\nrole = "admin"\n');
  await lab.until(() => lab.live.status().state === "applied");
  assert.equal([...lab.live.current().declared.values()][0]?.name, "ada");
});

test("a folder that is replaced as a whole is watched on", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "include: conf.d\n", "conf.d/a.yaml": "name: A\n" });
  lab.write("next/a.yaml", "name: B\n");
  renameSync(join(lab.folder, "conf.d"), join(lab.folder, "old"));
  renameSync(join(lab.folder, "next"), join(lab.folder, "conf.d"));
  await lab.until(() => lab.live.current().config.name === "B");
  lab.write("conf.d/a.yaml", "name: C\n");
  await lab.until(() => lab.live.current().config.name === "C");
  rmSync(join(lab.folder, "conf.d"), { recursive: true });
  await lab.until(() => lab.live.status().state === "refused");
  lab.write("conf.d/a.yaml", "name: D\n");
  await lab.until(() => lab.live.current().config.name === "D");
});

test("a swapped symbolic link on the way is a change, as mounted configurations are swapped", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-link-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [version, name] of [
    ["v1", "One"],
    ["v2", "Two"],
  ] as const) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "hublet.yaml"), `name: ${name}\n`);
  }
  symlinkSync("v1", join(folder, "data"));
  symlinkSync("data/hublet.yaml", join(folder, "hublet.yaml"));
  const live = await openLiveConfig({
    file: join(folder, "hublet.yaml"),
    environment: {},
    clock: systemClock,
    log: SILENT,
  });
  t.after(() => live.close());
  const swapped = new Promise<ConfigSwap>((resolve) => live.subscribe(resolve));
  symlinkSync("v2", join(folder, "data.new"));
  renameSync(join(folder, "data.new"), join(folder, "data"));
  assert.equal((await swapped).after.config.name, "Two");
});

test("users file, host accounts and secrets are live, and named in what changed", async (t) => {
  const lab = await openLab(t, {
    "hublet.yaml": "people: {usersFile: users.toml, hostAccounts: {}}\nsignIn: {dummy: {password: {secret: door}}}\n",
    "users.toml": '[[users]]\nname = "ada"\nrole = "user"\n',
    passwd: "jupyter-bob:x:1001:1001::/home/jupyter-bob:/bin/bash\n",
    "secrets/door": "one\n",
  });
  const admins = (): boolean[] => [...lab.live.current().declared.values()].map((person) => person.admin);
  lab.replace("users.toml", '[[users]]\nname = "ada"\nrole = "admin"\n');
  await lab.until(() => admins()[0] === true);
  assert.deepEqual(lab.swaps.at(-1)?.changed, ["people.usersFile"]);
  appendFileSync(join(lab.folder, "passwd"), "jupyter-anna-maria:x:1002:1002::/home/x:/bin/bash\n");
  await lab.until(() => lab.live.current().declared.size === 3);
  assert.deepEqual(lab.swaps.at(-1)?.changed, ["people.hostAccounts"]);
  lab.replace("secrets/door", "two\n");
  await lab.until(() => lab.live.current().secret({ secret: "door" }).reveal() === "two");
  assert.deepEqual(lab.swaps.at(-1)?.changed, ["signIn.dummy"]);
  chmodSync(join(lab.folder, "secrets/door"), 0o644);
  await lab.until(() => lab.live.status().state === "refused");
  assert.match(lab.live.status().problems[0]?.message ?? "", /everybody on this host may read/);
  assert.equal(lab.live.current().secret({ secret: "door" }).reveal(), "two");
});

test("a renewed certificate is taken over, a half renewed one is not", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  await makeCertificate(lab.folder, "one");
  await makeCertificate(lab.folder, "two");
  const pem = (name: string): string => readFileSync(join(lab.folder, name), "utf8");
  lab.write("tls/cert.pem", pem("one.crt"));
  lab.write("tls/key.pem", pem("one.key"));
  lab.write("hublet.yaml", "name: One\ntls: {certificate: tls/cert.pem, key: tls/key.pem}\n");
  await lab.until(() => lab.live.current().tls !== undefined);
  assert.deepEqual(lab.live.status().needsRestart, ["tls"]);
  lab.replace("tls/cert.pem", pem("two.crt"));
  await lab.until(() => lab.live.status().state === "refused");
  assert.match(lab.live.status().problems[0]?.message ?? "", /is not that of the first certificate/);
  lab.replace("tls/key.pem", pem("two.key"));
  await lab.until(() => lab.live.current().tls?.certificate === pem("two.crt"));
  assert.deepEqual(lab.swaps.at(-1)?.changed, ["tls"]);
});

test("keys that need a restart are named until they are as at the start", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "listen: 127.0.0.1:8000\n" });
  lab.write("hublet.yaml", "listen: 127.0.0.1:9000\nengine: process\n");
  await lab.until(() => lab.live.status().needsRestart.length === 2);
  assert.deepEqual(lab.live.status().needsRestart, ["listen", "engine"]);
  lab.write("hublet.yaml", "listen: 127.0.0.1:8000\nname: X\n");
  await lab.until(() => lab.live.status().needsRestart.length === 0);
});

test("the port that is redirected from needs a restart too; nothing else of tls does", async (t) => {
  const { folder } = await openLab(t, { "hublet.yaml": "name: Other\n" });
  await makeCertificate(folder, "one");
  const tls = (more: string) => `tls: {certificate: one.crt, key: one.key${more}}\n`;
  const file = join(folder, "tls.yaml");
  writeFileSync(file, tls(", redirectFrom: 8080"));
  const live = await openLiveConfig({ file, environment: {}, clock: systemClock, log: SILENT });
  t.after(() => live.close());
  writeFileSync(file, tls(", redirectFrom: 8081, profile: intermediate"));
  assert.deepEqual((await live.reload()).needsRestart, ["tls.redirectFrom"]);
  assert.deepEqual(live.effective().tls, { ...live.current().config.tls, redirectFrom: 8080 });
  assert.deepEqual(
    diffConfigs(live.effective(), live.current().config).map(({ path, live }) => [path, live]),
    [["tls.redirectFrom", false]],
  );
  writeFileSync(file, tls(", redirectFrom: 8080, profile: intermediate"));
  assert.deepEqual((await live.reload()).needsRestart, []);
  // A hub that is started again by itself still knows what the proxy was started with.
  const started = { ...live.current().config, redirectFrom: null };
  const again = await openLiveConfig({ file, environment: {}, clock: systemClock, log: SILENT, started });
  t.after(() => again.close());
  assert.deepEqual(again.status().needsRestart, ["tls.redirectFrom"]);
});

test("a dummy is refused by the address that is listened on, whatever the file says of it", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" }, "0.0.0.0:8000");
  lab.write("hublet.yaml", "listen: 127.0.0.1:8000\nsignIn: {dummy: {}}\n");
  await lab.until(() => lab.live.status().state === "refused");
  assert.equal(lab.live.status().problems[0]?.path, "signIn.dummy");
});

test("a dummy is taken at every way to write that only this computer is listened to", () => {
  const { config } = snapshotFromText("signIn: {dummy: {}}\n");
  for (const near of ["127.0.0.1", "127.0.0.1:80", "localhost", "[::1]:8000", "[::1]", "::1"])
    assert.equal(dummyExposure(config, near), undefined, near);
  for (const far of ["0.0.0.0", "0.0.0.0:80", "[::]:8000", "::", "2001:db8::1", "host:80"])
    assert.match(dummyExposure(config, far) ?? "", /can be reached from other computers/, far);
});

test("a listener that throws stops no other, and listeners are called in their order", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  const called: string[] = [];
  lab.live.subscribe(() => {
    called.push("throws");
    throw new Error("on purpose");
  });
  lab.live.subscribe(async () => {
    called.push("rejects");
    throw new Error("on purpose");
  });
  const leave = lab.live.subscribe(() => void called.push("left"));
  lab.live.subscribe(() => void called.push("last"));
  leave();
  lab.write("hublet.yaml", "name: Two\n");
  await lab.live.reload();
  assert.deepEqual(called, ["throws", "rejects", "last"]);
});

test("many changes at once end in the last one", async (t) => {
  const lab = await openLab(t, { "hublet.yaml": "name: One\n" });
  for (let count = 0; count < 200; count++) lab.replace("hublet.yaml", `name: Number ${count}\n`);
  await lab.until(() => lab.live.current().config.name === "Number 199");
  assert.ok(lab.swaps.length <= 5, `${lab.swaps.length} swaps`);
});

test("a host without watches is told of, and changes are seen all the same", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-live-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, "name: One\n");
  const until = startWithoutWatches(
    t,
    `import { openLiveConfig } from ${JSON.stringify(new URL("./live.ts", import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL("../../kernel/index.ts", import.meta.url).href)};
    const log = { info() {}, warn: (_: object, text: string) => console.log("warned", text), error() {} };
    const live = await openLiveConfig({ file: ${JSON.stringify(file)}, environment: {}, clock: systemClock, log });
    live.subscribe(({ after }) => console.log("swapped", after.config.name, live.status().warnings.join()));
    console.log("open");`,
  );
  await until(/^warned .*cannot be watched: .*ENOSPC[\s\S]*^open$/m);
  writeFileSync(file, "name: Two\n");
  await until(/^swapped Two .*cannot be watched/m);
});

test("a hub that is started again while the files have mistakes works on with what worked", async (t) => {
  const lab = await openLab(t, {
    "hublet.yaml": "include: conf.d\n",
    "conf.d/a.yaml": "name: Good\nlisten: 127.0.0.1:1\n",
  });
  await lab.live.close();
  const lastGood = join(lab.folder, "applied.json");
  const options = { file: lab.file, environment: {}, clock: systemClock, log: SILENT, lastGood };
  const first = await openLiveConfig(options);
  await first.close();
  lab.write("conf.d/a.yaml", "nmae: Bad\n");
  lab.write("conf.d/b.yaml", "name: Also\n");
  const second = await openLiveConfig(options);
  t.after(() => second.close());
  assert.equal(second.current().config.name, "Good");
  assert.equal(second.status().state, "refused");
  assert.equal(second.status().problems[0]?.path, "nmae");
  const applied = new Promise<void>((resolve) => second.onStatus(() => resolve()));
  rmSync(join(lab.folder, "conf.d/b.yaml"));
  lab.write("conf.d/a.yaml", "name: Good\nlisten: 127.0.0.1:2\n");
  await applied;
  assert.equal(second.status().state, "applied");
  assert.equal(second.current().config.listen, "127.0.0.1:2");
  assert.equal(second.effective().listen, "127.0.0.1:1", "what works is as it was at the start");
});

async function makeCertificate(folder: string, name: string): Promise<void> {
  const pair = await selfSigned("lab", { to: Date.now() + 30 * 86_400_000 });
  writeFileSync(join(folder, `${name}.crt`), pair.certificate);
  writeFileSync(join(folder, `${name}.key`), pair.key, { mode: 0o600 });
}
