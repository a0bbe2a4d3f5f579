import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type GithubOptions, startGithub } from "../../../test/support/github.ts";
import { rejection } from "../../../test/support/sign-in.ts";
import { CALLBACK, front } from "../provider/front.fixture.ts";

async function github(t: TestContext, options: GithubOptions & { readonly rules?: string } = {}) {
  const { rules = "      organizations: [my-lab]", ...others } = options;
  const site = await startGithub(others);
  t.after(() => site.close());
  const yaml = (text: string) => `
signIn:
  github:
    url: ${site.url}
${others.enterprise === true ? "" : `    apiUrl: ${site.apiUrl}\n`}    clientId: ${site.clientId}
    clientSecret: { secret: github-secret }
    allow:
${text}
`;
  const hub = front(yaml(rules));
  return { site, hub, yaml, as: (login: string) => hub.signIn("github", (location) => site.visit(location, login)) };
}

test("somebody is vouched for by number, with organisations and teams in lower case, private ones too", async (t) => {
  const { site, as, hub } = await github(t);
  site.directory.join("Anna", "My-Lab:Staff");
  site.directory.join("Anna", "public-lab", { visible: true });
  const proof = await as("Anna");
  const { credential, ...said } = proof;
  const id = String(site.directory.find("anna")?.id);
  const groups = ["my-lab", "my-lab:staff", "public-lab"];
  assert.deepEqual(said, {
    provider: "github",
    issuer: new URL(site.url).origin,
    subject: id,
    login: "Anna",
    email: null,
    groups,
  });
  assert.ok(credential !== null && !credential.includes("gho_"));
  assert.ok(!hub.log.join("\n").includes("gho_"));
});

test("GitHub is asked for memberships only when a rule names organisations", async (t) => {
  const { site, hub, yaml, as } = await github(t, { rules: "      users: [anna]" });
  site.directory.join("anna", "my-lab");
  const plain = await hub.providers.beginRedirect("github", { callbackUrl: CALLBACK, next: "/" });
  assert.equal(new URL(plain.location).searchParams.has("scope"), false);
  assert.deepEqual((await as("anna")).groups, []);
  assert.deepEqual(
    site.requests.filter((one) => one.includes("/user")),
    ["GET /api/user"],
  );

  hub.configure(`${yaml("      users: [anna]")}groups:\n  staff:\n    members: { github: ["my-lab:staff"] }\n`);
  const begun = await hub.providers.beginRedirect("github", { callbackUrl: CALLBACK, next: "/" });
  assert.equal(new URL(begun.location).searchParams.get("scope"), "read:org");
  assert.deepEqual((await as("anna")).groups, ["my-lab"]);
});

test("people in more than 100 organisations and teams are in all of them", async (t) => {
  const { site, as } = await github(t);
  for (let i = 0; i < 230; i += 1) site.directory.join("anna", `lab-${i}:team-${i}`);
  const { groups } = await as("anna");
  assert.equal(groups.length, 460);
  assert.ok(groups.includes("lab-229:team-229"));
  assert.equal(site.requests.filter((one) => one === "GET /api/user/memberships/orgs").length, 3);
});

test("whoever is in a child team is in its parent, and an invitation is no membership", async (t) => {
  const { site, as } = await github(t);
  site.directory.team("my-lab", "admins", "staff");
  site.directory.join("anna", "my-lab:admins");
  site.directory.join("anna", "other-lab", { state: "pending" });
  assert.deepEqual((await as("anna")).groups, ["my-lab", "my-lab:admins", "my-lab:staff"]);
});

test("GitHub Enterprise Server needs its url alone", async (t) => {
  const { site, as } = await github(t, { enterprise: true });
  site.directory.join("anna", "my-lab");
  assert.deepEqual((await as("anna")).groups, ["my-lab"]);
  assert.ok(site.requests.includes("GET /api/v3/user"));
});

test("a renamed login is the same number, a login that somebody else took is another", async (t) => {
  const { site, as } = await github(t);
  site.directory.join("anna", "my-lab");
  const before = await as("anna");
  site.directory.rename("anna", "anna-maria");
  const renamed = await as("anna-maria");
  site.directory.reregister("anna");
  const thief = await as("anna");
  assert.equal(renamed.subject, before.subject);
  assert.equal(renamed.login, "anna-maria");
  assert.notEqual(thief.subject, before.subject);
  assert.equal(thief.login, "anna");
});

