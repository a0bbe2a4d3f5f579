import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { loadSnapshot } from "../../config/index.ts";
import { type ConfigFiles, readConfigFiles } from "./config-files.ts";

const USERS = '[[users]]\nname = "ada"\nrole = "user"\n';

/** Files by their path in a folder of their own; the first one is the main file. */
async function filesOf(t: TestContext, texts: Readonly<Record<string, string>>): Promise<ConfigFiles> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-files-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text.replaceAll("FOLDER", folder), { mode: 0o600 });
  }
  const file = join(folder, Object.keys(texts)[0] ?? "");
  const found = await readConfigFiles(await loadSnapshot({ file, environment: {} }), file);
  return { ...found, folder: found.folder.replace(folder, "FOLDER") };
}

test("everything that was read is listed, secrets marked", async (t) => {
  const files = await filesOf(t, {
    "lab/hublet.yaml":
      "include: conf.d\npeople: {usersFile: people/users.toml, hostAccounts: {prefix: x-}}\nsignIn: {dummy: {password: {secret: door}}}",
    "lab/conf.d/10.yaml": "name: Lab",
    "lab/people/users.toml": USERS,
    "lab/secrets/door": "knock-knock-knock",
    "lab/notes.txt": "not part of it",
  });
  assert.deepEqual([files.folder, files.main], ["FOLDER/lab", "hublet.yaml"]);
  assert.deepEqual(
    files.files.map(({ path, secret }) => [path, secret]),
    [
      ["conf.d/10.yaml", false],
      ["hublet.yaml", false],
      ["people/users.toml", false],
      ["secrets/door", true],
    ],
  );
});

test("hosts that share a file by a relative include move together with it", async (t) => {
  const files = await filesOf(t, {
    "all/hosts/a/hublet.yaml": "include: ../../common.yaml",
    "all/common.yaml": "name: Lab",
    "all/hosts/b/hublet.yaml": "name: Other",
  });
  assert.deepEqual([files.folder, files.main], ["FOLDER/all", "hosts/a/hublet.yaml"]);
  assert.deepEqual(
    files.files.map(({ path }) => path),
    ["common.yaml", "hosts/a/hublet.yaml"],
  );
});

test("what lies elsewhere is named, with what to do", async (t) => {
  const elsewhere = filesOf(t, {
    "lab/hublet.yaml": "include: FOLDER/other/more.yaml",
    "other/more.yaml": "people: {usersFile: users.toml}",
    "other/users.toml": USERS,
  });
  await assert.rejects(elsewhere, (error: Error) => {
    assert.match(error.message, /lab, but .*\/other\/more\.yaml, .*\/other\/users\.toml are outside of it\. Move them/);
    assert.ok(!error.message.includes("tls import"));
    return true;
  });
});

test("an include far above would take half the disk along", async (t) => {
  const up = relative(join(tmpdir(), "hublet-files-XXXXXX"), "/usr");
  await assert.rejects(filesOf(t, { "hublet.yaml": `include: ${up}` }), /so far away that all of \/ would be/);
});

test("a file with a private key in it is a secret, whatever it is named for", async (t) => {
  const pem =
    "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";
  const files = await filesOf(t, {
    "hublet.yaml": "include: more.yaml\nname: Lab\n",
    "more.yaml": `# ${pem.replaceAll("\n", "\n# ")}\ntitle: x\n`.replace("title: x", "{}"),
  });
  assert.deepEqual(
    files.files.map(({ path, secret }) => [path, secret]),
    [
      ["hublet.yaml", false],
      ["more.yaml", true],
    ],
  );
});
