import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type OidcOptions, startOidc } from "../../../test/support/oidc.ts";
import { rejection } from "../../../test/support/sign-in.ts";
import { CALLBACK, front } from "../provider/front.fixture.ts";

const ANNA = {
  preferred_username: "anna",
  email: "anna@example.org",
  email_verified: true,
  groups: ["staff", "physics", "staff"],
};

async function lab(t: TestContext, more = "", options: Partial<OidcOptions> = {}) {
  const server = await startOidc({ callbackUrls: [CALLBACK], ...options });
  t.after(() => server.close());
  server.people.set("u1", ANNA);
  const hub = front(`
signIn:
  oidc:
    lab:
      issuer: ${server.issuer}
      clientId: ${server.clientId}
      clientSecret: { secret: oidc-secret }
      allow: { everyone: true }
${more}`);
  return { server, hub, as: (sub: string) => hub.signIn("oidc:lab", (location) => server.visit(location, sub)) };
}

test("somebody is vouched for by sub, with name, verified address and groups of the ID token", async (t) => {
  const { server, as, hub } = await lab(t);
  const { credential, ...said } = await as("u1");
  const proof = {
    provider: "oidc:lab",
    issuer: `${server.issuer}/`,
    subject: "u1",
    login: "anna",
    email: "anna@example.org",
    groups: ["physics", "staff"],
  };
  assert.deepEqual(said, proof);
  assert.ok(credential !== null);
  assert.equal(server.requests.includes("GET /me"), false, "userinfo is asked only for what the ID token lacks");
  assert.ok(!/eyJ|access_token/.test(hub.log.join("\n")));
});

test("what the ID token lacks is asked of userinfo", async (t) => {
  const { server, as } = await lab(t, "", { claimsIn: "userinfo" });
  assert.deepEqual((await as("u1")).groups, ["physics", "staff"]);
  assert.ok(server.requests.includes("GET /me"));
});

test("what an issuer says of itself is asked once an hour", async (t) => {
  const { server, as, hub } = await lab(t);
  const asked = () => server.requests.filter((one) => one.endsWith("openid-configuration")).length;
  await as("u1");
  await as("u1");
  assert.equal(asked(), 1);
  hub.clock.pass(61 * 60_000);
  await hub.providers.beginRedirect("oidc:lab", { callbackUrl: CALLBACK, next: "/" });
  assert.equal(asked(), 2);
});

test("an address that nobody verified counts for nothing, as a name or otherwise", async (t) => {
  const { server, as, hub } = await lab(t);
  server.people.set("u2", { ...ANNA, email_verified: false });
  assert.equal((await as("u2")).email, null);
  hub.configure(
    `signIn: { oidc: { lab: { issuer: "${server.issuer}", clientId: hublet, clientSecret: { secret: oidc-secret }, preset: google, allow: { domains: [example.org] } } } }`,
  );
  const { message, detail } = await rejection(as("u2"));
  assert.equal(
    message,
    "Google does not say what you are called, so nobody can be signed in. Tell an admin of this hub.",
  );
  assert.match(detail ?? "", /There is no verified e-mail address in the claims of Google/);
  assert.equal((await as("u1")).login, "anna@example.org");
});

test("names and groups may be other claims, also within claims", async (t) => {
  const { server, as } = await lab(t, "      usernameClaim: nickname\n      groupsClaim: roles.hub\n");
  server.people.set("u1", { ...ANNA, nickname: "annie", roles: { hub: ["a", 7, "", "b"] } });
  const { login, groups } = await as("u1");
  assert.deepEqual([login, groups], ["annie", ["a", "b"]]);
});

test("a missing name is an admin's matter, and says which claim", async (t) => {
  const { server, as } = await lab(t);
  server.people.set("u1", { groups: ["staff"] });
  const { code, detail } = await rejection(as("u1"));
  assert.equal(code, "sign-in-refused");
  assert.match(detail ?? "", /The claim preferred_username is neither in the ID token nor at userinfo/);
});

test("groups that Microsoft leaves out, since they are too many, are no surprise in a refusal", async (t) => {
  const { server, as, hub } = await lab(t);
  server.people.set("u1", { preferred_username: "anna", _claim_names: { groups: "src1" } });
  hub.refuseWith = "Rules: …";
  assert.match((await rejection(as("u1"))).detail ?? "", /does not name groups of who is in more than about 200/);
});

test("presets ask for what each provider needs", async (t) => {
  const { server, hub } = await lab(t);
  const ask = async (text: string) => {
    hub.configure(`signIn: { oidc: { lab: { issuer: "${server.issuer}", clientId: hublet, ${text} } } }`);
    const { location } = await hub.providers.beginRedirect("oidc:lab", { callbackUrl: CALLBACK, next: "/" });
    const { searchParams } = new URL(location);
    return [hub.providers.methods()[0]?.title, searchParams.get("scope"), searchParams.get("prompt")];
  };
  assert.deepEqual(await ask("preset: microsoft"), ["Microsoft", "openid profile email offline_access", null]);
  assert.deepEqual(await ask("preset: gitlab"), ["GitLab", "openid profile email", null]);
  assert.deepEqual(await ask("preset: cilogon"), ["CILogon", "openid email org.cilogon.userinfo", null]);
  assert.deepEqual(await ask("scopes: [offline_access], title: Ours"), ["Ours", "openid offline_access", "consent"]);
});

test("mistakes of the set-up are told: no such provider, a wrong secret, another issuer, plain http", async (t) => {
  const { server, hub } = await lab(t);
  const begin = () => hub.providers.beginRedirect("oidc:lab", { callbackUrl: CALLBACK, next: "/" });
  const configure = (issuer: string) =>
    hub.configure(
      `signIn: { oidc: { lab: { issuer: "${issuer}", clientId: hublet, clientSecret: { secret: github-secret }, allow: { everyone: true } } } }`,
    );
  configure(server.issuer);
  const wrong = await rejection(hub.signIn("oidc:lab", (location) => server.visit(location, "u1")));
  assert.equal(wrong.code, "bad-config");
  assert.match(
    wrong.message,
    /takes another client secret \(invalid_client\)\. An admin has to compare signIn\.oidc\.lab/,
  );

  configure(`${server.issuer.replace("127.0.0.1", "localhost")}`);
  const other = await rejection(begin());
  assert.match(`${other.message} ${other.detail}`, /cannot be believed.*issuer does not match/);

  configure("http://sso.example.org");
  assert.match((await rejection(begin())).message, /everybody on the way could sign in as anybody/);

  configure(`${server.issuer}/nobody-here`);
  const none = await rejection(begin());
  assert.equal(none.code, "provider-unreachable");
  await server.close();
  configure(`${server.issuer}`);
  hub.clock.pass(61 * 60_000);
  const gone = await rejection(begin());
  assert.equal(gone.code, "provider-unreachable");
  assert.match(gone.message, /nothing listens there|the connection was cut/);
  assert.equal(
    (await rejection(hub.providers.beginRedirect("oidc:other", { callbackUrl: CALLBACK, next: "/" }))).code,
    "not-found",
  );
});
