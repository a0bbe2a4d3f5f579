/** The own registry's settings, proven on the distribution's registry. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { RegistryConfig } from "../../contract/index.ts";
import { Secret, systemClock } from "../../kernel/index.ts";
import { REGISTRY_USER, registryConfig } from "./config.ts";
import { createOwnRegistry } from "./own-registry.ts";
import { openRegistryPlaces, type RegistryPlaces } from "./places.ts";

const password = new Secret("a".repeat(64));
const other = new Secret("b".repeat(64));
const state = mkdtempSync(join(tmpdir(), "hublet-own-registry-"));
let port = 0;
let places: RegistryPlaces;
let stop: () => Promise<void> = () => Promise.resolve();

before(async () => {
  port = await freePort();
  places = openRegistryPlaces(state, password);
  const { data: storage, htpasswd, config } = places;
  writeFileSync(config, registryConfig({ port, storage, htpasswd, logLevel: "info" }));
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  stop = async () => {
    child.kill();
    await once(child, "exit");
  };
  for (let tries = 0; tries < 600 && (await status()) === undefined; tries++) await delay(50);
});
after(async () => {
  await stop();
  rmSync(state, { recursive: true, force: true });
});

async function status(secret?: Secret, method = "GET", path = "/v2/"): Promise<number | undefined> {
  const authorization = `Basic ${Buffer.from(`${REGISTRY_USER}:${secret?.reveal()}`).toString("base64")}`;
  const headers: Record<string, string> = secret === undefined ? {} : { authorization };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status;
}

test("nobody reads or pushes without the password", async () => {
  assert.equal(await status(), 401);
  assert.equal(await status(other), 401);
  assert.equal(await status(undefined, "GET", "/v2/_catalog"), 401);
  assert.equal(await status(undefined, "POST", "/v2/lab/notebook/blobs/uploads/"), 401);
  assert.equal(await status(password), 200);
  assert.equal(await status(password, "POST", "/v2/lab/notebook/blobs/uploads/"), 202);
});

test("it listens on the loopback address alone, and on no second port", () => {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const listening = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => / (\w+:\w{4}) \w+:0000 0A /.exec(line)?.[1] ?? []),
  );
  assert.deepEqual(
    listening.filter((address) => address.endsWith(`:${wanted}`)),
    [`0100007F:${wanted}`],
  );
});

test("files are the account's alone, and the same password writes none anew", () => {
  const mode = (path: string): number => statSync(path).mode & 0o777;
  assert.deepEqual([mode(places.folder), mode(places.htpasswd)], [0o700, 0o600]);
  const text = readFileSync(places.htpasswd, "utf8");
  openRegistryPlaces(state, password);
  assert.equal(readFileSync(places.htpasswd, "utf8"), text);
  assert.ok(!text.includes(password.reveal()));
});

test("another password holds at once, without a restart", async () => {
  openRegistryPlaces(state, other);
  // Its time of change is what the registry looks at, in whole seconds on some file systems.
  utimesSync(places.htpasswd, new Date(), new Date(Date.now() + 5000));
  assert.deepEqual([await status(password), await status(other)], [401, 200]);
  openRegistryPlaces(state, password);
  assert.deepEqual([await status(password), await status(other)], [200, 401]);
});

test("a full registry takes no push until the limit is raised, and none while its space is freed", async () => {
  let config: RegistryConfig = { port, image: "registry", limit: 1_000_000 };
  let now = 0;
  const clock = { ...systemClock, now: () => now };
  const own = createOwnRegistry({ port, state, password, config: () => config, clock });
  assert.equal(own.address, `localhost:${port}`);
  await own.mayPush();
  mkdirSync(join(places.data, "big"));
  writeFileSync(join(places.data, "big/blob"), Buffer.alloc(2_000_000, 1));
  await own.mayPush(); // what was looked up is a minute old at most
  now += 61_000;
  await assert.rejects(own.mayPush(), /is full: its images take \d MB of 1 MB\. Delete tags/);
  assert.ok((await own.usedBytes()) >= 2_000_000);
  config = { ...config, limit: 10_000_000 };
  await own.mayPush();
  writeFileSync(places.cleaning, "");
  await assert.rejects(own.mayPush(), /frees space right now/);
  rmSync(places.cleaning);
  assert.ok(!existsSync(places.cleaning));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