test("the code is proven by PKCE and comes back to the very address it was asked for", async (t) => {
  const { site, as } = await github(t, { callbackUrl: CALLBACK });
  site.directory.join("anna", "my-lab");
  await as("anna");
  const [exchange] = site.oauth.exchanges;
  assert.equal(exchange?.redirect_uri, CALLBACK);
  assert.match(exchange?.code_verifier ?? "", /^[\w-]{43}$/);
});

test("a person who says no at GitHub, and an app that GitHub stopped, end in plain words", async (t) => {
  const { site, as } = await github(t);
  site.directory.person("anna");
  site.oauth.denyNext = true;
  const denied = await rejection(as("anna"));
  assert.equal(denied.code, "sign-in-refused");
  assert.match(denied.message, /^GitHub did not let you in here: you said no/);
  site.oauth.suspended = true;
  assert.match((await rejection(as("anna"))).message, /application_suspended.*tell an admin/);
});

test("mistakes of the set-up are told apart: client secret, callback address", async (t) => {
  const { site, hub, yaml, as } = await github(t, { callbackUrl: "http://127.0.0.1:9/elsewhere" });
  site.directory.person("anna");
  assert.match((await rejection(as("anna"))).message, /redirect_uri_mismatch/);
  hub.configure(
    yaml("      everyone: true").replace("    allow:", '    callbackUrl: "http://127.0.0.1:9/elsewhere"\n    allow:'),
  );
  assert.equal((await as("anna")).login, "anna");
  Object.assign(site.oauth.app, { clientSecret: "another" });
  const wrong = await rejection(as("anna"));
  assert.equal(wrong.code, "bad-config");
  assert.match(wrong.message, /takes another client secret\. An admin has to compare signIn\.github\.clientId/);
});

test("a GitHub that is down, silent or too busy is said to be so, with what to do", async (t) => {
  const { site, as, hub } = await github(t);
  site.directory.join("anna", "my-lab");
  site.rest.failWith = 502;
  const down = await rejection(as("anna"));
  assert.equal(down.code, "provider-unreachable");
  assert.match(down.message, /could not be asked: it answered with status 502\. Try again/);
  site.rest.failWith = undefined;
  site.rest.limits.set("anna", { kind: "primary", until: hub.clock.now() + 60_000 });
  const busy = await rejection(as("anna"));
  assert.equal(busy.code, "provider-unreachable");
  assert.match(busy.message, /too many questions and answers again at 20/);
});

test("a GitHub that is not there at all is said to be so", async (t) => {
  const { site, hub } = await github(t);
  site.directory.join("anna", "my-lab");
  const begun = await hub.providers.beginRedirect("github", { callbackUrl: CALLBACK, next: "/" });
  const query = (await site.visit(begun.location, "anna")).search.slice(1);
  await site.close();
  const visit = { query, state: begun.state, callbackUrl: CALLBACK, address: "192.0.2.1" };
  const gone = await rejection(hub.providers.finishRedirect(visit));
  assert.equal(gone.code, "provider-unreachable");
  assert.match(gone.message, /could not be asked: nothing listens there \(ECONNREFUSED\)\. Try again in a few minutes/);
});

test("a refusal tells admins what GitHub says of the organisations in the rules", async (t) => {
  const { site, as, hub } = await github(t, {
    rules: "      organizations: [closed, saml, invited, stranger, my-lab]",
  });
  site.directory.join("anna", "my-lab");
  site.directory.join("anna", "closed");
  site.directory.join("anna", "saml");
  site.directory.join("anna", "invited", { state: "pending" });
  site.directory.organization("stranger");
  site.directory.organization("closed").restrictsApps = true;
  site.directory.organization("saml").wantsSso = true;
  hub.refuseWith = "Rules: …";
  const { message, detail = "" } = await rejection(as("anna"));
  assert.equal(message, "No rule lets you in.");
  assert.match(detail, /^Rules: … GitHub left out the organisations with the numbers \d+: they use single sign-on/);
  assert.match(detail, /closed does not let this app see its members.*an owner of closed has to approve the app/);
  assert.match(detail, /Their invitation to invited is not accepted yet\./);
  assert.match(detail, /They are not in the organisation stranger, says GitHub\./);
  assert.ok(hub.log.some((line) => line.startsWith("sign-in refused") && line.includes("invited")));
});

test("plain http is for this computer alone", async () => {
  const hub = front(
    "signIn: { github: { url: 'http://github.example.org', clientId: x, clientSecret: { secret: github-secret } } }",
  );
  const error = await rejection(hub.providers.beginRedirect("github", { callbackUrl: CALLBACK, next: "/" }));
  assert.equal(error.code, "bad-config");
  assert.match(error.message, /everybody on the way could sign in as anybody/);
});
