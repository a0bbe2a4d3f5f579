import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { selfSigned } from "../../test/support/certificates.ts";
import { temporaryFolder } from "../../test/support/databases.ts";
import { openLiveConfig } from "../config/index.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { readProxySettings, writeProxySettings } from "../proxy/index.ts";
import { followConfiguration } from "./follow.ts";

interface Scene {
  readonly folder: string;
  readonly live: ReturnType<typeof openLiveConfig>;
  readonly proxySettings: string;
  /** How often people were taken in. */
  readonly applied: () => number;
  readonly errors: readonly string[];
  /** Writes the configuration and has it read; the listeners have begun then. */
  configure(text: string): Promise<void>;
  follow(options?: { applyConfiguration?: () => Promise<unknown> }): Promise<void>;
}

function scene(t: TestContext, text: string): Scene {
  const folder = temporaryFolder(t);
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, text);
  const log = {
    level: "info",
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, text: string) => void errors.push(text),
  };
  const errors: string[] = [];
  const live = openLiveConfig({ file, environment: {}, clock: systemClock, log });
  t.after(() => live.close());
  const known = live.current();
  const proxySettings = join(folder, "run/proxy.json");
  mkdirSync(join(folder, "run"));
  let applied = 0;
  const count = async () => {
    applied += 1;
  };
  return {
    ...{ folder, live, proxySettings, errors },
    applied: () => applied,
    configure: async (next) => {
      writeFileSync(file, next);
      await live.reload();
    },
    follow: async ({ applyConfiguration = count } = {}) => {
      const people = { applyConfiguration };
      // Nothing waits long here: what is tried again is tried at once.
      const clock = { now: systemClock.now, sleep: () => systemClock.sleep(1) };
      t.after(
        await followConfiguration({ live, known, proxySettings, people, fetchImages: () => undefined, clock, log }),
      );
    },
  };
}

test("what changed before anybody followed is taken over too", async (t) => {
  const { configure, follow, proxySettings, applied } = scene(t, "logLevel: info\n");
  writeProxySettings(proxySettings, { logLevel: "error", tls: undefined });
  await configure("logLevel: debug\n");
  await follow();
  assert.equal(applied(), 1);
  assert.equal(readProxySettings(proxySettings).logLevel, "debug");
});

test("a hub that comes back tells the proxy what it missed, without taking everybody in once more", async (t) => {
  const { follow, proxySettings, applied } = scene(t, "logLevel: warn\n");
  writeProxySettings(proxySettings, { logLevel: "info", tls: undefined });
  await follow();
  assert.equal(readProxySettings(proxySettings).logLevel, "warn");
  assert.equal(applied(), 0);
});

test("people are taken in even when the proxy cannot be told", async (t) => {
  const { configure, follow, proxySettings, applied, errors } = scene(t, "name: One\n");
  writeProxySettings(proxySettings, { logLevel: "info", tls: undefined });
  await follow();
  // As on a full disk: nothing can be written there.
  rmSync(proxySettings);
  mkdirSync(`${proxySettings}.next`);
  await configure("name: Two\n");
  assert.equal(applied(), 1);
  assert.match(errors.join("\n"), /the proxy could not be told/);
});

test("a database that is away for a moment leaves nobody in who may not enter any more", async (t) => {
  const { configure, follow, proxySettings, errors } = scene(t, "people: {names: [ada]}\n");
  writeProxySettings(proxySettings, { logLevel: "info", tls: undefined });
  let tries = 0;
  await follow({
    applyConfiguration: async () => {
      tries += 1;
      if (tries < 3) throw new Error("the database is away");
    },
  });
  await configure("people: {names: []}\n");
  assert.equal(tries, 3);
  assert.equal(errors.length, 2);
});

test("HTTPS neither comes nor goes before a restart, also for a proxy that is started again; certificates do", async (t) => {
  const { configure, follow, folder, proxySettings } = scene(t, "name: Plain\n");
  const pairs = { one: await selfSigned("one"), two: await selfSigned("two") };
  for (const [name, { certificate, key }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}.crt`), certificate);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
  }
  const use = (name: string) => `tls: {certificate: ${name}.crt, key: ${name}.key}\n`;
  const shown = () => readProxySettings(proxySettings).tls?.certificate;
  writeProxySettings(proxySettings, { logLevel: "info", tls: undefined });
  await follow();
  await configure(use("one"));
  assert.equal(shown(), undefined);
  const { certificate, key } = pairs.one;
  writeProxySettings(proxySettings, { logLevel: "info", tls: { certificate, key: new Secret(key) } });
  await configure(use("two"));
  assert.equal(shown(), pairs.two.certificate);
  await configure("name: Plain\n");
  assert.equal(shown(), pairs.two.certificate);
});
