import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { newIdentity } from "./age.ts";
import { findIdentities, identityFile, personIdentity, writeIdentity } from "./identities.ts";
import { vaultLab } from "./vault.fixture.ts";

test("keys are looked for where they are named, in the hub's folders and the person's own, in this order", async (t) => {
  const { folder } = await vaultLab(t);
  const places = {
    named: join(folder, "named"),
    mounted: join(folder, "run/vault.key"),
    hub: join(folder, "state/secrets/vault.key"),
    own: join(folder, "xdg/hublet/identity"),
  };
  const made = await Promise.all(Object.values(places).map(() => newIdentity()));
  for (const [index, path] of Object.values(places).entries()) {
    const key = made[index];
    assert.ok(key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, identityFile(key), { mode: 0o600 });
  }
  const environment = {
    HUBLET_IDENTITY: places.named,
    HUBLET_SECRETS: join(folder, "run"),
    XDG_CONFIG_HOME: join(folder, "xdg"),
  };
  const all = findIdentities({ environment, state: join(folder, "state") });
  assert.deepEqual(
    all.keys.map((key) => key.reveal()),
    made.map(({ identity }) => identity.reveal()),
  );
  assert.equal(personIdentity({ HOME: "/home/ada" }), "/home/ada/.config/hublet/identity");
  assert.deepEqual(findIdentities({ environment: { HOME: "/nowhere" } }), {
    keys: [],
    problems: [],
    looked: ["/nowhere/.config/hublet/identity"],
  });
  const missing = findIdentities({ environment: { HUBLET_IDENTITY: join(folder, "none") } });
  assert.match(missing.problems.join(), /none does not exist/);
});

test("a key that others may read is refused, but where the container's runtime put it", async (t) => {
  const { folder, ada } = await vaultLab(t);
  const path = join(folder, "vault.key");
  writeFileSync(path, identityFile(ada));
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    const { keys, problems } = findIdentities({ environment: { HUBLET_IDENTITY: path } });
    assert.deepEqual(keys, []);
    assert.match(problems.join(), /can be read by others and is not used \(chmod 600/);
    assert.equal(findIdentities({ environment: { HUBLET_SECRETS: folder } }).keys.length, 1);
  }
  chmodSync(path, 0o400);
  assert.equal(findIdentities({ environment: { HUBLET_IDENTITY: path } }).keys.length, 1);
});

test("a new key is a file of age-keygen's form, mode 0600, and never written over another", async (t) => {
  const { folder, ada } = await vaultLab(t);
  const path = join(folder, "config/hublet/identity");
  writeIdentity(path, ada);
  assert.match(readFileSync(path, "utf8"), /^# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
  assert.deepEqual([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777], [0o600, 0o700]);
  const other = await newIdentity();
  assert.throws(() => writeIdentity(path, other), { code: "state-unusable" });
  assert.equal(findIdentities({ environment: { HUBLET_IDENTITY: path } }).keys[0]?.reveal(), ada.identity.reveal());
  writeFileSync(path, "nothing\n");
  assert.match(findIdentities({ environment: { HUBLET_IDENTITY: path } }).problems.join(), /holds no private key/);
});
