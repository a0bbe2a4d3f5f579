import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { DEFAULT_SERVER, gatePassAdmits, readGatePass, Secret, signGatePass } from "../kernel/index.ts";
import { changeUser } from "../store/index.ts";
import { GATE_KEY, KEY, type Kit, kitFor } from "./access.fixture.ts";
import type { Person } from "./index.ts";

/** The value of a `Set-Cookie` of the gate. */
function passIn(cookie: string | undefined): string {
  return /^hublet-gate=([^;]*);/.exec(cookie ?? "")?.[1] ?? "";
}

async function passFor(kit: Kit, visitor: Person, host: Person, server = DEFAULT_SERVER): Promise<string> {
  const { identity } = await kit.signIn(visitor);
  return passIn(kit.access.gate.issue({ identity, user: host.name, server, epoch: "e1", secure: false }));
}

function expecting(host: Person, changes: { epoch?: string; server?: typeof DEFAULT_SERVER } = {}) {
  return { user: host.name, server: DEFAULT_SERVER, epoch: "e1", secure: false, ...changes };
}

forEachDatabase("the gate", (open) => {
  test("a pass opens the server it is for, for a quarter of an hour", async (t) => {
    const kit = await kitFor(t, open, { baseUrl: "/jh/" });
    const { identity, sessionId } = await kit.signIn(kit.alice);
    const cookie = kit.access.gate.issue({
      identity,
      user: kit.alice.name,
      server: DEFAULT_SERVER,
      epoch: "e1",
      secure: true,
    });
    assert.match(cookie, /^hublet-gate=[\w.-]+; Path=\/jh\/user\/alice\/; HttpOnly; Secure; SameSite=Lax$/);
    const pass = readGatePass(GATE_KEY, passIn(cookie));
    const now = kit.clock.now() / 1000;
    assert.deepEqual(pass, { s: "alice/", e: "e1", u: "alice", i: sessionId, x: now + 900, l: 900 });
    assert.ok(pass !== undefined && gatePassAdmits(pass, { server: "alice/", epoch: "e1" }, now + 899));
  });

  test("a pass is renewed while its session lives, also when it expired over night", async (t) => {
    const kit = await kitFor(t, open);
    const pass = await passFor(kit, kit.alice, kit.alice);
    kit.clock.pass(600_000);
    const renewed = readGatePass(GATE_KEY, passIn(await kit.access.gate.renew(pass, expecting(kit.alice))));
    assert.equal(renewed?.x, kit.clock.now() / 1000 + 900);
    kit.clock.pass(12 * 3600 * 1000);
    assert.notEqual(await kit.access.gate.renew(pass, expecting(kit.alice)), undefined);
    kit.clock.pass(13 * 3600 * 1000);
    assert.equal(await kit.access.gate.renew(pass, expecting(kit.alice)), undefined);
  });

  test("nothing is renewed after signing out", async (t) => {
    const kit = await kitFor(t, open);
    const { identity, sessionHash } = await kit.signIn(kit.alice);
    const pass = passIn(kit.access.gate.issue({ identity, ...expecting(kit.alice) }));
    await kit.access.sessions.end(sessionHash);
    assert.equal(await kit.access.gate.renew(pass, expecting(kit.alice)), undefined);
  });

  test("nothing is renewed once access is gone", async (t) => {
    const kit = await kitFor(t, open);
    const pass = await passFor(kit, kit.admin, kit.alice);
    assert.notEqual(await kit.access.gate.renew(pass, expecting(kit.alice)), undefined);
    await changeUser(kit.store.db, kit.admin.id, { admin: 0 });
    assert.equal(await kit.access.gate.renew(pass, expecting(kit.alice)), undefined);
  });

  test("nothing is renewed for another start of the server", async (t) => {
    const kit = await kitFor(t, open);
    const pass = await passFor(kit, kit.alice, kit.alice);
    assert.equal(await kit.access.gate.renew(pass, expecting(kit.alice, { epoch: "e2" })), undefined);
  });

  describe("attacks", () => {
    test("attack: nobody gets a pass to somebody else's server, and a token gets none at all", async (t) => {
      const kit = await kitFor(t, open);
      await assert.rejects(passFor(kit, kit.alice, kit.bob), { code: "forbidden" });
      const { secret } = await kit.access.tokens.create({ owner: kit.alice, note: "" });
      const identity = await kit.access.tokens.resolve(secret.reveal());
      assert.ok(identity);
      assert.throws(() => kit.access.gate.issue({ identity, ...expecting(kit.alice) }), { code: "forbidden" });
    });

    test("attack: a stolen gate cookie for another server is not renewed", async (t) => {
      const kit = await kitFor(t, open);
      const pass = await passFor(kit, kit.alice, kit.alice);
      assert.equal(await kit.access.gate.renew(pass, expecting(kit.bob)), undefined);
      const other = "other" as typeof DEFAULT_SERVER;
      assert.equal(await kit.access.gate.renew(pass, expecting(kit.alice, { server: other })), undefined);
    });

    test("attack: a forged gate cookie, or one with another person's name or session, is not renewed", async (t) => {
      const kit = await kitFor(t, open);
      const pass = await passFor(kit, kit.admin, kit.alice);
      const content = readGatePass(GATE_KEY, pass);
      assert.ok(content);
      const theirs = await kit.signIn(kit.bob);
      for (const forged of [
        "",
        "x",
        `${pass}x`,
        pass.slice(1),
        signGatePass(KEY, content),
        signGatePass(new Secret(""), content),
        // Even with the key: a session of one person under the name of another.
        signGatePass(GATE_KEY, { ...content, i: theirs.sessionId }),
        signGatePass(GATE_KEY, { ...content, u: "bob", i: theirs.sessionId }),
        signGatePass(GATE_KEY, { ...content, i: "" }),
      ]) {
        assert.equal(await kit.access.gate.renew(forged, expecting(kit.alice)), undefined);
      }
    });
  });
});
