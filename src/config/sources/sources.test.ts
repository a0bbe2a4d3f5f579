import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { selfSigned } from "../../../test/support/certificates.ts";
import { HubError, userName } from "../../kernel/index.ts";
import { loadSnapshot, snapshotFromText } from "../index.ts";
import { hostAccountOf, nameOfHostAccount, peopleOfPasswd } from "./host-accounts.ts";
import { readUsersFile } from "./users-file.ts";

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-sources-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o640 });
  }
  return folder;
}

async function problemsOf(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  try {
    await loadSnapshot({ file: join(folder, "hublet.yaml"), environment });
    return [];
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.replaceAll(`${folder}/`, ""));
  }
}

test("accounts and people: The Littlest JupyterHub's names, both ways", () => {
  // The first three are its own examples.
  for (const [name, account] of [
    ["test", "jupyter-test"],
    ["abcdefghijklmnopq", "jupyter-abcdefghijklmnopq"],
    ["abcdefghijklmnopqr", "jupyter-abcdefghijklmnopqr-e375e"],
    ["anna-maria", "jupyter-anna-maria"],
  ] as const)
    assert.equal(hostAccountOf(userName(name), "jupyter-"), account);
  const long = userName("aelie9sohjeequ9iemeipuimuoshahz4aitugiuteeg4ohioh5yuiha6aei7te5z".slice(0, 64));
  assert.equal(hostAccountOf(long, "jupyter-"), "jupyter-aelie9sohjeequ9iem-4b726");
  assert.equal(nameOfHostAccount("jupyter-aelie9sohjeequ9iem-4b726", "jupyter-", `${long},,,`), long);
  assert.equal(nameOfHostAccount("jupyter-aelie9sohjeequ9iem-4b726", "jupyter-"), undefined);
});

test("jupyter-anna-maria is anna-maria, and my-jupyter-notes is nobody", () => {
  assert.equal(nameOfHostAccount("jupyter-anna-maria", "jupyter-"), "anna-maria");
  assert.equal(nameOfHostAccount("jupyter-maximilian-mustermann", "jupyter-"), "maximilian-mustermann");
  for (const account of ["my-jupyter-notes", "jupyter-", "jupyter", "root"])
    assert.equal(nameOfHostAccount(account, "jupyter-"), undefined, account);
  // A comment that is another person's name makes nobody that person.
  assert.equal(nameOfHostAccount("jupyter-bob", "jupyter-", "ada"), "bob");
  const passwd = "root:x:0:0::/root:/bin/sh\njupyter-bob:x:1:1::/h:/bin/sh\nbroken\njupyter-bob:x:1:1::/h:/bin/sh\n";
  assert.deepEqual(peopleOfPasswd(passwd, "jupyter-"), [{ name: "bob", line: 2 }]);
});

test("accounts are found by person, with their numbers and groups; root's number is nobody's", (t) => {
  const passwd = [
    "root:x:0:0:root:/root:/bin/bash",
    "jupyter-anna-maria:x:1007:1008:,,,:/home/jupyter-anna-maria:/bin/bash",
    "jupyter-abcdefghijklmnopqr-e375e:x:1009:1009:abcdefghijklmnopqr:/home/long:/bin/bash",
    "jupyter-maximilian-mustermann:x:1010:1010::/home/max:/bin/bash",
    "jupyter-boss:x:0:0::/root:/bin/bash",
    "jupyter-nobody:x:4294967295:1::/:/bin/false",
    "jupyter-anna-maria:x:0:0::/root:/bin/bash",
  ].join("\n");
  const group =
    "users:x:100:ada,jupyter-anna-maria\nlab:x:50:jupyter-anna-maria\njupyter-anna-maria:x:1008:jupyter-anna-maria\nbad:x:y:jupyter-anna-maria\n";
  const folder = folderWith(t, { passwd, group });
  const options = { accounts: join(folder, "passwd") };
  const { accountOf, files } = snapshotFromText("people: {hostAccounts: {}}", options);
  const anna = {
    account: "jupyter-anna-maria",
    uid: 1007,
    gid: 1008,
    home: "/home/jupyter-anna-maria",
    groups: [50, 100],
  };
  assert.deepEqual(accountOf(userName("anna-maria")), anna);
  assert.equal(accountOf(userName("abcdefghijklmnopqr"))?.uid, 1009);
  assert.equal(accountOf(userName("abcdefghijklmnopqr-e375e")), undefined, "a name that looks cut is nobody's");
  assert.equal(accountOf(userName("maximilian-mustermann"))?.uid, 1010);
  for (const name of ["boss", "nobody", "anna", "root", "maria"])
    assert.equal(accountOf(userName(name)), undefined, name);
  assert.ok(!files.includes(join(folder, "group")), "it is the host's, and is not carried along");
  assert.equal(snapshotFromText("{}", options).accountOf(userName("anna-maria")), undefined);
});

