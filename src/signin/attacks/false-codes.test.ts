import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { forEachDatabase, type OpenDatabase } from "../../../test/support/databases.ts";
import { startGithub } from "../../../test/support/github.ts";
import { heldClock } from "../../../test/support/held-clock.ts";
import { startOidc } from "../../../test/support/oidc.ts";
import { rejection, signInHub } from "../../../test/support/sign-in.ts";

const CALLBACK = "https://hub.example.org/hub/oauth_callback";
const [MALLORY, LAB] = ["198.51.100.7", "192.0.2.1"];

/** Both providers, with people who are let in, and one whom no rule lets in. */
async function hub(t: TestContext, open: OpenDatabase) {
  const clock = heldClock(Date.now());
  const site = await startGithub({ now: clock.now, callbackUrl: CALLBACK });
  t.after(() => site.close());
  const oidc = await startOidc({ callbackUrls: [CALLBACK] });
  t.after(() => oidc.close());
  const yaml = `
signIn:
  github:
    url: ${site.url}
    apiUrl: ${site.apiUrl}
    clientId: ${site.clientId}
    clientSecret: { secret: github }
    allow: { organizations: [my-lab] }
  oidc:
    lab: { issuer: "${oidc.issuer}", clientId: hublet, clientSecret: { secret: oidc }, allow: { everyone: true } }
`;
  const secrets = { github: site.clientSecret, oidc: oidc.clientSecret };
  const { signIn } = await signInHub(t, open, { yaml, clock, secrets });
  site.directory.join("anna", "my-lab");
  site.directory.person("eve");
  const begin = (method: string) => signIn.beginRedirect(method, { callbackUrl: CALLBACK, next: "/" });
  const finish = (query: string, state: string, address: string) =>
    signIn.finishRedirect({ query, state, callbackUrl: CALLBACK, address });
  return {
    ...{ site, oidc, clock },
    as: async (login: string, address: string) => {
      const { location, state } = await begin("github");
      const back = await site.visit(location, login);
      return (await finish(back.search.slice(1), state, address)).person;
    },
    falseCode: async (method: string, address: string) => {
      const { location, state } = await begin(method);
      const query = new URLSearchParams({ code: "made-up", state: new URL(location).searchParams.get("state") ?? "" });
      if (method !== "github") query.set("iss", oidc.issuer);
      return (await rejection(finish(query.toString(), state, address))).code;
    },
    asked: () => site.oauth.exchanges.length + oidc.requests.filter((one) => one === "POST /token").length,
  };
}

forEachDatabase("attack: codes that nobody gave", (open) => {
  for (const method of ["github", "oidc:lab"]) {
    test(`from one address, by the hundred: ${method} is asked about thirty, and others come in`, async (t) => {
      const { falseCode, asked, as, clock } = await hub(t, open);
      const codes: string[] = [];
      for (let i = 0; i < 60; i += 1) codes.push(await falseCode(method, MALLORY));
      const count = (code: string) => codes.filter((one) => one === code).length;
      assert.deepEqual([count("sign-in-refused"), count("too-many-attempts")], [30, 30]);
      assert.equal(asked(), 30);
      assert.equal((await as("anna", LAB)).name, "anna");
      // The hold ends, and is longer after the next one.
      clock.pass(10_000);
      assert.equal(await falseCode(method, MALLORY), "sign-in-refused");
      assert.equal(await falseCode(method, MALLORY), "too-many-attempts");
    });
  }

  test("what the code is not to blame for is not counted: no answer, no rule, a sign-in", async (t) => {
    const { as, site, falseCode } = await hub(t, open);
    for (let i = 0; i < 15; i += 1) {
      assert.equal((await as("anna", LAB)).name, "anna");
      assert.equal((await rejection(as("eve", LAB))).code, "sign-in-refused");
      site.rest.failWith = 503;
      assert.equal((await rejection(as("anna", LAB))).code, "provider-unreachable");
      site.rest.failWith = undefined;
    }
    for (let i = 0; i < 30; i += 1) assert.equal(await falseCode("github", LAB), "sign-in-refused");
    assert.equal(await falseCode("github", LAB), "too-many-attempts");
  });
});
