/** Groups, explanations, identities, requests, lock-outs and the configuration, as admins see them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configurationSchema,
  effectiveConfigSchema,
  explanationSchema,
  groupsSchema,
  homeSchema,
  lockoutsSchema,
  membersSchema,
  peopleSchema,
  sessionSchema,
  signUpsSchema,
} from "../../../contract/index.ts";
import { openGithubHouse } from "../../test-support/github-house.ts";
import { openHouse, PASSWORD } from "../../test-support/house.ts";

const H = "/hub/api/hublet";
const GROUPS = {
  staff: {
    description: "Who teaches.",
    members: { names: ["alice"] },
    memory: "4G",
    profiles: ["large"],
    images: ["lab/gpu:1"],
  },
  all: { members: { everyone: true }, maximumServers: 7 },
};
const PROFILES = [
  { name: "small", title: "Small", memory: "1G" },
  { name: "large", title: "Large", memory: "64G", everyone: false },
];

test("groups are listed with what they give, and their members with why", async (t) => {
  const house = await openHouse(t, { config: { groups: GROUPS, profiles: PROFILES } });
  const admin = await house.browserOf("admin");
  const { items } = groupsSchema.parse((await admin.call("GET", `${H}/groups`)).json());
  const staff = items.find(({ name }) => name === "staff");
  assert.deepEqual([staff?.members, staff?.configured, staff?.description], [1, true, "Who teaches."]);
  assert.match(staff?.place ?? "", /hublet\.yaml:\d+:\d+$/);
  assert.ok((staff?.gives.length ?? 0) >= 3);
  await house.people.groups.addMembers("staff", ["bob"]);
  const members = membersSchema.parse((await admin.call("GET", `${H}/groups/staff/members?limit=1&offset=1`)).json());
  assert.deepEqual([members.total, members.items.map(({ name, byHand }) => [name, byHand])], [2, [["bob", true]]]);
  assert.equal((await admin.call("GET", `${H}/groups/nosuch/members`)).status, 404);
  assert.equal((await admin.call("GET", `${H}/groups/staff/members?limit=0`)).status, 400);
});

test("an explanation is for admins, for names that nobody has yet, and for oneself", async (t) => {
  const house = await openHouse(t, { config: { groups: GROUPS, profiles: PROFILES, people: { names: ["dora"] } } });
  const admin = await house.browserOf("admin");
  const alice = await house.browserOf("alice");
  const read = async (name: string) =>
    explanationSchema.parse((await admin.call("GET", `${H}/people/${encodeURIComponent(name)}/explanation`)).json());
  const about = await read("alice");
  assert.deepEqual(
    [about.exists, about.enter.allowed, about.groups.map(({ name }) => name)],
    [true, true, ["all", "staff"]],
  );
  assert.equal(about.policy.memory.value, 4 * 1024 ** 3);
  assert.ok(about.methods.some(({ method }) => method === "password"));
  const unknown = await read("Zoe");
  assert.deepEqual([unknown.name, unknown.exists, unknown.enter.allowed], ["zoe", false, false]);
  assert.equal((await admin.call("GET", `${H}/people/a%2Fb/explanation`)).status, 400);
  assert.equal((await alice.call("GET", `${H}/people/alice/explanation`)).status, 200);
  assert.equal((await alice.call("GET", `${H}/people/bob/explanation`)).status, 404);
  assert.equal((await alice.call("GET", `${H}/people/nobody/explanation`)).status, 404);
});

test("the home page offers what the person's groups give, and limits as they will be", async (t) => {
  const house = await openHouse(t, { config: { groups: GROUPS, profiles: PROFILES } });
  const home = async (name: string) =>
    homeSchema.parse((await (await house.browserOf(name)).call("GET", `${H}/home`)).json());
  const bob = await home("bob");
  assert.deepEqual([bob.profiles.map(({ name }) => name), bob.choices, bob.maximumServers], [["small"], [], 7]);
  const alice = await home("alice");
  assert.deepEqual(alice.choices, ["lab/gpu:1"]);
  // A group's word holds a profile's wish down.
  assert.deepEqual(
    alice.profiles.map(({ name, memoryBytes }) => [name, memoryBytes]),
    [
      ["small", 1024 ** 3],
      ["large", 4 * 1024 ** 3],
    ],
  );
  // With something to choose, a start asks; without, it starts.
  assert.equal((await (await house.browserOf("alice")).open("/hub/spawn")).status, 200);
});

test("the list of people shows groups, logins and suspensions, and can be held to a group", async (t) => {
  const { house, signIn } = await openGithubHouse(t, {
    groups: GROUPS,
    profiles: PROFILES,
    people: { names: ["dora"] },
  });
  await signIn(await house.browserOf(""), "octocat");
  await house.configure({ groups: GROUPS, profiles: PROFILES });
  const admin = await house.browserOf("admin");
  const list = async (query: string) => peopleSchema.parse((await admin.call("GET", `${H}/people${query}`)).json());
  const octocat = (await list("?search=octocat")).items[0];
  assert.deepEqual([octocat?.logins, octocat?.groups], [["github: octocat"], ["all"]]);
  assert.equal(typeof octocat?.suspended, "string");
  assert.deepEqual(
    (await list("?state=suspended")).items.map(({ name }) => name),
    ["dora", "octocat"],
  );
  assert.deepEqual(
    (await list("?group=staff")).items.map(({ name }) => name),
    ["alice"],
  );
  assert.deepEqual((await list("?group=nosuch")).total, 0);
});

test("a login elsewhere is forgotten on an admin's word", async (t) => {
  const { house, signIn } = await openGithubHouse(t);
  await signIn(await house.browserOf(""), "octocat");
  const admin = await house.browserOf("admin");
  assert.equal((await admin.call("DELETE", `${H}/people/octocat/identities/github`)).status, 204);
  assert.equal((await admin.call("DELETE", `${H}/people/octocat/identities/github`)).status, 404);
  const alice = await house.browserOf("alice");
  assert.equal((await alice.call("DELETE", `${H}/people/octocat/identities/github`)).status, 403);
});

test("requests for accounts and lock-outs are listed, granted, refused and forgiven", async (t) => {
  const house = await openHouse(t, { config: { signIn: { signUp: "approval" } } });
  const admin = await house.browserOf("admin");
  for (const name of ["dora", "emil"])
    await house.signIn.signUp({ name, password: PASSWORD, note: "", address: "10.0.0.9" });
  const signUps = async () => signUpsSchema.parse((await admin.call("GET", `${H}/sign-ups`)).json()).items;
  const [first, second] = await signUps();
  assert.equal((await admin.call("POST", `${H}/sign-ups/${first?.id}/approve`)).json().name, "dora");
  assert.equal((await admin.call("DELETE", `${H}/sign-ups/${second?.id}`)).status, 204);
  assert.deepEqual(await signUps(), []);
  for (const id of ["999", "x", "-1", "1e3"]) {
    assert.equal((await admin.call("POST", `${H}/sign-ups/${id}/approve`)).status, 404);
    assert.equal((await admin.call("DELETE", `${H}/sign-ups/${id}`)).status, 404);
  }
  for (let count = 0; count < 6; count += 1)
    await house.signIn.withPassword({ name: "dora", password: "wrong", address: "10.6.6.6" }).catch(() => undefined);
  const lockouts = async () => lockoutsSchema.parse((await admin.call("GET", `${H}/lockouts`)).json()).items;
  const before = await lockouts();
  assert.ok(before.length > 0);
  for (const { key } of before) assert.equal((await admin.call("DELETE", `${H}/lockouts`, { key })).status, 204);
  assert.deepEqual(await lockouts(), []);
  assert.equal((await admin.call("DELETE", `${H}/lockouts`, { key: "nosuch" })).status, 404);
});

test("the configuration's state, itself without secrets, and its mistakes", async (t) => {
  const database = "postgresql://hub:very-secret-word@127.0.0.1/hub";
  const house = await openHouse(t, { config: { banner: { text: "Hello" } } });
  const admin = await house.browserOf("admin");
  const status = async () => configurationSchema.parse((await admin.call("GET", `${H}/configuration`)).json());
  assert.equal((await status()).state, "applied");
  await house.configure({ banner: { text: "Hello" }, database });
  const restart = await status();
  assert.deepEqual(restart.needsRestart, ["database"]);
  const shown = (await admin.call("GET", `${H}/configuration/effective`)).text;
  assert.doesNotMatch(shown, /very-secret-word/);
  const { config } = effectiveConfigSchema.parse(JSON.parse(shown));
  assert.deepEqual(config.banner, { text: "Hello", level: "info" });
  await house.configure({ banner: { text: "Hello" }, baner: 1 });
  const refused = await status();
  assert.equal(refused.state, "refused");
  assert.ok(refused.problems.some(({ path, line }) => path === "baner" && line !== null));
  assert.equal(sessionSchema.parse((await admin.call("GET", `${H}/session`)).json()).hub.banner?.text, "Hello");
  const again = configurationSchema.parse((await admin.call("POST", `${H}/configuration/reload`)).json());
  assert.equal(again.state, "refused");
});

test("none of this is for plain people, nor for tokens without the scope", async (t) => {
  const house = await openHouse(t, { config: { groups: GROUPS, profiles: PROFILES } });
  const bob = await house.browserOf("bob");
  const weak = await house.tokenOf("admin", ["read:users", "list:users"]);
  for (const [method, path] of [
    ["GET", "groups"],
    ["GET", "groups/staff/members"],
    ["GET", "sign-ups"],
    ["POST", "sign-ups/1/approve"],
    ["DELETE", "sign-ups/1"],
    ["GET", "lockouts"],
    ["DELETE", "lockouts"],
    ["GET", "configuration"],
    ["GET", "configuration/effective"],
    ["POST", "configuration/reload"],
    ["POST", "people/import"],
    ["DELETE", "people/alice/second-factor"],
    ["DELETE", "people/alice/identities/github"],
  ] as const) {
    const body = method === "GET" ? undefined : { key: "x", rows: [{ name: "x" }], give: "nothing" };
    assert.equal((await bob.call(method, `${H}/${path}`, body)).status, 403, `${method} ${path}`);
    const byToken = await house.send(method, `${H}/${path}`, { headers: weak, body });
    assert.equal(byToken.status, 403, `${method} ${path} by token`);
    assert.equal((await house.send(method, `${H}/${path}`, { body })).status, 403, `${method} ${path} by nobody`);
  }
  // One of the two scopes is not enough for the configuration.
  for (const scope of ["admin-ui", "read:hub"]) {
    const headers = await house.tokenOf("admin", [scope]);
    assert.equal((await house.send("GET", `${H}/configuration`, { headers })).status, 403);
  }
});
