/**
 * While fifty people work, every key of the configuration that claims to be live is changed and changed back: no websocket
 * closes, no request fails, and each change is in effect within a second. A file with mistakes changes nothing.
 */
import assert from "node:assert/strict";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { Client } from "undici";
import WebSocket from "ws";
import { stringify } from "yaml";
import { statePaths } from "../src/cli/index.ts";
import type {
  BrowserSessionView,
  ConfigurationView,
  Explanation,
  GroupView,
  HomeView,
  SecondFactorView,
  ServerView,
  SessionView,
} from "../src/contract/index.ts";
import { APPLY_KEYS, RESTART_KEYS } from "../src/contract/index.ts";
import { findAccount } from "../src/deploy/index.ts";
import { randomHex } from "../src/kernel/index.ts";
import { selfSigned } from "./support/certificates.ts";
import { type GithubStandIn, startGithub } from "./support/github.ts";
import { eventually, freePort, startHub, TEST_ACCOUNT, type TestHub } from "./support/hub.ts";
import type { Kernel } from "./support/kernel.ts";
import { type OidcServer, startOidc } from "./support/oidc.ts";
import { PASSWORD, Person } from "./support/person.ts";
import { mutations } from "./support/rich-config.ts";

const PEOPLE = 50;
/** Containers are named after people, and another run may go on beside this one. */
const RUN = randomHex(3);
const DAY_MS = 86_400_000;
/** Of these, the last run JupyterLab with a kernel at work; the others a small web application with a websocket. */
const LABS = 2;
const WITHIN_MS = 1000;
/** A machine that is busy with something else may make one of many changes late: the best of so many counts. */
const TURNS = 3;
/** Longer than anything takes then. */
const PATIENCE_MS = 20_000;

function nth(person: number): string {
  return `p${person}-${RUN}`;
}

type Settings = { [key: string]: unknown };

const BASE = {
  name: "The lab",
  tls: { certificate: "first.crt", key: "first.key" },
  banner: { text: "Welcome", level: "info" },
  profiles: [
    { name: "lab", title: "JupyterLab" },
    { name: "app", title: "A small application", protocol: "http", defaultUrl: "/" },
    { name: "members", title: "For members", everyone: false },
  ],
  people: { usersFile: "jupyterhub_users.toml" },
  groups: {
    staff: { members: { names: [nth(1)] }, memory: "3G", environment: { RANK: "staff" } },
    // Of two groups with one priority the earlier name wins.
    other: {
      // Teams are asked for at a sign-in only when the configuration names some.
      members: { names: [nth(1)], github: ["my-lab:team"], oidc: { campus: ["physics"] } },
      environment: { RANK: "other" },
    },
  },
  // Filled in when the providers of this test run.
  signIn: {
    header: { user: "X-Remote-User", groups: "X-Groups", from: ["127.0.0.1"], allow: { users: ["by-header"] } },
  } as Settings,
};

/** This program tells from inside what a server was started with. */
const LOOK_AROUND = readFileSync(join(import.meta.dirname, "support/look-around.py"), "utf8");
const TELL = ["python3", "-c", LOOK_AROUND, "serve", "{port}"];

let hub: TestHub;
let admin: Person;
let github: GithubStandIn;
let oidc: OidcServer;
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
  mkdirSync(join(folder, "more.d"));
  writeFileSync(join(folder, "more.d/people.yaml"), stringify({ people: { names: ["from-included"] } }));
  github = await startGithub();
  oidc = await startOidc({ callbackUrls: [`https://127.0.0.1:${hub.port}/hub/oauth_callback`] });
  await hub.writeSecret("github", github.clientSecret);
  await hub.writeSecret("campus", oidc.clientSecret);
  const { url, apiUrl } = github;
  BASE.signIn.github = {
    url,
    apiUrl,
    clientId: github.clientId,
    clientSecret: { secret: "github" },
    allow: { users: ["octocat"] },
  };
  const { issuer } = oidc;
  BASE.signIn.oidc = {
    campus: { issuer, clientId: oidc.clientId, clientSecret: { secret: "campus" }, allow: { users: ["emmy"] } },
  };
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
  const rows = Array.from({ length: PEOPLE }, (_, index) => ({ name: nth(index + 1), password: PASSWORD }));
  const all = [...rows, { name: "keeper" }];
  const imported = await admin.api("POST", "/hublet/people/import", { rows: all, give: "nothing" });
  assert.equal(imported.status, 201, imported.text);
  for (const { name } of rows) {
    const person = new Person(hub.origin, name);
    assert.equal((await person.signIn()).status, 302, name);
    people.push(person);
  }
  github.directory.join("octocat", "my-lab:team");
  await octocatComes();
  oidc.people.set("s-1", { preferred_username: "emmy", groups: ["physics"] });
  await comesBy("oidc:campus", "emmy", (location) => oidc.visit(location, "s-1"));
  await comesByHeader();
  const waiting = [...people.entries()];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await beginWork(next[1], next[0]);
    }),
  );
});

