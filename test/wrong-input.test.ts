/** Wrong input to `hublet up`: one clear message each, exit code 1 or 2, nothing changed. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type CliAnswer, freePort, runHublet, startHub, TEST_ACCOUNT, type TestHub } from "./support/hub.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

let folder: string;
let port: number;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "hublet-wrong-"));
  chmodSync(folder, 0o755);
  port = await freePort();
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `up` with a configuration and a state folder that does not exist yet. */
async function up(
  config: string,
  more: { readonly state?: string; readonly argv?: readonly string[] } = {},
): Promise<CliAnswer> {
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, config);
  const state = more.state ?? join(folder, "state");
  return runHublet([
    "up",
    "--yes",
    "--account",
    TEST_ACCOUNT,
    "--config",
    file,
    "--state",
    state,
    ...(more.argv ?? []),
  ]);
}

/** The message is the last thing said, in one piece, without a stack. */
function refused(answer: CliAnswer, pattern: RegExp): void {
  assert.match(answer.stderr, pattern);
  assert.notEqual(answer.code, 0);
  assert.equal(answer.stdout, "");
  assert.doesNotMatch(answer.stderr, /\n\s+at /, "no stack is shown");
}

for (const [name, config, pattern] of [
  [
    "an unknown key",
    "server:\n  memroy: 2G\n",
    /hublet\.yaml:2:3: server\.memroy: unknown key; did you mean “memory”\?/,
  ],
  ["a wrong type", "server:\n  cpus: many\n", /hublet\.yaml:2:9: server\.cpus: .*number/],
  ["an address that is none", "listen: everywhere\n", /hublet\.yaml:1:9: listen: must be ADDRESS:PORT/],
  ["a file that is no YAML", "name: [a\n", /hublet\.yaml:\d+:\d+: /],
] as const) {
  test(`${name} is named with its place, and nothing is made`, async () => {
    refused(await up(config), pattern);
    assert.equal(existsSync(join(folder, "state")), false);
  });
}

test("an address in use is refused before anything is made", async (context) => {
  const other = await listening(port);
  context.after(() => other.close());
  refused(
    await up(`listen: 127.0.0.1:${port}\n`),
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there.*--listen`),
  );
  assert.equal(existsSync(join(folder, "state")), false);
});

test("an address that this host does not have is refused", async () => {
  refused(await up("listen: 203.0.113.7:8000\n"), /does not have that address/);
});

test("an engine that does not answer is named with its socket", async () => {
  refused(
    await up(`listen: 127.0.0.1:${port}\nengine: docker\nengineSocket: ${join(folder, "nobody.sock")}\n`),
    /nobody\.sock/,
  );
});

test("a state folder of somebody else is refused and left as it is", async () => {
  const state = join(folder, "foreign");
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, "precious"), "data");
  if (process.getuid?.() !== 0) chmodSync(state, 0o000);
  refused(await up(`listen: 127.0.0.1:${port}\n`, { state }), /state folder .*foreign.*(belongs to|cannot)/);
  chmodSync(state, 0o700);
  assert.deepEqual(readdirSync(state), ["precious"]);
});

test("a state folder below a missing one is refused", async () => {
  refused(
    await up(`listen: 127.0.0.1:${port}\n`, { state: join(folder, "no", "such", "place") }),
    /state folder .* does not exist|cannot be made/,
  );
});

test("a full disk is said before anything is half written", async (context) => {
  const disk = await mountSmallDisk(context);
  refused(
    await up(`listen: 127.0.0.1:${port}\n`, { state: join(disk, "state") }),
    /disk of the state folder .* has only \d+ MiB left/,
  );
  assert.equal(existsSync(join(disk, "state", "hublet.db")), false);
});

test("a database that does not answer is named without its password", async () => {
  const answer = await up(
    `listen: 127.0.0.1:${port}\nengine: process\ndatabase: postgresql://hub:secret@127.0.0.1:1/hub\n`,
    { state: stateOfAccount("pg") },
  );
  refused(answer, /database postgresql:\/\/hub:…@127\.0\.0\.1:1\/hub cannot be used/);
  assert.doesNotMatch(answer.stderr, /secret/);
});

test("an option that does not exist is a usage error", async () => {
  const answer = await runHublet(["up", "--lissten", "127.0.0.1:1"]);
  assert.equal(answer.code, 2);
  assert.match(answer.stderr, /unknown option '--lissten'/);
});

test("with --json a refusal is JSON on standard output", async () => {
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, "nmae: x\n");
  const answer = await runHublet(["up", "--json", "--config", file, "--state", join(folder, "state")]);
  const { error } = JSON.parse(answer.stdout) as { error: { code: string; problems: { line: number }[] } };
  assert.equal(error.code, "bad-config");
  assert.equal(error.problems[0]?.line, 1);
  assert.notEqual(answer.code, 0);
});

test("a second `up` on the same state is refused, and the first goes on", { timeout: 500_000 }, async () => {
  const hub: TestHub = await startHub({ config: "engine: process\n" });
  try {
    const before = readFileSync(join(hub.state, "run", "launch.json"), "utf8");
    const second = await hub.cli("up", "--yes", "--listen", `127.0.0.1:${await freePort()}`);
    refused(second, /A hub runs on the state folder .* already/);
    assert.equal(readFileSync(join(hub.state, "run", "launch.json"), "utf8"), before);
    assert.equal((await hub.cli("status")).code, 0);
  } finally {
    await hub.destroy();
  }
});

test("an image that is nowhere is said to the person who starts", { timeout: 500_000 }, async () => {
  const hub = await startHub({ config: "server: {image: localhost/nobody/has-this:1}\n" });
  try {
    const answer = await hub.cli("server", "start", hub.admin, "--json");
    assert.equal(answer.code, 1);
    assert.match(answer.stdout, /localhost\/nobody\/has-this:1/);
    const again = await hub.cli("server", "list", "--json");
    assert.doesNotMatch(again.stdout, /"ready"/);
  } finally {
    await hub.destroy();
  }
});

/** A folder that root can give to the account. */
function stateOfAccount(name: string): string {
  if (process.getuid?.() !== 0) return join(folder, name);
  mkdirSync("/var/lib/hublet-tests", { recursive: true, mode: 0o755 });
  const state = join("/var/lib/hublet-tests", `wrong-${name}`);
  rmSync(state, { recursive: true, force: true });
  return state;
}

function listening(at: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, "127.0.0.1", () => resolve(server));
  });
}
