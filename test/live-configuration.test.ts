/**
 * While fifty people work, every key of the configuration that claims to be live is changed and changed back: no websocket
 * closes, no request fails, and each change is in effect within a second. A file with mistakes changes nothing.
 */
import assert from "node:assert/strict";
import { chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import WebSocket from "ws";
import { stringify } from "yaml";
import type { ConfigurationView, Explanation, HomeView, SessionView } from "../src/contract/index.ts";
import { RESTART_KEYS } from "../src/contract/index.ts";
import { findAccount } from "../src/deploy/index.ts";
import { selfSigned } from "./support/certificates.ts";
import { freePort, startHub, TEST_ACCOUNT, type TestHub } from "./support/hub.ts";
import type { Kernel } from "./support/kernel.ts";
import { PASSWORD, Person } from "./support/person.ts";
import { mutations } from "./support/rich-config.ts";

const PEOPLE = 50;
/** Of these, the last run JupyterLab with a kernel at work; the others a small web application with a websocket. */
const LABS = 2;
const WITHIN_MS = 1000;

type Settings = { [key: string]: unknown };

const BASE = {
  name: "The lab",
  tls: { certificate: "first.crt", key: "first.key" },
  banner: { text: "Welcome", level: "info" },
  profiles: [
    { name: "lab", title: "JupyterLab" },
    { name: "app", title: "A small application", protocol: "http", defaultUrl: "/" },
  ],
  people: { usersFile: "jupyterhub_users.toml" },
  groups: { staff: { members: { names: ["p1"] }, memory: "3G" }, other: {} },
  signIn: {},
};

let hub: TestHub;
let admin: Person;
const people: Person[] = [];
const sockets: WebSocket[] = [];
const kernels: Kernel[] = [];
/** The working configuration of `BASE`, with its defaults. */
let effectiveBase: Settings;
let restoreTls: string | undefined;

before(async () => {
  restoreTls = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the certificates of this test are nobody's
  hub = await startHub();
  const folder = dirname(hub.config);
  const { gid } = (await findAccount(TEST_ACCOUNT)) ?? { gid: process.getgid?.() ?? 0 };
  for (const name of ["first", "second"]) {
    const { certificate, key } = await selfSigned(name);
    writeFileSync(join(folder, `${name}.crt`), certificate);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o640 });
    chownSync(join(folder, `${name}.key`), 0, gid);
  }
  writeFileSync(join(folder, "jupyterhub_users.toml"), '[[users]]\nname = "from-file"\nrole = "user"\n');
  await hub.writeSecret("one", "the first value of a secret");
  const application = readFileSync(join(import.meta.dirname, "support/echo-server.py"), "utf8");
  (BASE.profiles[1] as Settings).command = ["python3", "-c", application, "{port}", "{prefix}"];
  // HTTPS comes with a start; from here on its certificate is live.
  await hub.stop();
  hub.configure(stringify(BASE));
  hub = await startHub({ config: stringify(BASE), state: hub.state, port: hub.port, admin: hub.admin });
  assert.match(hub.origin, /^https:/);
  assert.ok(hub.claimLink !== undefined);
  admin = new Person(hub.origin, hub.admin);
  await admin.claim(hub.claimLink);
  effectiveBase = (await ask<{ config: Settings }>("/hublet/configuration/effective")).config;
  const rows = Array.from({ length: PEOPLE }, (_, index) => ({ name: `p${index + 1}`, password: PASSWORD }));
  const imported = await admin.api("POST", "/hublet/people/import", { rows, give: "nothing" });
  assert.equal(imported.status, 201, imported.text);
  for (const { name } of rows) {
    const person = new Person(hub.origin, name);
    assert.equal((await person.signIn()).status, 302, name);
    people.push(person);
  }
  const waiting = [...people.entries()];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await beginWork(next[1], next[0]);
    }),
  );
});

async function beginWork(person: Person, index: number): Promise<void> {
  const prefix = `/user/${person.name}/`;
  if (index < PEOPLE - LABS) {
    await person.start("", "app");
    assert.equal((await person.open(prefix)).text, "ok");
    sockets.push(await openSocket(person, `${prefix}ws`));
    return;
  }
  await person.start("", "lab");
  assert.equal((await person.open(`${prefix}lab`)).status, 200);
  kernels.push(await person.kernel(prefix));
}

