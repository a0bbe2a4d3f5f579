import assert from "node:assert/strict";
import { test } from "node:test";
import { rejection } from "../../../test/support/sign-in.ts";
import { front } from "../provider/front.fixture.ts";

const YAML = `
signIn:
  header:
    title: Campus
    user: X-Remote-User
    groups: X-Remote-Groups
    from: [127.0.0.1, "10.1.0.0/16", "fd00::/8"]
    allow: { everyone: true }
`;
const FROM = { peer: "10.1.2.3", groups: undefined };

test("the proxy's word is taken: a name in UTF-8, one person whatever the case, groups by comma", async () => {
  const hub = front(YAML);
  await hub.providers.withHeader({ user: " Anna ", groups: "staff, physics,,staff , chem", peer: "::ffff:10.1.2.3" });
  const groups = ["chem", "physics", "staff"];
  assert.deepEqual(hub.proofs, [
    { provider: "header", issuer: "", subject: "anna", login: "Anna", email: null, groups, credential: null },
  ]);
  await hub.providers.withHeader({ user: Buffer.from("Zoë").toString("latin1"), groups: undefined, peer: "fd00::7" });
  assert.equal(hub.proofs[1]?.login, "Zoë");
});

test("attack: forged header — from any other address it is refused, whatever it says", async () => {
  const hub = front(YAML);
  for (const peer of ["192.0.2.1", "10.2.0.1", "::1", "", "127.0.0.1, 10.1.2.3", "unix:"]) {
    const error = await rejection(hub.providers.withHeader({ user: "admin", groups: "admins", peer }));
    assert.equal(error.code, "sign-in-refused");
    assert.match(error.detail ?? "", /not in signIn\.header\.from/);
  }
  assert.deepEqual(hub.proofs, []);
});

test("attack: doubled header — a visitor's own beside the proxy's is refused", async () => {
  const hub = front(YAML);
  const error = await rejection(hub.providers.withHeader({ user: "admin, anna", ...FROM }));
  assert.match(error.message, /names more than one person/);
});

test("a proxy that names nobody", async () => {
  const hub = front(YAML);
  for (const user of [undefined, "", "  "])
    assert.match(
      (await rejection(hub.providers.withHeader({ user, ...FROM }))).message,
      /Campus does not say who you are/,
    );
});

test("it is there as long as the configuration has it", async () => {
  const hub = front(YAML);
  assert.deepEqual(hub.providers.methods(), [{ id: "header", title: "Campus", kind: "header" }]);
  hub.configure("name: without");
  assert.deepEqual(hub.providers.methods(), []);
  assert.equal((await rejection(hub.providers.withHeader({ user: "anna", ...FROM }))).code, "not-found");
});
