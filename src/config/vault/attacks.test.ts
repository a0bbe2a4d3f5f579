/** What somebody who can write the file, but cannot open it, may try. Nothing of what was sealed is ever told. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { HubError, Secret } from "../../kernel/index.ts";
import { loadSnapshot } from "../load.ts";
import { newIdentity, wrap } from "./age.ts";
import { addRecipient, createVault, rotateVault, setValues } from "./change.ts";
import { openVault } from "./open.ts";
import { type Lab, vaultLab } from "./vault.fixture.ts";

const VALUES = { door: "hunter2-plaintext", github: "github-plaintext" };

async function refusal(lab: Lab): Promise<string> {
  try {
    await openVault(lab.vault, [lab.ada.identity]);
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, "vault-unusable");
    const told = JSON.stringify([error.message, error.facts, error.detail, String(error.cause ?? "")]);
    assert.doesNotMatch(told, /plaintext|AGE-SECRET/);
    return error.message.replaceAll(`${lab.folder}/`, "");
  }
  return "";
}

function lineOf(text: string, beginning: string): string {
  return text.split("\n").find((line) => line.startsWith(beginning)) ?? "";
}

test("two values swapped", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const [door, github] = [lineOf(lab.text(), "  door: ").slice(8), lineOf(lab.text(), "  github: ").slice(10)];
  lab.write(lab.text().replace(door, "@").replace(github, door).replace("@", github));
  const why = await refusal(lab);
  assert.match(why, /secrets\.age:\d+:9: values\.door: this value was not sealed for this name/);
  assert.match(why, /values\.github: /);
});

test("a recipient added without a key: they are not let in at the next change", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const mallory = await newIdentity();
  lab.write(lab.text().replace("recipients:\n", `recipients:\n  mallory: ${mallory.recipient}\n`));
  const before = lab.text();
  assert.match(await refusal(lab), /secrets\.age:4:1: recipients: somebody who cannot open the vault added/);
  await assert.rejects(lab.set({ door: "new" }), { code: "vault-unusable" });
  await assert.rejects(rotateVault(lab.vault, [lab.ada.identity]), { code: "vault-unusable" });
  assert.equal(lab.text(), before);
});

test("a recipient's key exchanged, and a recipient renamed or removed", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const [grace, mallory] = await Promise.all([newIdentity(), newIdentity()]);
  await addRecipient(lab.vault, "grace", grace.recipient, [lab.ada.identity]);
  const good = lab.text();
  for (const bad of [
    good.replace(`grace: ${grace.recipient}`, `grace: ${mallory.recipient}`),
    good.replace("grace: ", "mallory: "),
    good.replace(`  grace: ${grace.recipient}\n`, ""),
  ]) {
    lab.write(bad);
    assert.match(await refusal(lab), /recipients: somebody who cannot open/);
  }
});

test("a value removed, doubled under another name, or taken from another vault", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const good = lab.text();
  const door = `${lineOf(good, "  door: ")}\n`;
  lab.write(good.replace(door, ""));
  assert.match(await refusal(lab), /values: somebody who cannot open the vault added or removed a value/);
  lab.write(good.replace(door, door + door.replace("door", "room")));
  assert.match(await refusal(lab), /values\.room: this value was not sealed for this name/);
  const other = await vaultLab(t, { door: "other-plaintext" });
  lab.write(good.replace(door, `${lineOf(other.text(), "  door: ")}\n`));
  assert.match(await refusal(lab), /values\.door: this value was not sealed/);
});

test("a key of somebody else's, wrapped for us: whoever makes it has none of the values", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const theirs = await wrap(new Secret("0".repeat(64)), [lab.ada.recipient]);
  const good = lab.text();
  const put = (key: string): void => {
    const lines = key
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}\n`);
    lab.write(good.replace(/key: \|\n( {2}.*\n)+/, `key: |\n${lines.join("")}`));
  };
  put(theirs);
  assert.match(await refusal(lab), /recipients: .*\n.*values: .*\n.*values\.door/);
  put(await wrap(new Secret("no key-plaintext"), [lab.ada.recipient]));
  assert.match(await refusal(lab), /key: is damaged/);
  const mallory = await newIdentity();
  put(await wrap(new Secret("0".repeat(64)), [mallory.recipient]));
  assert.match(await refusal(lab), /no private key here opens it/);
});

test("wherever the file is cut off or one character is another, it is refused and nothing is told", async (t) => {
  const lab = await vaultLab(t, { ...VALUES, long: `long-plaintext${"x".repeat(500)}` });
  const good = lab.text();
  const from = good.indexOf("version");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: from, max: good.length - 2 }), fc.boolean(), async (at, cut) => {
      const changed = cut ? good.slice(0, at) : good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1);
      lab.write(changed);
      assert.match(await refusal(lab), /secrets\.age(:\d+:\d+)?: /, changed.slice(at - 20, at + 20));
    }),
    { numRuns: 150 },
  );
});

test("a value in the clear, and a form of a later time, are told by their line alone", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const good = lab.text();
  lab.write(good.replace(/ {2}door: .*/, "  door: my-plaintext"));
  assert.match(await refusal(lab), /secrets\.age:\d+:9: values\.door: is no sealed value/);
  lab.write(good.replace(/ {2}door: .*/, "  door: [my-plaintext"));
  assert.match(await refusal(lab), /secrets\.age:\d+:\d+: this cannot be understood/);
  lab.write(good.replace("values:", "more: my-plaintext\nvalues:"));
  assert.match(await refusal(lab), /there is a key that is not known/);
  lab.write(good.replace("version: 1", "version: 2"));
  assert.match(await refusal(lab), /secrets\.age:3:10: version: it has the form 2, which a newer Hublet wrote/);
  lab.write("");
  assert.match(await refusal(lab), /secrets\.age:1:1: the file is empty/);
  lab.write(`${good}# ${"x".repeat(1024 * 1024)}\n`);
  assert.match(await refusal(lab), /larger than 1024 KiB/);
});