after(async () => {
  for (const socket of sockets) socket.terminate();
  for (const kernel of kernels) kernel.close();
  if (restoreTls === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = restoreTls;
  await hub?.destroy();
});

describe("configuration under load", () => {
  test("every live key is changed and changed back: nothing closes, nothing fails, all in effect within a second", async (t) => {
    const load = startLoad();
    t.after(() => load.end());
    const times: number[] = [];
    const covered = new Set<string>();
    for (const { path, key, value, seen } of CHANGES) {
      covered.add(key ?? path);
      const changed = structuredClone(BASE) as Settings;
      setAt(changed, path, value);
      for (const [settings, back] of [
        [changed, false],
        [BASE as Settings, true],
      ] as const) {
        const written = performance.now();
        hub.configure(stringify(settings));
        const look = seen ?? (() => effectiveDiffers(path));
        await untilInEffect(`${key ?? path}${back ? ", changed back" : ""}`, async () => (await look()) !== back);
        times.push(performance.now() - written);
      }
    }
    const { requests, echoes, counted, failures } = await load.end();
    times.sort((a, b) => a - b);
    t.diagnostic(
      `${times.length} changes; in effect after ${Math.round(times[Math.floor(times.length / 2)] ?? 0)} ms (median), ${Math.round(times.at(-1) ?? 0)} ms (longest); meanwhile ${requests} requests, ${echoes} echoes, ${counted} cells`,
    );
    assert.deepEqual(failures, []);
    assert.ok(requests > PEOPLE && echoes > PEOPLE && counted >= LABS, "people were at work");
    const unseen = liveKeys().filter((key) => ![...covered].some((path) => coversKey(path, key)));
    assert.deepEqual(unseen, [], "every key that claims to be live is changed here");
  });

  test("a file with mistakes is refused, shown, and changes nothing; the corrected one is taken over", async () => {
    hub.configure(`${stringify(BASE)}serverr: {}\n`);
    const refused = await untilStatus(({ problems }) => problems.some(({ path }) => path === "serverr"));
    assert.equal(refused.state, "refused");
    assert.match(refused.problems[0]?.message ?? "", /did you mean “server”/);
    assert.ok((refused.problems[0]?.line ?? 0) > 1);
    assert.equal((await session()).hub.name, BASE.name);
    const said = await hub.cli("config", "diff");
    assert.match(said.stdout + said.stderr, /serverr/);
    assert.match(readFileSync(join(hub.state, "logs/hub.log"), "utf8"), /serverr/);
    hub.configure(stringify({ ...BASE, name: "Corrected" }));
    await untilInEffect("the corrected file", async () => (await session()).hub.name === "Corrected");
    hub.configure(stringify(BASE));
    await untilStatus((status) => status.state === "applied");
  });

  test("two hundred files with mistakes: each is refused with its place, and none changes the running hub", async () => {
    const all = mutations().filter(({ files }) => files === undefined);
    assert.ok(all.length >= 200, `${all.length} mutations`);
    const works = (await ask<ConfigurationView>("/hublet/configuration")).appliedAt;
    for (const { title, text } of all) {
      writeFileSync(hub.config, text);
      const answer = await admin.api("POST", "/hublet/configuration/reload", {});
      assert.equal(answer.status, 200, `${title}: ${answer.text}`);
      const status = JSON.parse(answer.text) as ConfigurationView;
      assert.deepEqual([status.state, status.appliedAt], ["refused", works], title);
      assert.ok(
        status.problems.some(({ line, message }) => line !== null || message.includes("larger than")),
        `${title}: ${JSON.stringify(status.problems)}`,
      );
    }
    assert.equal((await session()).hub.name, BASE.name);
    for (const socket of sockets) assert.equal(socket.readyState, WebSocket.OPEN);
    hub.configure(stringify(BASE));
    await untilStatus((status) => status.state === "applied");
  });

  test("a hub that is killed while the file has mistakes comes back with the configuration it had", async () => {
    hub.configure("name: [\n");
    await untilStatus((status) => status.state === "refused");
    process.kill(await hub.pidOf("hub"), "SIGKILL");
    const back = await untilStatus((status) => status.state === "refused", 30_000);
    assert.ok(back.problems.length > 0);
    assert.equal((await session()).hub.name, BASE.name);
    hub.configure(stringify(BASE));
    await untilStatus((status) => status.state === "applied");
  });

  test("what needs a restart is said, and nothing is done about it", async () => {
    const other = await freePort();
    writeFileSync(hub.config, `listen: 127.0.0.1:${other}\n${stringify(BASE)}`);
    const status = await untilStatus((now) => now.needsRestart.includes("listen"));
    assert.equal(status.state, "applied");
    assert.match((await hub.cli("config", "diff")).stdout, /listen.*restart/is);
    hub.configure(stringify(BASE));
    await untilStatus((now) => now.needsRestart.length === 0);
  });

  test("a hub that is killed while a change waits for a restart comes back with the database it had", async () => {
    hub.configure(stringify({ ...BASE, database: "postgresql://hub:hunter2@127.0.0.1:1/other" }));
    await untilStatus(({ needsRestart }) => needsRestart.includes("database"));
    const before = await hub.pidOf("hub");
    process.kill(before, "SIGKILL");
    const another = async () => (await hub.pidOf("hub").catch(() => before)) !== before;
    await untilInEffect("another hub process", another, 30_000);
    const back = await untilStatus(() => true, 30_000);
    assert.deepEqual(back.needsRestart, ["database"]);
    assert.ok((await session()).user !== null, "people are who they were");
    hub.configure(stringify(BASE));
    await untilStatus((now) => now.needsRestart.length === 0);
  });
});

interface Change {
  readonly path: string;
  /** The key that it changes, when that can only be changed together with others. Default: `path`. */
  readonly key?: string;
  readonly value: unknown;
  /** Whether the change shows where people or servers would notice it; without it the working configuration is asked. */
  readonly seen?: () => Promise<boolean>;
}

const policy = async (of = "p1") => (await explanation(of)).policy;
const loginPage = async () => (await new Person(hub.origin, "nobody").send("GET", "/hub/login")).text;

/** One change for each live key, with what it changes for people wherever that can be seen from outside. */
const CHANGES: readonly Change[] = [
  { path: "name", value: "Another lab", seen: async () => (await loginPage()).includes("Another lab") },
  {
    path: "publicUrl",
    value: "https://lab.example.org",
    seen: async () => (await claimUrl()).startsWith("https://lab.example.org/"),
  },
  { path: "trustedProxies", value: ["192.0.2.0/24"] },
  { path: "logLevel", value: "debug", seen: async () => grows("hub.log", async () => void (await loginPage())) },
  { path: "include", value: [] },
  {
    path: "tls",
    value: { certificate: "second.crt", key: "second.key" },
    seen: async () => (await certificateName()) === "second",
  },
  {
    path: "banner.text",
    value: "Maintenance on Friday",
    seen: async () => (await session()).hub.banner?.text === "Maintenance on Friday",
  },
  { path: "banner.level", value: "warning", seen: async () => (await session()).hub.banner?.level === "warning" },
  { path: "server.image", value: "localhost/other:1" },
  { path: "server.protocol", value: "http" },
  { path: "server.command", value: ["jupyterhub-singleuser", "--debug"] },
  { path: "server.defaultUrl", value: "/tree" },
  {
    path: "server.environment",
    value: { COURSE: "101" },
    seen: async () => (await policy()).environment.COURSE?.value === "101",
  },
  { path: "server.memory", value: "4G", seen: async () => (await policy("p2")).memory.value === 4 * 1024 ** 3 },
  { path: "server.cpus", value: 1.5, seen: async () => (await policy()).cpus.value === 1.5 },
  { path: "server.pids", value: 100, seen: async () => (await policy()).pids.value === 100 },
  { path: "server.readOnlyRoot", value: false },
  { path: "server.home", value: "/home/other" },
  { path: "server.port", value: 8899 },
  { path: "server.startTimeout", value: 60 },
  { path: "server.stopGrace", value: 3 },
  {
    path: "server.mounts",
    value: [{ source: "/srv", target: "/data" }],
    seen: async () => (await policy()).mounts.some(({ target }) => target === "/data"),
  },
  { path: "server.maximumServers", value: 2, seen: async () => (await home()).maximumServers === 2 },
  { path: "server.idleTimeout", value: "5h", seen: async () => (await home()).servers[0]?.stopsAt !== null },
  { path: "server.maximumAge", value: "9h", seen: async () => (await policy()).maximumAge.value === 9 * 3600 },
  { path: "server.sharing", value: true, seen: async () => (await policy()).sharing.value },
  {
    path: "profiles",
    value: [{ name: "lab", title: "JupyterLab" }, { name: "third", title: "Third", everyone: false }, BASE.profiles[1]],
  },
  {
    path: "people.names",
    value: ["somebody-new"],
    seen: async () => (await explanation("somebody-new")).enter.allowed,
  },
  { path: "people.admins", value: ["p1"], seen: async () => (await explanation("p1")).admin.admin },
  { path: "people.usersFile", value: undefined, seen: async () => !(await explanation("from-file")).enter.allowed },
  { path: "people.hostAccounts", value: { prefix: "root" } },
  ...Object.entries({
    description: "The staff",
    priority: 7,
    images: ["localhost/other:2"],
    profiles: ["lab"],
  }).map(([key, value]) => ({ path: `groups.staff.${key}`, value })),
  { path: "groups.staff.members.names", value: ["p2"], seen: async () => isIn("p2") },
  { path: "groups.staff.members.everyone", value: true, seen: async () => isIn("p3") },
  { path: "groups.staff.admin", value: true, seen: async () => (await explanation("p1")).admin.admin },
  {
    path: "groups.staff.environment",
    value: { TEAM: "staff" },
    seen: async () => (await policy()).environment.TEAM?.value === "staff",
  },
  { path: "groups.staff.memory", value: "6G", seen: async () => (await policy()).memory.value === 6 * 1024 ** 3 },
  { path: "groups.staff.cpus", value: 4, seen: async () => (await policy()).cpus.value === 4 },
  { path: "groups.staff.pids", value: 4000, seen: async () => (await policy()).pids.value === 4000 },
  {
    path: "groups.staff.mounts",
    value: [{ source: "/srv", target: "/staff", readOnly: false }],
    seen: async () => (await policy()).mounts.some(({ target }) => target === "/staff"),
  },
  { path: "groups.staff.maximumServers", value: 9, seen: async () => (await policy()).maximumServers.value === 9 },
  { path: "groups.staff.idleTimeout", value: "6h", seen: async () => (await policy()).idleTimeout.value === 6 * 3600 },
  { path: "groups.staff.maximumAge", value: "30h", seen: async () => (await policy()).maximumAge.value === 30 * 3600 },
  { path: "groups.staff.sharing", value: true, seen: async () => (await policy()).sharing.value },
  { path: "signIn.minimumPasswordLength", value: 20 },
  { path: "signIn.sessionDays", value: 3 },
  { path: "signIn.claimHours", value: 1, seen: async () => (await claimHours()) <= 1 },
  { path: "signIn.firstUse", value: "open" },
  { path: "signIn.signUp", value: "approval", seen: async () => (await loginPage()).includes("/hub/signup") },
  { path: "signIn.secondFactor", value: "off" },
  { path: "signIn.refresh", value: "1h" },
  {
    path: "signIn",
    key: "signIn.passwords",
    value: { passwords: false, header: { user: "X-Remote-User", from: ["192.0.2.1"] } },
    seen: async () => !(await session()).hub.passwords,
  },
  { path: "signIn.dummy", value: {} },
  {
    path: "signIn.header",
    value: { user: "X-Remote-User", from: ["192.0.2.1"], title: "Campus" },
    seen: async () => (await loginPage()).includes("Campus"),
  },
  {
    path: "signIn",
    key: "signIn.github",
    value: { github: { clientId: "x", clientSecret: { secret: "one" } } },
    seen: async () => (await loginPage()).includes("GitHub"),
  },
  {
    path: "signIn.oidc",
    value: { campus: { title: "University", issuer: "https://id.example.org", clientId: "x" } },
    seen: async () => (await loginPage()).includes("University"),
  },
];

/** Keys that exist only together with others are changed with the entry that holds them. */
function coversKey(path: string, key: string): boolean {
  return key === path || key.startsWith(`${path}.`) || key.startsWith(`${path}[]`);
}

/** Every key of the published schema that is not said to need a restart; of groups, those of one group. */
function liveKeys(): string[] {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../hublet.schema.json"), "utf8")) as Settings;
  const keys: string[] = [];
  const walk = (node: Settings, path: string): void => {
    const properties = node.properties as Record<string, Settings> | undefined;
    const values = node.additionalProperties as Settings | undefined;
    if (properties !== undefined)
      for (const [name, child] of Object.entries(properties)) walk(child, path === "" ? name : `${path}.${name}`);
    else if (path === "groups" && typeof values === "object") walk(values, "groups.staff");
    else keys.push(path);
  };
  walk(schema, "");
  return keys
    .filter((key) => !RESTART_KEYS.some((restart) => key === restart))
    .filter((key) => key !== "$schema")
    .filter((key) => !/^groups\.staff\.members\.(github|oidc|header)$/.test(key) && !/^tls\./.test(key));
}

interface LoadResult {
  readonly requests: number;
  readonly echoes: number;
  readonly counted: number;
  readonly failures: string[];
}

/** Everybody works: echoes on every websocket, requests to servers and hub, cells in kernels. */
function startLoad(): { end(): Promise<LoadResult> } {
  let over = false;
  let requests = 0;
  let echoes = 0;
  let counted = 0;
  const failures: string[] = [];
  const workers = [
    ...sockets.map(async (socket, index) => {
      socket.on("close", (code) => over || failures.push(`websocket ${index} closed with ${code}`));
      while (!over) {
        const text = `${index}:${echoes}`;
        const answer = new Promise<string>((resolve) => socket.once("message", (data) => resolve(String(data))));
        socket.send(text);
        if ((await answer) !== text) failures.push(`websocket ${index} answered wrongly`);
        echoes += 1;
        await delay(400); // the pace of a person, not of a benchmark
      }
    }),
    ...people.map(async (person, index) => {
      await delay(index * 20); // not all at the same moment
      while (!over) {
        const path = index % 2 === 0 ? `/user/${person.name}/` : "/hub/api/user";
        const answer = await person.send("GET", path).catch((error: unknown) => ({ status: 0, text: String(error) }));
        requests += 1;
        if (answer.status !== 200 && answer.status !== 302)
          failures.push(`${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
        await delay(1000); // as above
      }
    }),
    ...kernels.map(async (kernel) => {
      while (!over) {
        counted += 1;
        await kernel.run("n = globals().get('n', 0) + 1; print(n)", 30);
        if (kernel.closed !== undefined) failures.push(`kernel: ${kernel.closed}`);
        await delay(500); // as above
      }
    }),
  ];
  return {
    end: async () => {
      over = true;
      await Promise.all(workers);
      return { requests, echoes, counted, failures };
    },
  };
}

async function openSocket(person: Person, path: string): Promise<WebSocket> {
  const socket = new WebSocket(hub.origin.replace("http", "ws") + path, {
    headers: { cookie: person.cookiesFor(path), origin: hub.origin },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return socket;
}

async function untilInEffect(what: string, look: () => Promise<boolean>, withinMs = WITHIN_MS): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await look()) return;
    if (performance.now() > deadline) {
      const status = await ask<ConfigurationView>("/hublet/configuration");
      throw new Error(`${what}: not in effect within ${withinMs} ms; ${JSON.stringify(status)}`);
    }
    await delay(20);
  }
}

async function untilStatus(
  wanted: (status: ConfigurationView) => boolean,
  withinMs = 5000,
): Promise<ConfigurationView> {
  let status: ConfigurationView | undefined;
  await untilInEffect(
    "the configuration's state",
    async () => {
      status = await ask<ConfigurationView>("/hublet/configuration").catch(() => undefined);
      return status !== undefined && wanted(status);
    },
    withinMs,
  );
  assert.ok(status !== undefined);
  return status;
}

async function ask<T>(path: string, as: Person = admin): Promise<T> {
  const answer = await as.api("GET", path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return JSON.parse(answer.text) as T;
}

const session = () => ask<SessionView>("/hublet/session");
const home = () => ask<HomeView>("/hublet/home", people[1]);
const explanation = (name: string) => ask<Explanation>(`/hublet/people/${name}/explanation`);
const isIn = async (name: string) => (await explanation(name)).groups.some((group) => group.name === "staff");

/** Whether the working configuration has another value than the base's, or, changed back, the same. */
async function effectiveDiffers(path: string): Promise<boolean> {
  const { config } = await ask<{ config: Settings }>("/hublet/configuration/effective");
  return JSON.stringify(getAt(config, path)) !== JSON.stringify(getAt(effectiveBase, path));
}

async function claimUrl(): Promise<string> {
  const answer = await admin.api("POST", "/hublet/people/p4/claim", {});
  return (JSON.parse(answer.text) as { url: string }).url;
}

async function claimHours(): Promise<number> {
  const answer = await admin.api("POST", "/hublet/people/p4/claim", {});
  return (Date.parse((JSON.parse(answer.text) as { expiresAt: string }).expiresAt) - Date.now()) / 3_600_000;
}

/** Whether the log says more when something happens than it does at level info. */
async function grows(file: string, happen: () => Promise<void>): Promise<boolean> {
  const path = join(hub.state, "logs", file);
  const size = statSync(path).size;
  await happen();
  await delay(30); // the supervisor writes what the hub says line by line
  return readFileSync(path, "utf8").slice(size).includes('"answered"');
}

function certificateName(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: hub.port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

function getAt(settings: Settings, path: string): unknown {
  return path.split(".").reduce<unknown>((node, key) => (node as Settings | undefined)?.[key], settings);
}

function setAt(settings: Settings, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let node = settings;
  for (const key of keys) {
    node[key] ??= {};
    node = node[key] as Settings;
  }
  if (value === undefined) delete node[last];
  else node[last] = value;
}
