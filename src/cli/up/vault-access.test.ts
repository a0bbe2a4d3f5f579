import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createVault, identityFile, loadSnapshot, newIdentity, readVault, setValues } from "../../config/index.ts";
import { Secret } from "../../kernel/index.ts";
import { letHubOpenVault, type VaultAccess } from "./vault-access.ts";

/** The hub's account is the one that runs the test; who may run “up” has their key in `own`. */
async function host(
  t: TestContext,
): Promise<VaultAccess & { readonly vault: string; readonly folder: string; make(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-access-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const state = join(folder, "state");
  mkdirSync(state, { mode: 0o700 });
  const own = await newIdentity();
  writeFileSync(join(folder, "own"), identityFile(own), { mode: 0o600 });
  const vault = join(folder, "secrets.age");
  const account = { name: "hublet", uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, home: folder };
  return {
    ...{ folder, vault, state, account, config: join(folder, "hublet.yaml") },
    environment: { HUBLET_IDENTITY: join(folder, "own"), HOME: folder },
    make: async () => {
      await createVault(vault, new Map([["ada", own.recipient]]));
      await setValues(vault, new Map([["door", new Secret("hunter2")]]), [own.identity]);
    },
  };
}

test("the hub's account gets a key of its own and can open the vault, once", async (t) => {
  const at = await host(t);
  assert.equal(await letHubOpenVault(at), undefined, "there is no vault");
  await at.make();
  assert.match((await letHubOpenVault(at)) ?? "", /^hublet can open .*secrets\.age now, as “host-/);
  assert.equal(statSync(join(at.state, "secrets/vault.key")).mode & 0o777, 0o600);
  assert.deepEqual([...(readVault(at.vault)?.recipients.keys() ?? [])].length, 2);
  assert.equal(await letHubOpenVault(at), undefined);
  writeFileSync(at.config, "signIn: {dummy: {password: {secret: door}}}\n");
  const asHub = await loadSnapshot({ file: at.config, state: at.state, environment: { HOME: at.state } });
  assert.equal(asHub.secret({ secret: "door" }).reveal(), "hunter2");
});

test("a key that was lost is made anew under the same name, and one that is damaged is told", async (t) => {
  const at = await host(t);
  await at.make();
  await letHubOpenVault(at);
  const before = readVault(at.vault)?.recipients.get(`host-${hostname().toLowerCase()}`);
  rmSync(join(at.state, "secrets/vault.key"));
  assert.match((await letHubOpenVault(at)) ?? "", /can open/);
  const after = readVault(at.vault)?.recipients;
  assert.equal(after?.size, 2);
  assert.notEqual(after?.get(`host-${hostname().toLowerCase()}`), before);
  writeFileSync(join(at.state, "secrets/vault.key"), "damaged-secret\n");
  await assert.rejects(
    letHubOpenVault(at),
    (error: Error) => /damaged\. Delete it/.test(error.message) && !/-secret/.test(error.message),
  );
});

test("who cannot open the vault is told whom to ask, and nothing is changed", async (t) => {
  const at = await host(t);
  await at.make();
  const told = await letHubOpenVault({ ...at, environment: { HOME: "/nowhere" } });
  assert.match(told ?? "", /may not be able to open .*hublet secrets share host-\S+ age1\w+”$/);
  assert.equal(readVault(at.vault)?.recipients.size, 1);
});