test("names and accounts lead to each other, whatever the name", () => {
  const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,60}$/);
  fc.assert(
    fc.property(names, names, (first, second) => {
      const [one, other] = [hostAccountOf(userName(first), "jupyter-"), hostAccountOf(userName(second), "jupyter-")];
      assert.ok(one.length <= 32);
      assert.equal(nameOfHostAccount(one, "jupyter-", `${first},room 1,,`), first);
      if (first !== second) assert.notEqual(one, other);
      // Without the comment, or with somebody else's, it is this person or nobody.
      assert.ok([first, undefined].includes(nameOfHostAccount(one, "jupyter-", second)));
    }),
  );
});

test("the users file of deployments is read as it is", () => {
  const text = "# Users\n[[users]]\nname = 'Ada'\nrole = 'admin'\n\n[[users]]\nname = \"grace\"\nrole = \"user\"\n";
  const { people, problems } = readUsersFile(text, "users.toml");
  assert.deepEqual(problems, []);
  assert.deepEqual(
    people.map(({ name, admin, place }) => [name, admin, place.line]),
    [
      ["ada", true, 3],
      ["grace", false, 7],
    ],
  );
});

test("every mistake of the users file has its line", async (t) => {
  const folder = folderWith(t, {
    "hublet.yaml": "people: {usersFile: users.toml}\nnmae: x\n",
    "users.toml":
      '[[users]]\nname = "ada"\nrole = "admni"\n[[users]]\nrole = "user"\nadmin = true\n[[users]]\nname = "b/c"\nrole = "user"\n[[users]]\nname = "ada"\nrole = "user"\n[other]\n',
  });
  assert.deepEqual(
    (await problemsOf(folder)).map((line) => line.split(": ").slice(0, 2).join(" ")),
    [
      "hublet.yaml:2:1 nmae",
      "users.toml:3:1 users.0.role",
      "users.toml:4:1 users.1.name",
      "users.toml:6:1 users.1.admin",
      "users.toml:8:1 users.2.name",
      "users.toml:13:2 other",
    ],
  );
  writeFileSync(join(folder, "users.toml"), '[[users]]\nname = "x\n');
  assert.match((await problemsOf(folder)).join("\n"), /users\.toml:2:\d+: /);
});

test("included files: maps merge, lists append, and what is said twice names both places", async (t) => {
  const folder = folderWith(t, {
    "hublet.yaml": "include: [conf.d, extra/one.yaml]\nname: Lab\npeople: {names: [a]}\n",
    "conf.d/20.yaml": "people: {names: [c]}\n",
    "conf.d/10.yaml": "people: {names: [b], usersFile: users.toml}\nserver: {memory: 3G}\n",
    "conf.d/.hidden.yaml": "nonsense: 1\n",
    "conf.d/notes.txt": "nonsense: 1\n",
    "conf.d/users.toml": "users = []\n",
    "extra/one.yaml": "server: {cpus: 9}\n",
  });
  const { config, files, placeOf } = await loadSnapshot({ file: join(folder, "hublet.yaml"), environment: {} });
  assert.deepEqual(config.people.names, ["a", "b", "c"]);
  assert.deepEqual([config.server.memory, config.server.cpus], [3 * 1024 ** 3, 9]);
  assert.equal(placeOf(["people", "names", 2])?.file, join(folder, "conf.d/20.yaml"));
  assert.ok(files.includes(join(folder, "conf.d/users.toml")), "relative to the file that names it");
  writeFileSync(join(folder, "extra/one.yaml"), "name: Other\ninclude: more\nnmae: x\n");
  assert.deepEqual(await problemsOf(folder), [
    "extra/one.yaml:1:7: name: this is said already at hublet.yaml:2:7; say it in one place",
    "extra/one.yaml:2:1: include: a file that is included cannot include others; name them in the main file",
    "extra/one.yaml:3:1: nmae: unknown key; did you mean “name”?",
  ]);
});

