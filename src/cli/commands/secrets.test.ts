/** `hublet secrets …` in this process, with a vault. What is secret is looked for in everything that is said and written. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadSnapshot, newIdentity } from "../../config/index.ts";
import { PASSWORD, VARIABLES, WHOLE_1_2 } from "../secrets/ansible-vault.fixture.ts";
import { type Desk, desk } from "./desk.fixture.ts";

const CONFIG = `signIn:
  github: {clientId: Iv1.abc, clientSecret: {secret: gh}, allow: {users: [ada]}}
  dummy: {password: {secret: door}}
`;

function value(at: Desk, name: string, env: Record<string, string> = {}): Promise<string> {
  const environment = { HOME: at.folder, ...env };
  return loadSnapshot({ file: at.file, environment }).then((snapshot) => snapshot.secret({ secret: name }).reveal());
}

function vaultText(at: Desk): string {
  return readFileSync(join(at.folder, "secrets.age"), "utf8");
}

async function withVault(t: TestContext, config = CONFIG): Promise<Desk> {
  const at = desk(t, config);
  const { code, err } = await at.run(["secrets", "init", "--name", "ada"]);
  assert.equal(code, 0, err);
  return at;
}

test("init without a terminal makes key and vault, chooses what is ours, and lists what is missing", async (t) => {
  const at = desk(t, CONFIG);
  const { code, out } = await at.run(["secrets", "init", "--json"]);
  assert.equal(code, 0);
  const said = JSON.parse(out) as Record<string, unknown>;
  assert.deepEqual([said.made, said.random, said.missing], [true, ["door"], ["gh"]]);
  assert.equal(statSync(join(at.folder, ".config/hublet/identity")).mode & 0o777, 0o600);
  assert.doesNotMatch(out, /AGE-SECRET-KEY/);
  const again = await at.run(["secrets", "init"]);
  assert.match(again.out, /^The vault is .*\nYour public key is age1\w+\.\nMissing: gh\./);
  await at.run(["secrets", "set", "gh", "--stdin"], { input: "from-github\n" });
  assert.equal(await value(at, "gh"), "from-github");
  assert.match(await value(at, "door"), /^[a-km-zA-HJ-NP-Z2-9]{20}$/);
});

test("init at a terminal takes over files, asks for the rest, and removes no file before it is safe", async (t) => {
  const at = desk(t, CONFIG);
  await at.run(["secrets", "set", "door", "--stdin"], { input: "in-a-file\n" });
  const answers = { "Move these secrets": "yes", "Value of gh (signIn.github.clientSecret)": "typed-in" };
  const { code, out, err } = await at.run(["secrets", "init"], { answers });
  assert.equal(code, 0, err);
  assert.match(out, /Moved into the vault: door\.\nSet: gh\./);
  assert.doesNotMatch(out + err + vaultText(at), /in-a-file|typed-in/);
  assert.deepEqual(readdirSync(join(at.folder, "secrets")), []);
  assert.deepEqual([await value(at, "door"), await value(at, "gh")], ["in-a-file", "typed-in"]);
});

test("set, show, list and remove work on the vault when there is one", async (t) => {
  const at = await withVault(t);
  const set = await at.run(["secrets", "set", "gh"], { answers: { "Value of gh": "hunter2" } });
  assert.match(set.out, /The secret gh is set in .*secrets\.age/);
  assert.ok(!existsSync(join(at.folder, "secrets/gh")));
  const list = await at.run(["secrets", "list"]);
  assert.match(list.out, /gh +set +signIn\.github\.clientSecret +\/.*secrets\.age/);
  assert.equal((await at.run(["secrets", "show", "gh"])).code, 2);
  assert.equal((await at.run(["secrets", "show", "gh", "--reveal"])).out, "hunter2\n");
  assert.equal((await at.run(["secrets", "show", "other", "--reveal"])).code, 1);
  for (const each of [set, list]) assert.doesNotMatch(each.out + each.err, /hunter2/);
  assert.equal((await at.run(["secrets", "remove", "gh"])).code, 2);
  assert.equal((await at.run(["secrets", "remove", "gh", "--yes"])).code, 0);
  assert.doesNotMatch(vaultText(at), /gh:/);
  const random = await at.run(["secrets", "set", "other", "--random"]);
  const shown = (await at.run(["secrets", "show", "other", "--reveal"])).out.trim();
  assert.equal(shown.length, 20);
  assert.ok(!random.out.includes(shown));
  assert.match((await at.run(["secrets", "list"])).out, /other +unused +- +\/.*secrets\.age/);
});

test("share, unshare and rotate: who is taken out reads nothing new, and what they knew is named", async (t) => {
  const at = await withVault(t);
  await at.run(["secrets", "set", "gh", "--stdin"], { input: "hunter2" });
  const grace = await newIdentity();
  const hers = { HUBLET_IDENTITY: join(at.folder, "grace") };
  writeFileSync(hers.HUBLET_IDENTITY, `${grace.identity.reveal()}\n`, { mode: 0o600 });
  const refused = await at.run(["secrets", "init"], { env: { ...hers, HOME: "/nowhere" } });
  assert.match(refused.err, new RegExp(`secrets share NAME ${grace.recipient}`));
  assert.equal((await at.run(["secrets", "share", "grace", grace.recipient])).code, 0);
  assert.equal(await value(at, "gh", { ...hers, HOME: "/nowhere" }), "hunter2");
  assert.match((await at.run(["secrets", "share"])).out, /^ada +age1\w+\ngrace +age1/);
  assert.equal((await at.run(["secrets", "share", "ada", grace.recipient])).code, 1, "a name that is taken");
  const own = await at.run(["secrets", "share", "x", grace.identity.reveal()]);
  assert.match(own.err, /private key, and was on a command line/);
  assert.ok(!own.err.includes(grace.identity.reveal()));
  assert.match(
    (await at.run(["secrets", "unshare", "grace"], { env: { ...hers, HOME: "/nowhere" } })).err,
    /could not any more/,
  );
  const unshared = await at.run(["secrets", "unshare", "grace"]);
  assert.match(unshared.out, /Change it where it is used: door, gh\./);
  await assert.rejects(value(at, "gh", { ...hers, HOME: "/nowhere" }), /it is for: ada/);
  const before = vaultText(at);
  assert.equal((await at.run(["secrets", "rotate"])).code, 0);
  assert.notEqual(vaultText(at), before);
  assert.equal((await at.run(["secrets", "rotate", "gh", "--stdin"], { input: "newer" })).code, 0);
  assert.equal(await value(at, "gh"), "newer");
  assert.equal((await at.run(["secrets", "rotate", "nobody", "--random"])).code, 1);
});

/** An editor that does what a script says with the file. */
function editor(at: Desk, script: string): Record<string, string> {
  const path = join(at.folder, "editor.sh");
  writeFileSync(path, `#!/bin/sh\nset -e\nstat -c '%a %n' "$1" >> ${at.folder}/seen\n${script}\n`);
  chmodSync(path, 0o700);
  return { EDITOR: path, HOME: at.folder };
}

