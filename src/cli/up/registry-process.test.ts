/** The own registry as `hublet up` keeps it: the real program. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { REGISTRY_USER, registryPlaces } from "../../images/index.ts";
import { Secret } from "../../kernel/index.ts";
import { RegistryProcess } from "./registry-process.ts";

const password = new Secret("c".repeat(64));
const state = mkdtempSync(join(tmpdir(), "hublet-registry-process-"));
const places = registryPlaces(state);
const shown: string[] = [];
let port = 0;
let registry: RegistryProcess;

before(async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  port = typeof address === "object" && address !== null ? address.port : 0;
  mkdirSync(join(state, "logs"));
  registry = make(port);
  await registry.start();
});
after(async () => {
  await registry.close();
  rmSync(state, { recursive: true, force: true });
});

function make(at: number, secret = password, folder = state): RegistryProcess {
  return new RegistryProcess({
    port: at,
    state: folder,
    password: secret,
    logLevel: "info",
    logFile: join(state, "logs/registry.log"),
    show: (line) => shown.push(line),
    environment: { PATH: process.env.PATH ?? "" },
  });
}

function ask(method: string, path: string, body?: Buffer, type = "application/octet-stream"): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${REGISTRY_USER}:${password.reveal()}`).toString("base64")}`;
  const headers: Record<string, string> = { authorization, "content-type": type };
  return fetch(new URL(path, `http://127.0.0.1:${port}`), {
    method,
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
}

const digestOf = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/** @returns the digest of its manifest */
async function push(repository: string, tag: string, content: string): Promise<string> {
  const parts = await Promise.all([blob(repository, "{}"), blob(repository, content)]);
  const [config, layer] = parts.map((part, index) => ({
    mediaType: `application/vnd.oci.image.${index === 0 ? "config.v1+json" : "layer.v1.tar"}`,
    ...part,
  }));
  return put(repository, tag, MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
}

async function blob(repository: string, content: string): Promise<{ digest: string; size: number }> {
  const data = Buffer.from(content);
  const begun = await ask("POST", `/v2/${repository}/blobs/uploads/`);
  const to = begun.headers.get("location") ?? "";
  const digest = digestOf(data);
  const done = await ask("PUT", `${to}${to.includes("?") ? "&" : "?"}digest=${digest}`, data);
  assert.equal(done.status, 201);
  return { digest, size: data.length };
}

async function put(repository: string, reference: string, type: string, manifest: object): Promise<string> {
  const data = Buffer.from(JSON.stringify(manifest));
  const answer = await ask("PUT", `/v2/${repository}/manifests/${reference}`, data, type);
  assert.equal(answer.status, 201, await answer.text());
  return digestOf(data);
}

async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await look().catch(() => false)) return;
    await delay(50);
  }
  assert.fail("not within half a minute");
}

const blobs = (): string[] =>
  readdirSync(join(places.data, "docker/registry/v2/blobs"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("/data"),
  );
const status = async (path: string): Promise<number> => {
  const answer = await ask("HEAD", path);
  await answer.body?.cancel();
  return answer.status;
};
const accepted = async (repository: string, reference: string): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`${REGISTRY_USER}:${password.reveal()}`).toString("base64")}`;
  const accept = [MANIFEST, INDEX].join(", ");
  const answer = await fetch(`http://127.0.0.1:${port}/v2/${repository}/manifests/${reference}`, {
    headers: { authorization, accept },
  });
  await answer.body?.cancel();
  return answer.status;
};

test("freeing the space of an empty one is no failure", async () => {
  assert.deepEqual(await registry.clean(), { note: undefined });
});

test("one that is killed is started again, with its images", async () => {
  await push("lab/kept", "1", "kept");
  const [pid] = processes();
  process.kill(pid ?? 0, "SIGKILL");
  await eventually(async () => processes()[0] !== pid && (await accepted("lab/kept", "1")) === 200);
  assert.ok(shown.some((line) => line.includes("starting it again")));
});

test("freeing space removes what was deleted and what lost its tag, and keeps the rest", async () => {
  const first = await push("lab/moved", "latest", "older content");
  await push("lab/moved", "latest", "newer content");
  const before = blobs().length;
  assert.deepEqual(await registry.clean(), { note: undefined });
  await eventually(async () => (await accepted("lab/moved", "latest")) === 200);
  assert.equal(await accepted("lab/moved", first), 404);
  assert.equal(await accepted("lab/kept", "1"), 200);
  assert.equal(blobs().length, before - 2, "its manifest and its layer");
});

test("an image for several processors stays whole", async () => {
  const part = await push("lab/many", "part", "for one processor");
  const manifest = { mediaType: MANIFEST, digest: part, size: 1, platform: { os: "linux", architecture: "arm64" } };
  const body = { schemaVersion: 2, mediaType: INDEX, manifests: [manifest] };
  const size = Number((await ask("HEAD", `/v2/lab/many/manifests/${part}`)).headers.get("content-length"));
  await put("lab/many", "all", INDEX, { ...body, manifests: [{ ...manifest, size }] });
  // The part has no name of its own any more.
  await push("lab/many", "part", "another");
  const { note } = await registry.clean();
  assert.match(note ?? "", /several processors/);
  await eventually(async () => (await accepted("lab/many", "all")) === 200);
  assert.equal(await accepted("lab/many", part), 200);
});

test("while space is freed a second wish is refused", async () => {
  const [one, two] = await Promise.allSettled([registry.clean(), registry.clean()]);
  assert.equal(one.status, "fulfilled");
  assert.equal(two.status, "rejected");
  await eventually(async () => (await status("/v2/")) === 200);
});

test("a port that another program has is told with the log's place", async () => {
  const folder = join(state, "second");
  await assert.rejects(make(port, new Secret("d".repeat(64)), folder).start(), /registry\.port/);
});

test("when it was closed nothing is left", async () => {
  await registry.close();
  assert.deepEqual(processes(), []);
  assert.ok(!readFileSync(join(state, "logs/registry.log"), "utf8").includes(password.reveal()));
});

function processes(): number[] {
  const found = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
  return found
    .split("\n")
    .filter((line) => line.includes(`docker-registry serve ${places.config}`) && !line.includes("setpriv"))
    .map((line) => Number.parseInt(line, 10));
}