test("secrets: beside the configuration, from systemd, and not when others may read them", async (t) => {
  const folder = folderWith(t, {
    "hublet.yaml": "signIn: {dummy: {password: {secret: door}}}\n",
    "credentials/door": "from systemd\n",
  });
  const file = join(folder, "hublet.yaml");
  const environment = { CREDENTIALS_DIRECTORY: join(folder, "credentials") };
  const value = async (): Promise<string> =>
    (await loadSnapshot({ file, environment })).secret({ secret: "door" }).reveal();
  assert.match((await problemsOf(folder)).join(), /1:28: signIn\.dummy\.password: the secret door is missing/);
  assert.equal(await value(), "from systemd");
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets/door"), "beside\n", { mode: 0o600 });
  assert.equal(await value(), "beside");
  chmodSync(join(folder, "secrets/door"), 0o644);
  assert.match((await problemsOf(folder, environment)).join(), /everybody on this host may read/);
  assert.doesNotMatch((await problemsOf(folder, environment)).join(), /beside/);
});

test("a certificate that is missing, is none, or is not the key's is told; an expired one warns", async (t) => {
  const folder = folderWith(t, { "hublet.yaml": "tls: {certificate: a.crt, key: a.key}\n" });
  assert.match(
    (await problemsOf(folder)).join("\n"),
    /1:20: tls\.certificate: a\.crt does not exist\n.*1:32: tls\.key: a\.key does not exist/,
  );
  writeFileSync(join(folder, "a.crt"), "no certificate");
  writeFileSync(join(folder, "a.key"), "no key");
  assert.match((await problemsOf(folder)).join("\n"), /holds no certificate in PEM form\n.*holds no private key/);
  for (const name of ["a", "b"]) await certificate(folder, name, 30);
  assert.deepEqual(await problemsOf(folder), []);
  writeFileSync(join(folder, "hublet.yaml"), "tls: {certificate: a.crt, key: b.key}\n");
  assert.match(
    (await problemsOf(folder)).join(),
    /1:32: tls\.key: the key in b\.key is not that of the first certificate in a\.crt/,
  );
  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  appendFileSync(join(folder, "b.crt"), `\n${damaged}`);
  writeFileSync(join(folder, "hublet.yaml"), "tls: {certificate: b.crt, key: b.key}\n");
  assert.match(
    (await problemsOf(folder)).join(),
    /1:20: tls\.certificate: b\.crt cannot be used to serve HTTPS.*chain is damaged/,
  );
  await certificate(folder, "b", 1);
  writeFileSync(join(folder, "hublet.yaml"), "tls: {certificate: b.crt, key: b.key}\n");
  const { warnings } = await loadSnapshot({ file: join(folder, "hublet.yaml"), environment: {} });
  assert.ok(
    warnings.some((warning) => /expires on/.test(warning)),
    warnings.join(),
  );
});

test("a file that is not there is an error of its own", async () => {
  await assert.rejects(
    loadSnapshot({ file: "/nowhere/hublet.yaml", environment: {} }),
    (error) => error instanceof HubError && error.code === "state-unusable" && /does not exist/.test(error.message),
  );
  await assert.rejects(loadSnapshot({ file: "/dev/null", environment: {} }), /is not a file/);
});

test("a named pipe does not hold anybody up", async (t) => {
  const folder = folderWith(t, { "hublet.yaml": "people: {usersFile: pipe}\n" });
  execFileSync("mkfifo", [join(folder, "pipe")]);
  assert.match((await problemsOf(folder)).join(), /pipe is not a file/);
});

test("ten thousand people are read in a moment", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `    - person-${index}`);
  const begun = process.cpuUsage();
  const { declared } = snapshotFromText(`people:\n  names:\n${names.join("\n")}\n`);
  assert.equal(declared.size, 10_000);
  assert.ok(process.cpuUsage(begun).user < 1_000_000);
});

test("a users file that is something else altogether holds nobody up", async () => {
  const keys = Array.from({ length: 40_000 }, (_, index) => `key${index} = 1`).join("\n");
  for (const text of [keys, `[[users]]\n${keys}`]) {
    const begun = process.cpuUsage();
    const { problems } = readUsersFile(text, "users.toml");
    assert.ok(problems.length >= 40_000);
    assert.ok(process.cpuUsage(begun).user < 3_000_000);
  }
});

async function certificate(folder: string, name: string, days: number): Promise<void> {
  const pair = await selfSigned("lab", { to: Date.now() + days * 86_400_000 });
  writeFileSync(join(folder, `${name}.crt`), pair.certificate);
  writeFileSync(join(folder, `${name}.key`), pair.key, { mode: 0o600 });
}