test("edit seals what was changed, in memory only, and leaves nothing behind", async (t) => {
  const at = await withVault(t);
  await at.run(["secrets", "set", "gh", "--stdin"], { input: "hunter2" });
  const before = vaultText(at);
  const env = editor(at, `sed -i -e 's/hunter2/hunter3/' -e '$a new: "line one\\\\nline two"' "$1"`);
  const { code, out, err } = await at.run(["secrets", "edit"], { env });
  assert.equal(code, 0, err);
  assert.match(out, /^Set: gh, new\.\n/);
  assert.deepEqual(
    [await value(at, "gh"), (await at.run(["secrets", "show", "new", "--reveal"])).out],
    ["hunter3", "line one\nline two\n"],
  );
  const door = (text: string): string => text.split("\n").find((line) => line.startsWith("  door:")) ?? "none";
  assert.equal(door(vaultText(at)), door(before), "what was not changed is as it was");
  const [mode, file] = readFileSync(join(at.folder, "seen"), "utf8").trim().split(" ");
  assert.equal(mode, "600");
  assert.match(file ?? "", /^(\/dev\/shm|\/run\/user)\//);
  assert.ok(!existsSync(join(file ?? "", "..")));
  assert.match((await at.run(["secrets", "edit"], { env: editor(at, ":") })).out, /^Nothing was changed/);
  const removed = await at.run(["secrets", "edit"], { env: editor(at, `sed -i '/^new/d' "$1"`) });
  assert.match(removed.out, /^Removed: new\./);
});

test("edit opens again after a mistake, tells its line, and never the text", async (t) => {
  const at = await withVault(t);
  const twice = editor(
    at,
    `if [ -e ${at.folder}/once ]; then sed -i 's/^gh.*/gh: "good-plaintext"/' "$1"; else touch ${at.folder}/once; echo 'gh: "broken-plaintext' >> "$1"; fi`,
  );
  const { code, err, out, asked } = await at.run(["secrets", "edit"], {
    env: twice,
    answers: { "Edit again?": "yes" },
  });
  assert.equal(code, 0, err);
  assert.deepEqual(asked, ["Edit again?"]);
  assert.match(err, /^line \d+, column \d+: this cannot be understood/);
  assert.doesNotMatch(out + err, /plaintext/);
  assert.equal(await value(at, "gh"), "good-plaintext");
  const before = vaultText(at);
  for (const line of [
    "n: 12345-plaintext\nn2: 7",
    "a b: plaintext",
    "n: [plaintext]",
    "n:",
    "- plaintext",
    "n: &plaintext *plaintext",
  ]) {
    const wrong = editor(at, `cat >> "$1" <<'END'\n${line}\nEND`);
    const refused = await at.run(["secrets", "edit"], { env: wrong });
    assert.equal(refused.code, 1, line);
    assert.match(refused.err, /line \d+/, line);
    assert.doesNotMatch(refused.err, /plaintext/, line);
  }
  assert.equal((await at.run(["secrets", "edit"], { env: editor(at, "exit 1") })).code, 1);
  assert.equal(vaultText(at), before);
});

test("import takes over what deployments keep in ansible-vault, and shows names alone", async (t) => {
  const at = await withVault(t);
  writeFileSync(join(at.folder, "old.yml"), WHOLE_1_2);
  writeFileSync(join(at.folder, "password"), `${PASSWORD}\n`, { mode: 0o644 });
  const command = ["secrets", "import", "old.yml", "--password-file", "password"];
  assert.match((await at.run(command)).err, /chmod 600/);
  chmodSync(join(at.folder, "password"), 0o600);
  const dry = await at.run([...command, "--dry-run"]);
  assert.match(dry.out, /^Would take over github_client_secret as the secret gh\.\nLeft: db_password, /);
  const wrong = await at.run([...command, "--as", "gh=nothing"]);
  assert.match(wrong.err, /There are: db_password, github_org_owner/);
  const done = await at.run([...command, "--as", "pg=db_password"]);
  assert.equal(done.code, 0, done.err);
  for (const secret of Object.values(VARIABLES).slice(0, 4))
    if (secret !== "ada") assert.ok(!(dry.out + done.out + wrong.err + vaultText(at)).includes(secret));
  assert.equal(await value(at, "gh"), VARIABLES.github_client_secret);
  assert.equal((await at.run(["secrets", "show", "pg", "--reveal"])).out, `${VARIABLES.db_password}\n`);
  const asked = await at.run(["secrets", "import", "old.yml"], { answers: { "Password of ansible-vault": "wrong" } });
  assert.match(asked.err, /password is wrong/);
});

test("a key that others may read is not used, and a damaged vault is told by its line", async (t) => {
  const at = await withVault(t);
  const identity = join(at.folder, ".config/hublet/identity");
  chmodSync(identity, 0o644);
  for (const words of [["set", "gh", "--random"], ["rotate"], ["init"], ["edit"]])
    assert.match(
      (await at.run(["secrets", ...words])).err,
      /No private key can be used: .*can be read by others/,
      words[0],
    );
  chmodSync(identity, 0o600);
  const good = vaultText(at);
  writeFileSync(join(at.folder, "secrets.age"), good.replace("recipients:\n", "recipients:\n  eve: age1\n"));
  assert.match(
    (await at.run(["secrets", "set", "gh", "--random"])).err,
    /secrets\.age:5:8: recipients\.eve: is no public key/,
  );
  assert.equal((await at.run(["secrets", "list"])).code, 1);
  const check = await at.run(["config", "check"]);
  assert.match(check.err, /secrets\.age:5:8: recipients\.eve/);
});