async function comesBy(method: string, name: string, visit: (location: string) => Promise<URL>): Promise<void> {
  const person = new Person(hub.origin, name);
  const begun = await person.send("GET", `/hub/oauth_login?method=${method}`);
  assert.equal(begun.status, 302, begun.text);
  const { pathname, search } = await visit(begun.location ?? "");
  const answer = await person.send("GET", pathname + search);
  assert.equal(answer.status, 302, answer.text);
  assert.ok((await explanation(name)).exists, name);
}

const octocatComes = () => comesBy("github", "octocat", (location) => github.visit(location, "octocat"));

/** Somebody whom a proxy in front has signed in, with a group, from an address that is the proxy's word. */
async function comesByHeader(): Promise<Person> {
  const person = new Person(hub.origin, "by-header");
  const answer = await person.send("GET", "/hub/header_login", {
    headers: { "x-remote-user": "by-header", "x-groups": "chemistry", "x-forwarded-for": "203.0.113.9" },
  });
  assert.equal(answer.status, 302, answer.text);
  return person;
}

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
  await github?.close();
  await oidc?.close();
});

describe("configuration under load", () => {
  test("every live key is changed and changed back: nothing closes, nothing fails, all in effect within a second", async (t) => {
    const load = startLoad();
    t.after(() => load.end());
    const times: number[] = [];
    const covered = new Set<string>();
    for (const { path, value, seen } of CHANGES) {
      covered.add(path);
      const changed = structuredClone(BASE) as Settings;
      setAt(changed, path, value);
      const turns: number[] = [];
      while (turns.length < TURNS && !turns.some((took) => took < WITHIN_MS)) {
        const both: number[] = [];
        for (const [settings, back] of [
          [changed, false],
          [BASE as Settings, true],
        ] as const) {
          const written = performance.now();
          hub.configure(stringify(settings));
          await untilInEffect(`${path}${back ? ", changed back" : ""}`, async () => (await seen()) !== back);
          both.push(performance.now() - written);
        }
        times.push(...both);
        turns.push(Math.max(...both));
      }
      assert.ok(Math.min(...turns) < WITHIN_MS, `${path}: not in effect within ${WITHIN_MS} ms but after ${turns}`);
    }
    for (const [keys, look] of STARTS) {
      for (const key of keys) covered.add(key);
      await look();
      t.diagnostic(`seen by a start: ${keys.join(", ")}`);
    }
    const { requests, echoes, counted, failures } = await load.end();
    times.sort((a, b) => a - b);
    t.diagnostic(
      `${times.length} changes; in effect after ${Math.round(times[Math.floor(times.length / 2)] ?? 0)} ms (median), ${Math.round(times.at(-1) ?? 0)} ms (longest); meanwhile ${requests} requests, ${echoes} echoes, ${counted} cells`,
    );
    assert.deepEqual(failures, []);
    assert.ok(requests > PEOPLE && echoes > PEOPLE && counted >= LABS, "people were at work");
    const unseen = liveKeys()
      .filter((key) => !ELSEWHERE.includes(key))
      .filter((key) => ![...covered].some((path) => coversKey(path, key)));
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

describe("local processes", () => {
  test("allowManyOnProcess: the second person is let in and kept out as the file says", async (t) => {
    const other = await startHub({ config: processes(false) });
    t.after(() => other.destroy());
    assert.ok(other.claimLink !== undefined);
    const first = new Person(other.origin, other.admin);
    await first.claim(other.claimLink);
    await first.start("", "app");
    await first.stop("");
    const second = await first.invite("second");
    const start = async () => (await second.api("POST", second.serverApi(""), { profile: "app" })).status;
    assert.equal(await start(), 403);
    other.configure(processes(true));
    await eventually("the second person may start", async () => ((await start()) < 300 ? true : undefined), 20);
    assert.equal((await second.settled("", 30)).state, "ready");
    await second.stop("");
    other.configure(processes(false));
    await eventually("and may not any more", async () => ((await startAndStop(second)) === 403 ? true : undefined), 20);
  });

  const processes = (allowManyOnProcess: boolean): string =>
    stringify({
      engine: "process",
      allowManyOnProcess,
      profiles: [{ name: "app", title: "App", protocol: "http", command: ["/usr/bin/python3", ...TELL.slice(1)] }],
    });

  async function startAndStop(person: Person): Promise<number> {
    const { status } = await person.api("POST", person.serverApi(""), { profile: "app" });
    if (status < 300) await person.settled("", 30).then(() => person.stop(""));
    return status;
  }
});

interface Change {
  readonly path: string;
  readonly value: unknown;
  /** Whether the change shows where people or servers would notice it. */
  readonly seen: () => Promise<boolean>;
}

/** Keys that have their own test above, since they mean nothing on this hub. */
const ELSEWHERE = ["allowManyOnProcess"];

const policy = async (of = nth(1)) => (await explanation(of)).policy;
const loginPage = async () => (await new Person(hub.origin, "nobody").send("GET", "/hub/login")).text;
/** What p1, who is in the groups, finds on the start page. */
const start = () => ask<HomeView>("/hublet/home", people[0]);
const offers = async (profile: string) => (await start()).profiles.some(({ name }) => name === profile);
const staff = async () =>
  (await ask<{ items: GroupView[] }>("/hublet/groups")).items.find(({ name }) => name === "staff");

/** One change for each live key, with what it changes for people wherever that can be seen from outside. */
const CHANGES: readonly Change[] = [
  { path: "name", value: "Another lab", seen: async () => (await loginPage()).includes("Another lab") },
  {
    path: "publicUrl",
    value: "https://lab.example.org",
    seen: async () => (await claimUrl()).startsWith("https://lab.example.org/"),
  },
  {
    path: "trustedProxies",
    value: ["127.0.0.1"],
    seen: async () => (await headerSession()).address === "203.0.113.9",
  },
  {
    path: "logLevel",
    value: "debug",
    seen: async () => grows("hub.log", '"answered"', async () => void (await loginPage())),
  },
  { path: "logLevel", value: "debug", seen: async () => grows("proxy.log", '"API request"', askProxy) },
  {
    path: "include",
    value: ["more.d"],
    seen: async () => (await explanation("from-included")).enter.allowed,
  },
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
  // What a start uses is looked at in `STARTS`; the start page promises these two before.
  {
    path: "server.image",
    value: "localhost/other:1",
    seen: async () => (await start()).profiles[0]?.image === "localhost/other:1",
  },
  { path: "server.protocol", value: "http", seen: async () => (await start()).profiles[0]?.protocol === "http" },
  {
    path: "server.environment",
    value: { COURSE: "101" },
    seen: async () => (await policy()).environment.COURSE?.value === "101",
  },
  { path: "server.memory", value: "4G", seen: async () => (await policy(nth(2))).memory.value === 4 * 1024 ** 3 },
  { path: "server.cpus", value: 1.5, seen: async () => (await policy()).cpus.value === 1.5 },
  { path: "server.pids", value: 100, seen: async () => (await policy()).pids.value === 100 },
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
    value: [...BASE.profiles, { name: "third", title: "Third" }],
    seen: () => offers("third"),
  },
  {
    path: "people.names",
    value: ["somebody-new"],
    seen: async () => (await explanation("somebody-new")).enter.allowed,
  },
  { path: "people.admins", value: [nth(1)], seen: async () => (await explanation(nth(1))).admin.admin },
  { path: "people.usersFile", value: undefined, seen: async () => !(await explanation("from-file")).enter.allowed },
  {
    path: "people.hostAccounts",
    value: { prefix: "roo" },
    seen: async () => (await explanation("t")).enter.allowed, // of the account “root”
  },
  {
    path: "groups.staff.description",
    value: "The staff",
    seen: async () => (await staff())?.description === "The staff",
  },
  {
    path: "groups.staff.priority",
    value: 7,
    seen: async () => (await policy()).environment.RANK?.value === "staff",
  },
  {
    path: "groups.staff.images",
    value: ["localhost/other:2"],
    seen: async () => (await start()).choices.includes("localhost/other:2"),
  },
  { path: "groups.staff.profiles", value: ["members"], seen: () => offers("members") },
  { path: "groups.staff.members.names", value: [nth(2)], seen: async () => isIn(nth(2)) },
  { path: "groups.staff.members.everyone", value: true, seen: async () => isIn(nth(3)) },
  { path: "groups.staff.members.github", value: ["my-lab:team"], seen: async () => isIn("octocat") },
  { path: "groups.staff.members.oidc", value: { campus: ["physics"] }, seen: async () => isIn("emmy") },
  { path: "groups.staff.members.header", value: ["chemistry"], seen: async () => isIn("by-header") },
  { path: "groups.staff.admin", value: true, seen: async () => (await explanation(nth(1))).admin.admin },
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
  {
    path: "groups.staff.groupIds",
    value: [2000],
    seen: async () => (await policy()).groupIds.some(({ value }) => value === 2000),
  },
  { path: "catalogue", value: { registry: "127.0.0.1:9" }, seen: async () => (await start()).catalogue },
  {
    path: "registries",
    value: { "127.0.0.1:9": { insecure: true } },
    seen: async () =>
      JSON.stringify(await ask<{ config: object }>("/hublet/configuration/effective")).includes('"127.0.0.1:9"'),
  },
  {
    path: "signIn.minimumPasswordLength",
    value: 20,
    seen: async () =>
      (await admin.api("PUT", "/hublet/people/keeper/password", { password: "fifteen-letters" })).status === 400,
  },
  {
    path: "signIn.sessionDays",
    value: 3,
    seen: async () => Date.parse((await headerSession()).expiresAt) - Date.now() <= 3 * DAY_MS,
  },
  { path: "signIn.claimHours", value: 1, seen: async () => (await claimHours()) <= 1 },
  {
    path: "signIn.firstUse",
    value: "open",
    // Only then is somebody with a wrong password told about first ones.
    seen: async () => (await newcomer().signIn("short")).text.includes("your first password"),
  },
  { path: "signIn.signUp", value: "approval", seen: async () => (await loginPage()).includes("/hub/signup") },
  {
    path: "signIn.secondFactor",
    value: "everyone",
    seen: async () => (await ask<SecondFactorView>("/hublet/account/second-factor", people[1])).rule === "required",
  },
  {
    path: "signIn.passwords",
    value: false,
    seen: async () => !(await session()).hub.passwords,
  },
  {
    path: "signIn.dummy",
    value: {},
    seen: async () => (await newcomer().signIn("anything")).status === 302,
  },
  {
    path: "signIn.header",
    value: { user: "X-Remote-User", from: ["192.0.2.1"], title: "Campus" },
    seen: async () => (await loginPage()).includes("Campus"),
  },
  {
    path: "signIn.github",
    value: { title: "The campus’s GitHub", clientId: "x", clientSecret: { secret: "github" } },
    seen: async () => (await loginPage()).includes("The campus’s GitHub"),
  },
  {
    path: "signIn.oidc",
    value: { campus: { title: "University", issuer: "https://id.example.org", clientId: "x" } },
    seen: async () => (await loginPage()).includes("University"),
  },
];

/** The session of somebody who has just come by the header. */
async function headerSession(): Promise<BrowserSessionView> {
  const person = await comesByHeader();
  const { items } = await ask<{ items: BrowserSessionView[] }>("/hublet/account/sessions", person);
  const own = items.find(({ current }) => current);
  assert.ok(own !== undefined);
  return own;
}

/** A name of its own for each try, so that no limit of tries is met. */
const newcomer = () => new Person(hub.origin, `newcomer-${randomHex(4)}`);

/**
 * What can only be seen by a start or stop, or only after a while: each is changed, and what begins within the second is
 * looked at in its own time. The settings of starts are seen from inside of the servers.
 */
const STARTS: readonly (readonly [keys: readonly string[], look: () => Promise<void>])[] = [
  [
    ["server.image", "server.command", "server.defaultUrl", "server.readOnlyRoot", "server.home", "server.port"],
    async () => {
      const image = `localhost/hublet-test-${randomHex(4)}:1`;
      const settings = { image, command: TELL, defaultUrl: "/tree", readOnlyRoot: !READ_ONLY, home: "/home/other" };
      await tagged((await usual()).image, image, async () => {
        await configureServers({ ...settings, port: 8899 });
        await spare().start("spare", "lab");
        const told = await tells();
        assert.equal(told.JUPYTER_IMAGE, image);
        assert.equal((await spare().server("spare"))?.image, image);
        assert.equal(told.JUPYTERHUB_DEFAULT_URL, "/tree");
        assert.equal(told.readOnlyRoot, !READ_ONLY);
        assert.ok(told.mounts.includes("/home/other") && !told.mounts.includes(HOME));
        assert.equal(told.port, 8899);
        assert.ok(told.speaksHub);
        await spare().stop("spare");
      });
    },
  ],
  [
    ["server.protocol", "server.stopGrace"],
    async () => {
      await configureServers({ protocol: "http", command: [...TELL, "stubborn"] });
      await spare().start("spare", "lab");
      assert.ok(!(await tells()).speaksHub);
      // With this protocol the proxy is the gate; with the other it lets everybody through to the server.
      const stranger = await new Person(hub.origin, "nobody").send("GET", SPARE);
      assert.equal(stranger.status, 302);
      await configureServers({ stopGrace: 1 });
      const asked = performance.now();
      await spare().stop("spare");
      const took = performance.now() - asked;
      assert.ok(took > 900 && took < 9500, `it was killed after ${took} ms, not after the usual 10 s`);
    },
  ],
  [
    ["server.startTimeout"],
    async () => {
      await configureServers({ protocol: "http", command: ["sleep", "600"], startTimeout: 1, stopGrace: 1 });
      const { state, failure } = await startSpare();
      assert.deepEqual([state, failure?.code], ["failed", "start-timeout"]);
    },
  ],
  [
    ["server"], // and back to what everything was
    async () => {
      await configureServers({});
      assert.equal((await startSpare()).state, "ready");
      assert.equal((await spare().open(SPARE)).status, 200);
      const kernel = await spare().kernel(SPARE);
      const code = `exec(${JSON.stringify(LOOK_AROUND)})\nprint(json.dumps(look_around()))`;
      const told = JSON.parse(await kernel.run(code)) as Told;
      kernel.close();
      assert.equal(told.JUPYTER_IMAGE, (await usual()).image);
      assert.equal(told.JUPYTERHUB_DEFAULT_URL, "/lab");
      assert.match(told.JUPYTERHUB_SERVICE_URL ?? "", /:8888\//);
      assert.ok(told.mounts.includes(HOME) && !told.mounts.includes("/home/other"));
      assert.deepEqual([told.speaksHub, told.readOnlyRoot], [true, READ_ONLY]);
      await spare().stop("spare");
    },
  ],
  [
    ["signIn.refresh"],
    async () => {
      const lookUps = () => github.requests.filter((request) => request.endsWith("/user")).length;
      await octocatComes(); // only people who are signed in or have servers are looked up
      const before = lookUps();
      hub.configure(stringify({ ...BASE, signIn: { ...BASE.signIn, refresh: "1s" } }));
      await untilInEffect("looked up again", async () => lookUps() > before, 10_000);
      hub.configure(stringify(BASE));
      await untilInEffect("the usual refresh", async () => !(await effectiveDiffers("signIn.refresh")));
    },
  ],
];

interface Told {
  readonly JUPYTER_IMAGE: string | null;
  readonly JUPYTERHUB_SERVICE_URL: string | null;
  readonly JUPYTERHUB_DEFAULT_URL: string | null;
  readonly speaksHub: boolean;
  readonly mounts: readonly string[];
  readonly readOnlyRoot: boolean;
  /** Of the program that tells it itself. */
  readonly port?: number;
}

const HOME = "/home/jovyan";
/** What `readOnlyRoot: auto` means for the image of these tests. */
const READ_ONLY = true;
const SPARE = `/user/${nth(5)}/spare/`;

function spare(): Person {
  const person = people[4];
  assert.ok(person !== undefined);
  return person;
}

async function startSpare(): Promise<ServerView> {
  const { status, text } = await spare().api("POST", spare().serverApi("spare"), { profile: "lab" });
  assert.ok(status < 300 || status === 504, `${status} ${text}`);
  return spare().settled("spare", 60);
}

async function tells(): Promise<Told> {
  const { status, text } = await spare().open(SPARE);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Told;
}

/** The server with which p50 works all the time. */
async function usual(): Promise<{ readonly image: string }> {
  const image = (await people.at(-1)?.server())?.image;
  assert.ok(typeof image === "string");
  return { image };
}

/** Resolves as soon as the hub says so: what is started now is started with it. */
async function configureServers(server: Settings): Promise<void> {
  const wanted = { ...(effectiveBase.server as Settings), ...server };
  hub.configure(stringify({ ...BASE, server }));
  await untilInEffect(`server: ${Object.keys(server).join(", ")}`, async () => {
    const { config } = await ask<{ config: Settings }>("/hublet/configuration/effective");
    const now = config.server as Settings;
    return Object.entries(wanted).every(([key, value]) => JSON.stringify(now[key]) === JSON.stringify(value));
  });
}

/** Gives an image a second name at the hub's engine for a while. */
async function tagged(image: string, name: string, during: () => Promise<void>): Promise<void> {
  const [repo = "", tag = ""] = name.split(/:(?=[^:/]*$)/);
  const engine = new Client("http://engine", { socketPath: statePaths(hub.state).engineSocket });
  const said = async (method: "POST" | "DELETE", path: string): Promise<void> => {
    const answer = await engine.request({ method, path, signal: AbortSignal.timeout(20_000) });
    assert.ok(answer.statusCode < 300, await answer.body.text());
    await answer.body.dump();
  };
  try {
    await said("POST", `/v1.41/images/${image}/tag?${new URLSearchParams({ repo, tag })}`);
    await during();
  } finally {
    await said("DELETE", `/v1.41/images/${name}?noprune=true`).finally(() => engine.destroy());
  }
}

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
  const within = (key: string, keys: readonly string[]) => keys.some((one) => key === one || key.startsWith(`${one}.`));
  return keys.filter((key) => !within(key, [...RESTART_KEYS, ...APPLY_KEYS, "$schema"]));
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

async function untilInEffect(what: string, look: () => Promise<boolean>, withinMs = PATIENCE_MS): Promise<void> {
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
  withinMs = PATIENCE_MS,
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
  const answer = await admin.api("POST", `/hublet/people/${nth(4)}/claim`, {});
  return (JSON.parse(answer.text) as { url: string }).url;
}

async function claimHours(): Promise<number> {
  const answer = await admin.api("POST", `/hublet/people/${nth(4)}/claim`, {});
  return (Date.parse((JSON.parse(answer.text) as { expiresAt: string }).expiresAt) - Date.now()) / 3_600_000;
}

/** Whether the log says `words` when something happens, which it does not at level info. */
async function grows(file: string, words: string, happen: () => Promise<void>): Promise<boolean> {
  const path = join(hub.state, "logs", file);
  const size = statSync(path).size;
  await happen();
  await delay(30); // the supervisor writes what the hub says line by line
  return readFileSync(path, "utf8").slice(size).includes(words);
}

async function askProxy(): Promise<void> {
  const paths = statePaths(hub.state);
  const client = new Client("http://proxy", { socketPath: paths.proxyApiSocket });
  await (await client.request({ method: "GET", path: "/api/routes" })).body.dump(); // refused, and noted all the same
  await client.destroy();
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