test("an older vault of the same key put back whole opens: that is what git is for", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const old = lab.text();
  await setValues(lab.vault, new Map([["door", new Secret("newer")]]), [lab.ada.identity]);
  lab.write(old);
  assert.equal(await refusal(lab), "");
});

test("the configuration tells of a damaged vault by file and line, and of one for others by how to get in", async (t) => {
  const lab = await vaultLab(t, VALUES);
  const grace = await newIdentity();
  writeFileSync(lab.config, "signIn: {dummy: {password: {secret: door}}}\n");
  const load = (environment = lab.environment) => loadSnapshot({ file: lab.config, environment });
  assert.equal((await load()).secret({ secret: "door" }).reveal(), VALUES.door);
  const good = lab.text();
  lab.write(good.replace(/( {2}door: s1\.).{9}/, "$1AAAAAAAAA"));
  const told = (error: Error): boolean =>
    error instanceof HubError && error.code === "bad-config" && !/plaintext/.test(error.message);
  await assert.rejects(
    load(),
    (error: Error) => told(error) && /secrets\.age:\d+:\d+: values\.door: this value/.test(error.message),
  );
  lab.write(good);
  const other = join(lab.folder, "other");
  writeFileSync(other, `${grace.identity.reveal()}\n`, { mode: 0o600 });
  await assert.rejects(
    load({ ...lab.environment, HUBLET_IDENTITY: other }),
    (error: Error) =>
      told(error) &&
      /yaml:1:28: signIn\.dummy\.password: .*it is in the vault, and .*it is for: ada.*hublet secrets share/.test(
        error.message,
      ),
  );
  // Of no use to this configuration, it is no mistake of it.
  writeFileSync(lab.config, "name: Lab\n");
  assert.equal((await load({ HOME: lab.folder })).config.name, "Lab");
});

test("a vault needs somebody who can open it, by a name and a public key that are such", async (t) => {
  const { folder, ada } = await vaultLab(t);
  await assert.rejects(createVault(join(folder, "new"), new Map()), { code: "vault-unusable" });
  await assert.rejects(createVault(join(folder, "new"), new Map([["a\n  b", ada.recipient]])), {
    code: "name-invalid",
  });
});
