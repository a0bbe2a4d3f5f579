import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { GOOD, HOME, rejection, signInHub } from "../../test/support/sign-in.ts";

const yaml = "{people: {names: [listed], admins: [boss]}, signIn: {firstUse: open, secondFactor: admins}}";

const PROXY_ONLY = "signIn: {passwords: false, header: {user: X-Remote-User, from: [127.0.0.1]}}";

forEachDatabase("why somebody can sign in, or not", (open) => {
  test("by a password", async (t) => {
    const { signIn, member, people, suspend, identify, factor, configure } = await signInHub(t, open, { yaml });
    await member("alice");
    await member("careful");
    await factor("careful");
    await people.add(["new", "octocat"]);
    await identify("octocat");
    await member("gone");
    await suspend("gone", "Nobody lists this person.");
    const said = async (name: string) => {
      const { methods } = await signIn.explainMethods(name);
      assert.deepEqual([methods[0]?.method, methods[0]?.title], ["password", "Password"]);
      return [methods[0]?.usable, methods[0]?.text];
    };
    assert.deepEqual(await said("alice"), [true, "Has a password."]);
    assert.deepEqual(await said("careful"), [true, "Has a password, and a second factor that is asked for after it."]);
    assert.deepEqual(await said("listed"), [true, "Has no password yet: the first one that is typed becomes theirs."]);
    assert.deepEqual(await said("boss"), [false, "Has no password yet. Admins always need a claim link."]);
    assert.deepEqual(await said("new"), [
      false,
      "Has no password yet. The configuration does not list this name, so a claim link is needed.",
    ]);
    assert.deepEqual(await said("gone"), [false, "May not enter: Nobody lists this person."]);
    assert.deepEqual(await said("nobody"), [false, "There is no such person yet."]);
    assert.deepEqual(await said("a/b"), [false, "Nobody can have this name."]);
    await configure(PROXY_ONLY);
    assert.deepEqual(await said("alice"), [false, "Passwords are off: signIn.passwords is false."]);
  });

  test("by the name of a host account: a password or the proxy, but no account elsewhere", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "hublet-accounts-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const accounts = join(folder, "passwd");
    writeFileSync(accounts, "jupyter-alice:x:2000:2000::/home/jupyter-alice:/bin/sh\n");
    const header = "header: {user: X-Remote-User, from: [127.0.0.1]}";
    const github = "github: {clientId: id, clientSecret: {secret: github}}";
    const { signIn } = await signInHub(t, open, {
      yaml: `{people: {hostAccounts: {}}, signIn: {firstUse: open, ${github}, ${header}}}`,
      ...{ accounts, secrets: { github: "x" } },
    });
    const { methods } = await signIn.explainMethods("alice");
    assert.deepEqual(
      methods.map(({ method, usable }) => [method, usable]),
      [
        ["password", true],
        ["github", false],
        ["header", true],
      ],
    );
    assert.equal(
      methods[1]?.text,
      "Nobody has signed in with GitHub as “alice” yet. An account of this host (people.hostAccounts) stands for “alice”; it lets in nobody of GitHub, where anybody may have that name. No other rule names “alice”, so they would be refused.",
    );
    const first = await signIn.withPassword({ name: "alice", password: GOOD, address: HOME });
    assert.equal(first.kind, "in");
  });

  test("lock-outs of the name, and a siege", async (t) => {
    const { signIn, fail, clock } = await signInHub(t, open);
    await fail(5, { name: "alice", address: HOME });
    await fail(5, { name: "alice|x", address: HOME });
    const until = new Date(clock.now() + 10_000).toISOString();
    const { lockouts } = await signIn.explainMethods("Alice");
    assert.deepEqual(lockouts, [
      { key: `pair:alice|${HOME}`, until, text: `Held off from ${HOME} after 5 failed sign-ins.` },
    ]);
    for (let i = 0; i < 45; i += 1) await fail(1, { name: "alice", address: `10.0.0.${i}` });
    const besieged = (await signIn.explainMethods("alice")).lockouts.find(({ key }) => key === "user:alice");
    assert.match(besieged?.text ?? "", /^50 sign-ins failed within the hour/);
    assert.equal(besieged?.until, null);
  });

  test("with passwords off nothing that needs one works", async (t) => {
    const { signIn, member, configure } = await signInHub(t, open);
    await member("alice");
    const { code } = await signIn.issueClaim("alice");
    await configure(PROXY_ONLY);
    assert.ok(signIn.methods().every(({ kind }) => kind !== "form"));
    const typed = { name: "alice", password: GOOD, address: HOME };
    for (const refused of [
      signIn.withPassword(typed),
      signIn.claim({ code, password: GOOD, address: HOME }),
      signIn.issueClaim("alice"),
      signIn.setPassword("alice", GOOD),
      signIn.changePassword({ name: "alice", current: GOOD, next: "a new good one", address: HOME }),
      signIn.beginSecondFactor("alice", { password: GOOD, address: HOME }),
    ]) {
      assert.equal((await rejection(refused)).code, "forbidden");
    }
    assert.equal(await signIn.inspectClaim(code), undefined);
    assert.equal(await signIn.bootstrapAdmin("admin"), undefined);
  });
});
