import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { selfSigned } from "../../test/support/certificates.ts";
import { temporaryFolder } from "../../test/support/databases.ts";
import { openLiveConfig } from "../config/index.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { type ProxySettings, readProxySettings, writeProxySettings } from "../proxy/index.ts";
import { followConfiguration } from "./follow.ts";

const GATE_KEY = new Secret("gate key of the tests, long enough for it");

interface Scene {
  readonly folder: string;
  readonly live: Awaited<ReturnType<typeof openLiveConfig>>;
  /** What the proxy was started with, and is told now. */
  writeProxy(settings: Partial<ProxySettings>): void;
  readProxy(): ProxySettings;
  /** As on a full disk: nothing can be written there. */
  breakProxySettings(): void;
  /** How often people were taken in. */
  readonly applied: () => number;
  readonly errors: readonly string[];
  /** Writes the configuration and has it read; the listeners have begun then. */
  configure(text: string): Promise<void>;
  follow(options?: { applyConfiguration?: () => Promise<unknown> }): Promise<void>;
}

async function scene(t: TestContext, text: string): Promise<Scene> {
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
  const live = await openLiveConfig({ file, environment: {}, clock: systemClock, log });
  t.after(() => live.close());
  const known = live.current();
  const proxySettings = join(folder, "run/proxy.json");
  mkdirSync(join(folder, "run"));
  let applied = 0;
  const count = async () => {
    applied += 1;
  };
  return {
    ...{ folder, live, errors },
    breakProxySettings: () => {
      rmSync(proxySettings);
      mkdirSync(`${proxySettings}.next`);
    },
    writeProxy: (settings) =>
      writeProxySettings(
        proxySettings,
        { logLevel: "info", tls: undefined, publicHost: undefined, ...settings },
        GATE_KEY,
      ),
    readProxy: () => readProxySettings(proxySettings, GATE_KEY),
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
        await followConfiguration({
          live,
          known,
          proxySettings,
          gateKey: GATE_KEY,
          people,
          fetchImages: () => undefined,
          clock,
          log,
        }),
      );
    },
  };
}

test("what changed before anybody followed is taken over too", async (t) => {
  const { configure, follow, writeProxy, readProxy, applied } = await scene(t, "logLevel: info\n");
  writeProxy({ logLevel: "error" });
  await configure("logLevel: debug\n");
  await follow();
  assert.equal(applied(), 1);
  assert.equal(readProxy().logLevel, "debug");
});

test("a hub that comes back tells the proxy what it missed, without taking everybody in once more", async (t) => {
  const { follow, writeProxy, readProxy, applied } = await scene(t, "logLevel: warn\n");
  writeProxy({});
  await follow();
  assert.equal(readProxy().logLevel, "warn");
  assert.equal(applied(), 0);
});

test("people are taken in even when the proxy cannot be told", async (t) => {
  const { configure, follow, writeProxy, breakProxySettings, applied, errors } = await scene(t, "name: One\n");
  writeProxy({});
  await follow();
  breakProxySettings();
  await configure("name: Two\n");
  assert.equal(applied(), 1);
  assert.match(errors.join("\n"), /the proxy could not be told/);
});

test("a database that is away for a moment leaves nobody in who may not enter any more", async (t) => {
  const { configure, follow, writeProxy, errors } = await scene(t, "people: {names: [ada]}\n");
  writeProxy({});
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
  const { configure, follow, folder, writeProxy, readProxy } = await scene(t, "name: Plain\n");
  const pairs = { one: await selfSigned("one"), two: await selfSigned("two") };
  for (const [name, { certificate, key }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}.crt`), certificate);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
  }
  const use = (name: string) => `tls: {certificate: ${name}.crt, key: ${name}.key}\n`;
  const shown = () => readProxy().tls?.certificate;
  writeProxy({});
  await follow();
  await configure(use("one"));
  assert.equal(shown(), undefined);
  const { certificate, key } = pairs.one;
  writeProxy({ tls: { certificate, key: new Secret(key), profile: "modern", hsts: undefined } });
  await configure(use("two"));
  assert.equal(shown(), pairs.two.certificate);
  await configure("name: Plain\n");
  assert.equal(shown(), pairs.two.certificate);
});

test("the profile of TLS, HSTS and the address people type are the proxy's too, live", async (t) => {
  const { configure, follow, folder, writeProxy, readProxy } = await scene(t, "name: Plain\n");
  const { certificate, key } = await selfSigned("one");
  writeFileSync(join(folder, "one.crt"), certificate);
  writeFileSync(join(folder, "one.key"), key, { mode: 0o600 });
  const tls = (more: string) => `tls: {certificate: one.crt, key: one.key${more}}\n`;
  const shown = () => {
    const { tls, publicHost } = readProxy();
    return [tls?.profile, tls?.hsts, publicHost];
  };
  writeProxy({ tls: { certificate, key: new Secret(key), profile: "modern", hsts: undefined } });
  await follow();
  await configure(tls(""));
  assert.deepEqual(shown(), ["modern", 63_072_000, undefined]);
  await configure(`${tls(", profile: intermediate, hsts: 1h")}publicUrl: https://lab.example.org\n`);
  assert.deepEqual(shown(), ["intermediate", 3600, { name: "lab.example.org", port: 443 }]);
  await configure(`${tls(", hsts: false")}publicUrl: "https://[2001:db8::1]:8443/"\n`);
  assert.deepEqual(shown(), ["modern", undefined, { name: "[2001:db8::1]", port: 8443 }]);
  // The port of plain HTTP is not that of HTTPS.
  await configure(`${tls(", hsts: false")}publicUrl: http://lab.example.org:8080\n`);
  assert.deepEqual(shown(), ["modern", undefined, { name: "lab.example.org", port: undefined }]);
});
