/**
 * Signing in by GitHub and by an OpenID provider, on a whole hub whose configuration is written while it runs: who is let
 * in, what a team gives and takes away, and that a person stays the same person when a login does not.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Explanation, IdentityView, PersonView } from "../src/contract/index.ts";
import { type GithubStandIn, startGithub } from "./support/github.ts";
import { eventually, startHub, type TestHub } from "./support/hub.ts";
import { type OidcServer, startOidc } from "./support/oidc.ts";
import { type Answer, Person } from "./support/person.ts";

let hub: TestHub;
let admin: Person;
let github: GithubStandIn;
let oidc: OidcServer;

before(async () => {
  github = await startGithub();
  hub = await startHub({ config: "engine: process\nallowManyOnProcess: true\n" });
  oidc = await startOidc({ callbackUrls: [`${hub.origin}/hub/oauth_callback`] });
  assert.ok(hub.claimLink !== undefined);
  admin = new Person(hub.origin, hub.admin);
  await admin.claim(hub.claimLink);
  await hub.writeSecret("github", github.clientSecret);
  await hub.writeSecret("campus", oidc.clientSecret);
  hub.configure(`engine: process
allowManyOnProcess: true
server: {protocol: http, command: [/usr/bin/python3, -m, http.server, "{port}", --bind, 127.0.0.1], defaultUrl: /}
signIn:
  refresh: 1s
  github:
    url: ${github.url}
    apiUrl: ${github.apiUrl}
    clientId: ${github.clientId}
    clientSecret: {secret: github}
    allow:
      organizations: [my-lab]
    admins:
      organizations: ["my-lab:admins"]
  oidc:
    campus:
      title: University
      issuer: ${oidc.issuer}
      clientId: ${oidc.clientId}
      clientSecret: {secret: campus}
      allow: {groups: [physics]}
groups:
  students:
    members: {github: ["my-lab:students"], oidc: {campus: [students]}}
    memory: 1G
`);
  await eventually(
    "both are on the sign-in page",
    async () => {
      const page = await new Person(hub.origin, "nobody").send("GET", "/hub/login");
      return page.text.includes("GitHub") && page.text.includes("University") ? true : undefined;
    },
    5,
  );
});

after(async () => {
  await hub?.destroy();
  await github?.close();
  await oidc?.close();
});

describe("GitHub", () => {
  test("a member of the organisation gets in and gets what the team gives; everybody else is told why not", async () => {
    github.directory.join("Octocat", "my-lab:students");
    const octocat = new Person(hub.origin, "octocat");
    assert.equal((await viaGithub(octocat, "Octocat")).status, 200);
    const { groups, policy } = await explain("octocat");
    assert.deepEqual(
      groups.map(({ name }) => name),
      ["students"],
    );
    assert.equal(policy.memory.value, 1024 ** 3);
    assert.match(policy.memory.place ?? "", /hublet\.yaml:\d+:\d+/);

    github.directory.person("stranger");
    const stranger = new Person(hub.origin, "stranger");
    const refused = await viaGithub(stranger, "stranger");
    assert.equal(refused.status, 403);
    assert.match(refused.text, /my-lab/);
    const said = await explain("stranger");
    assert.deepEqual([said.exists, said.enter.allowed], [false, false]);
    const cli = await hub.cli("auth", "explain", "stranger");
    assert.equal(cli.code, 0);
    assert.match(cli.stdout, /May enter: no/);
  });

  test("an admin by team is one as long as the team says so; outside of the organisation nothing is left", async () => {
    github.directory.join("boss", "my-lab:admins");
    const boss = new Person(hub.origin, "boss");
    await viaGithub(boss, "boss");
    assert.equal((await boss.api("GET", "/hublet/people")).status, 200);
    await boss.api("POST", boss.serverApi(""), {});
    assert.equal((await boss.settled("", 30)).state, "ready");

    github.directory.leave("boss", "my-lab:admins");
    await eventually(
      "the rights are gone",
      async () => ((await boss.api("GET", "/hublet/people")).status === 403 ? true : undefined),
      10,
    );
    assert.equal((await boss.api("GET", "/hublet/home")).status, 200);
    github.directory.leave("boss", "my-lab");
    await eventually(
      "the person is signed out",
      async () => ((await boss.api("GET", "/hublet/home")).status === 403 ? true : undefined),
      10,
    );
    assert.match((await personView("boss")).suspended ?? "", /my-lab|GitHub/);
    const theirs = (await personView("boss")).servers[0];
    assert.equal(theirs?.state, "ready", "running work goes on");
    assert.equal((await viaGithub(new Person(hub.origin, "boss"), "boss")).status, 403);
    github.directory.join("boss", "my-lab");
    assert.equal((await viaGithub(boss, "boss")).status, 200);
    assert.equal((await boss.server(""))?.state, "ready");
  });

  test("a renamed login is the same person with the same files; who registers the old login is somebody else", async () => {
    github.directory.join("ada", "my-lab");
    const ada = new Person(hub.origin, "ada");
    await viaGithub(ada, "ada");
    await ada.api("POST", ada.serverApi(""), {});
    assert.equal((await ada.settled("", 30)).state, "ready");

    github.directory.rename("ada", "countess");
    const again = new Person(hub.origin, "ada");
    await viaGithub(again, "countess");
    assert.equal(await nameOf(again), "ada");
    assert.equal((await again.server(""))?.state, "ready", "the same servers");
    assert.equal((await identities("ada"))[0]?.login, "countess");

    github.directory.reregister("ada");
    github.directory.join("ada", "my-lab");
    const other = new Person(hub.origin, "ada");
    await viaGithub(other, "ada");
    const name = await nameOf(other);
    assert.notEqual(name, "ada");
    assert.match(name, /^ada-/);
    assert.equal((await other.send("GET", "/hub/api/users/ada")).status, 404, "nothing of the other's");
  });

  test("a revoked app signs the person out at the next look; a rate limit does not", async () => {
    github.directory.join("grace", "my-lab");
    const grace = new Person(hub.origin, "grace");
    await viaGithub(grace, "grace");
    github.rest.limits.set("grace", { kind: "primary", until: Date.now() + 3_600_000 });
    await eventually(
      "the limit was met",
      async () => ((await identities("grace"))[0]?.problem === null ? undefined : true),
      10,
    );
    assert.equal((await grace.api("GET", "/hublet/home")).status, 200, "what was known holds");
    github.rest.limits.delete("grace");
    github.oauth.revoke("octocat");
    await eventually(
      "the browser has to sign in again",
      async () => ((await identities("octocat"))[0]?.problem?.match(/revoked|again|no more/i) ? true : undefined),
      10,
    );
  });
});

describe("OpenID Connect", () => {
  test("groups of the provider let in, give policy, and are looked up again", async () => {
    oidc.people.set("s-1", { preferred_username: "Emmy", groups: ["physics", "students"] });
    oidc.people.set("s-2", { preferred_username: "felix", groups: ["chemistry"] });
    const emmy = new Person(hub.origin, "emmy");
    const inside = await viaOidc(emmy, "s-1");
    assert.equal(inside.status, 200, inside.text.slice(0, 2000));
    assert.deepEqual(
      (await explain("emmy")).groups.map(({ name }) => name),
      ["students"],
    );
    const refused = await viaOidc(new Person(hub.origin, "felix"), "s-2");
    assert.equal(refused.status, 403);
    assert.match(refused.text, /University|physics/);
    oidc.people.set("s-1", { preferred_username: "Emmy", groups: ["physics"] });
    await eventually(
      "the group is gone",
      async () => ((await explain("emmy")).groups.length === 0 ? true : undefined),
      10,
    );
    oidc.people.set("s-1", { preferred_username: "Emmy", groups: [] });
    await eventually(
      "the person is signed out",
      async () => ((await emmy.api("GET", "/hublet/home")).status === 403 ? true : undefined),
      10,
    );
  });
});

async function viaGithub(person: Person, login: string): Promise<Answer> {
  const begun = await person.send("GET", "/hub/oauth_login?method=github");
  assert.equal(begun.status, 302, begun.text);
  return back(person, await github.visit(begun.location ?? "", login));
}

async function viaOidc(person: Person, sub: string): Promise<Answer> {
  const begun = await person.send("GET", "/hub/oauth_login?method=oidc:campus");
  assert.equal(begun.status, 302, begun.text);
  return back(person, await oidc.visit(begun.location ?? "", sub));
}

/** The browser comes back from the provider and follows where the hub leads. */
async function back(person: Person, callback: URL): Promise<Answer> {
  assert.equal(callback.origin, hub.origin);
  const answer = await person.send("GET", callback.pathname + callback.search);
  return answer.location === undefined ? answer : person.open("/hub/home");
}

async function ask<T>(path: string): Promise<T> {
  const answer = await admin.api("GET", path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return JSON.parse(answer.text) as T;
}

const explain = (name: string) => ask<Explanation>(`/hublet/people/${name}/explanation`);
const identities = async (name: string): Promise<readonly IdentityView[]> => (await explain(name)).identities;
const nameOf = async (person: Person) => (JSON.parse((await person.api("GET", "/user")).text) as { name: string }).name;

async function personView(name: string): Promise<PersonView> {
  const { items } = await ask<{ items: PersonView[] }>(`/hublet/people?search=${name}`);
  const found = items.find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found;
}
