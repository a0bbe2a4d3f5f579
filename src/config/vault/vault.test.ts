import assert from "node:assert/strict";
import { chmodSync, existsSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { armor, Decrypter } from "age-encryption";
import fc from "fast-check";
import { Secret } from "../../kernel/index.ts";
import { newIdentity } from "./age.ts";
import { addRecipient, createVault, removeRecipient, rotateVault, setValues } from "./change.ts";
import { openVault, readVault, vaultRecipients } from "./open.ts";
import { linesOnlyIn, vaultLab } from "./vault.fixture.ts";

async function revealed(file: string, ...identities: readonly Secret[]): Promise<Record<string, string>> {
  const { values } = await openVault(file, identities);
  return Object.fromEntries([...values].map(([name, value]) => [name, value.reveal()]));
}

test("whatever the names and values, the vault gives back what was put in", async (t) => {
  const { vault, ada } = await vaultLab(t);
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
  const value = fc
    .string({ unit: "binary", minLength: 1, maxLength: 3000 })
    .filter((text) => !text.includes("\0") && text.isWellFormed());
  const awkward = fc.constantFrom(
    "true",
    "null",
    "1.5",
    "0x1f",
    "on",
    "1e3",
    "2001-01-01",
    "007",
    "-----BEGIN",
    "a: b\n# c\n",
  );
  let before: Record<string, string> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        fc.oneof(
          name,
          awkward.filter((text) => /^\w/.test(text) && !/[: ]/.test(text)),
        ),
        fc.oneof(value, awkward),
      ),
      async (wanted) => {
        const gone = Object.keys(before)
          .filter((each) => !Object.hasOwn(wanted, each))
          .map((each) => [each, undefined] as const);
        const set = Object.entries(wanted).map(([each, text]) => [each, new Secret(text)] as const);
        await setValues(vault, new Map<string, Secret | undefined>([...gone, ...set]), [ada.identity]);
        assert.deepEqual(await revealed(vault, ada.identity), { ...wanted });
        before = wanted;
      },
    ),
    { numRuns: 60 },
  );
});

test("the file shows names and people, never values, and a change only where something changed", async (t) => {
  const lab = await vaultLab(t, { door: "hunter2", github: "gh-secret", cert: "x".repeat(4000) });
  const first = lab.text();
  assert.doesNotMatch(first, /hunter2|gh-secret|xxxx/);
  assert.match(first, /^# .*may live in git.*\n# .*\nversion: 1\nrecipients:\n {2}ada: age1/);
  await lab.set({ door: "hunter3", github: "gh-secret" });
  const removed = linesOnlyIn(first, lab.text());
  const added = linesOnlyIn(lab.text(), first);
  assert.deepEqual([removed.length, added.length], [1, 1], added.join());
  assert.match(added.join(), /^ {2}door: s1\./);
  const second = lab.text();
  await lab.set({ door: "hunter3" });
  assert.equal(lab.text(), second, "what is the same leaves the file alone");
  await lab.set({ another: "value" });
  assert.equal(linesOnlyIn(second, lab.text()).length, 1, "the authenticator of the names");
  assert.ok(lab.text().indexOf("  another:") < lab.text().indexOf("  cert:"), "sorted by name");
});

test("who is added can open it, who is removed cannot, also not by an older key", async (t) => {
  const { vault, ada, text, write } = await vaultLab(t, { door: "hunter2" });
  const [grace, mallory] = await Promise.all([newIdentity(), newIdentity()]);
  await assert.rejects(openVault(vault, [grace.identity]), /no private key here opens it \(it is for: ada\)/);
  assert.equal(await addRecipient(vault, "grace h", grace.recipient, [ada.identity]), true);
  assert.equal(await addRecipient(vault, "grace h", grace.recipient, [grace.identity]), false);
  assert.deepEqual(await revealed(vault, mallory.identity, grace.identity), { door: "hunter2" });
  const shared = text();
  await removeRecipient(vault, "grace h", [ada.identity]);
  await assert.rejects(openVault(vault, [grace.identity]), { code: "vault-unusable" });
  assert.deepEqual([...(await vaultRecipients(vault, [ada.identity])).keys()], ["ada"]);
  // The old wrapped key, put back beside the new values, opens none of them.
  const oldKey = /key: \|\n( {2}.*\n)+/.exec(shared)?.[0] ?? "";
  write(text().replace(/key: \|\n( {2}.*\n)+/, oldKey));
  await assert.rejects(openVault(vault, [grace.identity]), /values\.door: this value was not sealed/);
  write(shared);
  await assert.rejects(removeRecipient(vault, "nobody", [ada.identity]), { code: "not-found" });
  await removeRecipient(vault, "grace h", [ada.identity]);
  await assert.rejects(removeRecipient(vault, "ada", [ada.identity]), { code: "conflict" });
});

test("a new key seals everything anew, and its wrapped form is plain age", async (t) => {
  const { vault, ada, text } = await vaultLab(t, { door: "hunter2" });
  const before = readVault(vault);
  await rotateVault(vault, [ada.identity]);
  const after = readVault(vault);
  assert.notEqual(before?.values.get("door"), after?.values.get("door"));
  assert.deepEqual(await revealed(vault, ada.identity), { door: "hunter2" });
  const decrypter = new Decrypter();
  decrypter.addIdentity(ada.identity.reveal());
  const key = await decrypter.decrypt(armor.decode(after?.key ?? ""), "text");
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.doesNotMatch(
    text() + inspect(await openVault(vault, [ada.identity]), { depth: 5 }),
    new RegExp(`${key}|hunter2`),
  );
});

test("owner and mode stay, a link stays a link, and a second vault is not made over the first", async (t) => {
  const { folder, vault, ada } = await vaultLab(t, { door: "hunter2" });
  assert.equal(statSync(vault).mode & 0o777, 0o644);
  chmodSync(vault, 0o640);
  const link = join(folder, "link.age");
  symlinkSync(vault, link);
  await setValues(link, new Map([["door", new Secret("hunter3")]]), [ada.identity]);
  assert.equal(statSync(vault).mode & 0o777, 0o640);
  assert.deepEqual(await revealed(vault, ada.identity), { door: "hunter3" });
  assert.ok(!existsSync(`${vault}.new`));
  await assert.rejects(createVault(vault, new Map([["ada", ada.recipient]])), { code: "conflict" });
});

test("values that are none, names that are none and keys that are none change nothing", async (t) => {
  const { vault, ada, text, set } = await vaultLab(t, { door: "hunter2" });
  const before = text();
  for (const value of ["", "a\0b", "x".repeat(64 * 1024 + 1)])
    await assert.rejects(set({ door: value }), { code: "bad-request" });
  const grace = await newIdentity();
  for (const name of ["", " grace", "a\nb", "x".repeat(65), "a: b"])
    await assert.rejects(addRecipient(vault, name, grace.recipient, [ada.identity]), { code: "name-invalid" }, name);
  for (const key of ["age1", "", `${grace.recipient}x`, "ssh-ed25519 AAAA", grace.identity.reveal()])
    await assert.rejects(
      addRecipient(vault, "grace", key, [ada.identity]),
      (error: Error) => !error.message.includes("SECRET"),
    );
  assert.equal(text(), before);
});
