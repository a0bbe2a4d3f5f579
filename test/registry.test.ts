/** A registry of the hub's own, as people get it: one line in the configuration of `hublet up`, with rootless Podman. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Client } from "undici";
import { ensureProgram, makeBusyboxRoot } from "./support/engines.ts";
import { eventually, freePort, startHub, type TestHub } from "./support/hub.ts";
import { startTestRegistry, type TestRegistry } from "./support/registry.ts";

const run = promisify(execFile);
/** Nothing is fetched or built for this: the default image is one that no registry has. */
const IMAGE = "server: { image: 'localhost/none:1', pull: never }\n";

let port = 0;
let hub: TestHub;
let engine: Client;
let plain: TestRegistry;

const configuration = (more = ""): string => `registry: { port: ${port} }\n${IMAGE}${more}`;
const tiny = (): string => `localhost:${port}/lab/tiny`;
const password = (): string => readFileSync(join(hub.state, "secrets/registry.password"), "utf8").trim();

before(
  async () => {
    await ensureProgram("docker-registry", "docker-registry");
    port = await freePort();
    hub = await startHub({ config: configuration() });
    engine = new Client("http://engine", { socketPath: join(hub.state, "run/engine.sock"), bodyTimeout: 60_000 });
    plain = await startTestRegistry();
  },
  { timeout: 300_000 },
);
after(async () => {
  await engine.destroy();
  await plain.close();
  await hub.destroy();
});

async function ask(
  method: "GET" | "POST" | "DELETE",
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
) {
  const answer = await engine.request({
    method,
    path: `/v4.0.0${path}`,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

function account(secret: string): Record<string, string> {
  const text = JSON.stringify({ username: "hublet", password: secret, serveraddress: `localhost:${port}` });
  // Podman 4 wants the padding that Node leaves out.
  return { "X-Registry-Auth": Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_") };
}

const push = (headers: Record<string, string>) => ask("POST", `/images/${tiny()}/push?tag=1`, headers);
const pull = (from: string, headers: Record<string, string> = {}) =>
  ask("POST", `/images/create?fromImage=${encodeURIComponent(from)}&tag=1`, headers);

type Answer = Awaited<ReturnType<typeof ask>>;

function isPulled({ status, text }: Answer): boolean {
  return status === 200 && !text.includes('"error"') && text.includes('"status"');
}

function pulled(answer: Answer): void {
  assert.ok(isPulled(answer), answer.text);
}

function pushed({ status, text }: Answer): void {
  assert.equal(status, 200, text);
  assert.doesNotMatch(text, /"error"/);
  assert.match(text, /"digest"|"aux"|"status"|"stream"/);
}

/** What an account that has nothing to do with the hub gets, by a program of its own. */
async function asNobody(...argv: string[]): Promise<string> {
  const answer = await run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ...argv]).catch(
    (error: { stdout?: string; stderr?: string }) => error,
  );
  return `${answer.stdout ?? ""}${answer.stderr ?? ""}`;
}

test("an image is pushed and pulled by the hub's Podman, without TLS and with the password", async () => {
  const root = await makeBusyboxRoot();
  const imported = await ask(
    "POST",
    `/images/create?fromSrc=-&repo=${encodeURIComponent(`${tiny()}:1`)}`,
    { "content-type": "application/x-tar" },
    readFileSync(root.tarPath),
  );
  await root.close();
  assert.equal(imported.status, 200, imported.text);
  pushed(await push(account(password())));
  await ask("DELETE", `/images/${tiny()}:1?force=true`);
  assert.match((await pull(tiny())).text, /"error".*(authentication required|unauthorized|401)/);
  pulled(await pull(tiny(), account(password())));
});

test("nobody pushes without the password, and another account of the host learns nothing", async () => {
  assert.match((await push({})).text, /authentication required|unauthorized|401/);
  assert.match((await push(account("wrong"))).text, /authentication required|unauthorized|401/);
  const curl = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"];
  assert.equal(await asNobody(...curl, `http://127.0.0.1:${port}/v2/_catalog`), "401");
  assert.equal(
    await asNobody(...curl, "--request", "POST", `http://127.0.0.1:${port}/v2/lab/evil/blobs/uploads/`),
    "401",
  );
  assert.match(await asNobody("cat", join(hub.state, "secrets/registry.password")), /Permission denied/);
  assert.match(await asNobody("ls", join(hub.state, "registry/data")), /Permission denied/);
  const listed = (await run("ss", ["-Hltn", `sport = :${port}`])).stdout;
  assert.match(listed, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.doesNotMatch(listed, /0\.0\.0\.0:\d|\*:\d+ .*\*:\*\n.*\*:/);
});

test("a registry without TLS that is configured later is trusted at once, and servers go on", async () => {
  const other = `localhost:${plain.port}/none`;
  assert.match((await pull(other)).text, /server gave HTTP response to HTTPS client/);
  hub.configure(configuration(`registries: { 'localhost:${plain.port}': { insecure: true } }\n`));
  await eventually(
    "Podman speaks plain HTTP to it",
    async () => (/manifest unknown/.test((await pull(other)).text) ? true : undefined),
    20,
  );
});

test("login tells how people push, and the password alone for a pipe", async () => {
  const told = await hub.cli("image", "login");
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, new RegExp(`localhost:${port}`));
  assert.ok(!told.stdout.includes(password()));
  const alone = await hub.cli("image", "login", "--password");
  assert.equal(alone.stdout, `${password()}\n`);
});

test("freeing space keeps what has a tag, and the registry is back", async () => {
  const cleaned = await hub.cli("image", "gc-registry", "--json");
  assert.equal(cleaned.code, 0, cleaned.stderr + cleaned.stdout);
  assert.equal(typeof (JSON.parse(cleaned.stdout) as { freedBytes: unknown }).freedBytes, "number");
  await eventually(
    "the image is there",
    async () => (isPulled(await pull(tiny(), account(password()))) ? true : undefined),
    20,
  );
});

test("switching it off waits for a restart, and is told", async () => {
  hub.configure(IMAGE);
  await eventually(
    "the difference is told",
    async () => ((await hub.cli("config", "diff")).stdout.includes("registry") ? true : undefined),
    20,
  );
  pushed(await push(account(password())));
  hub.configure(configuration());
});

test("a hub that is started again has the same password, and the images", async () => {
  const before = password();
  await hub.stop();
  assert.equal(await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => "gone"), "gone");
  const { state } = hub;
  hub = await startHub({ config: configuration(), state });
  assert.equal(password(), before);
  await engine.destroy();
  engine = new Client("http://engine", { socketPath: join(state, "run/engine.sock"), bodyTimeout: 60_000 });
  await ask("DELETE", `/images/${tiny()}:1?force=true`);
  pulled(await pull(tiny(), account(before)));
  rmSync(join(state, "registry/cleaning"), { force: true });
});
