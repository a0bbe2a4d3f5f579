/** `hublet init`, `config` and `secrets` in this process, with the answers of a person at a terminal. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadSnapshot } from "../../config/index.ts";
import { desk } from "./desk.fixture.ts";

test("init asks for a first-use lab and writes a configuration that is right", async (t) => {
  const { file, run } = desk(t);
  const answers = {
    "What is your lab": "Physics: \u201cnoisy\u201d",
    "Who should reach": "network",
    "How do people": "first-use",
    "Names of admins": "Ada",
    "Names of people": "grace, linus",
    "Are accounts": "yes",
  };
  const { code, out } = await run(["init"], { answers });
  assert.equal(code, 0);
  assert.match(out, /^Wrote .*hublet\.yaml\.\nNext: hublet up --config /);
  const { config, declared } = await loadSnapshot({ file, environment: {} });
  assert.deepEqual([config.name, config.listen], ["Physics: \u201cnoisy\u201d", "0.0.0.0:8000"]);
  assert.deepEqual([config.signIn.firstUse, config.people.hostAccounts], ["open", { prefix: "jupyter-" }]);
  assert.deepEqual([declared.get("ada" as never)?.admin, declared.has("linus" as never)], [true, true]);

  const again = await run(["init"], { answers });
  assert.equal(again.code, 1);
  assert.match(again.err, /There is a configuration already/);
});

test("init for GitHub never shows the client secret, and keeps it apart from the configuration", async (t) => {
  const { folder, file, run } = desk(t);
  const answers = {
    "What is your lab": "Lab",
    "Who should reach": "here",
    "How do people": "github",
    "GitHub logins": "ada",
    "GitHub organisations": "my-lab, other:team",
    "Callback address": "https://hub.example.org/hub/oauth_callback",
    "Client id": "Iv1.abc",
    "Client secret": "hunter2",
  };
  const { code, out, err } = await run(["init"], { answers });
  assert.equal(code, 0, err);
  assert.match(out, /callback address must be https:\/\/hub\.example\.org\/hub\/oauth_callback/);
  assert.ok(!(out + err + readFileSync(file, "utf8")).includes("hunter2"));
  const secret = join(folder, "secrets/github-client-secret");
  assert.equal(statSync(secret).mode & 0o007, 0);
  const snapshot = await loadSnapshot({ file, environment: {} });
  assert.deepEqual(snapshot.config.signIn.github?.allow.organizations, ["my-lab", "other:team"]);
  assert.equal(snapshot.secret({ secret: "github-client-secret" }).reveal(), "hunter2");
});

test("init works without a terminal by options, and takes GitHub's app from the environment", async (t) => {
  const { file, run } = desk(t);
  const refused = await run(["init", "--sign-in", "github", "--organization", "org"]);
  assert.deepEqual([refused.code, existsSync(file)], [2, false]);
  const env = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "s", OAUTH_CALLBACK_URL: "https://h.example/cb" };
  const { code, err } = await run(["init", "--sign-in", "github", "--organization", "org", "--admins", "ada"], { env });
  assert.equal(code, 0, err);
  assert.equal((await loadSnapshot({ file, environment: env })).config.signIn.github?.clientId, "id");
});

test("init --yes asks nobody, at a terminal either", async (t) => {
  const { file, run } = desk(t);
  // Whoever were asked would give up, and nothing be written.
  const { code, err } = await run(["init", "--yes", "--name", "Lab"], { answers: { "What is your lab": undefined } });
  assert.equal(code, 0, err);
  const { config } = await loadSnapshot({ file, environment: {} });
  assert.deepEqual([config.name, config.listen], ["Lab", "127.0.0.1:8000"]);
});

test("init writes nothing when the person gives up, or an answer cannot be right", async (t) => {
  const { file, run } = desk(t);
  const gaveUp = await run(["init"], { answers: { "What is your lab": undefined } });
  assert.deepEqual([gaveUp.code, gaveUp.out], [0, "Nothing was written.\n"]);
  const wrong = await run(["init", "--people", "a/b"]);
  assert.match(wrong.err, /“a\/b” cannot be a user name/);
  assert.equal((await run(["init", "--reach", "moon"])).code, 2);
  assert.ok(!existsSync(file));
});

test("config check says what is right, and every mistake with exit code 1", async (t) => {
  const right = desk(t, "name: Lab\nsignIn: {dummy: {}}\n");
  const ok = await right.run(["config", "check"]);
  assert.equal(ok.code, 0);
  assert.match(ok.out, /has no mistakes\.\nMind: Anybody can sign in/);
  const wrong = desk(t, "nmae: Lab\nlisten: nowhere\n");
  const refused = await wrong.run(["config", "check", "--json"]);
  assert.equal(refused.code, 1);
  const { error } = JSON.parse(refused.out) as { error: { code: string; problems: { line: number }[] } };
  assert.deepEqual([error.code, error.problems.map(({ line }) => line)], ["bad-config", [1, 2]]);
});

test("config show and schema print what can be used again", async (t) => {
  const { run } = desk(t, "server: {memory: 3G}\n");
  assert.equal((await run(["config", "show"])).out, "server:\n  memory: 3G\n");
  assert.match((await run(["config", "show", "--defaults"])).out, /\n {2}cpus: 2\n/);
  const schema = JSON.parse((await run(["config", "schema"])).out) as { title: string };
  assert.match(schema.title, /hublet\.yaml/);
});

test("config diff compares nothing when no hub runs, and says so", async (t) => {
  const { run } = desk(t, "name: Lab\n");
  const { code, out } = await run(["config", "diff"]);
  assert.equal(code, 1);
  assert.match(out, /it is not running.*\nNothing was compared\./);
});

test("secrets are set without echo, listed without values, and not removed by accident", async (t) => {
  const { folder, run } = desk(t, "signIn: {dummy: {password: {secret: door}}}\n");
  assert.match((await run(["secrets", "list"])).out, /door +missing +signIn\.dummy\.password/);
  const set = await run(["secrets", "set", "door"], { answers: { "Value of door": "hunter2" } });
  assert.deepEqual([set.code, (set.out + set.err).includes("hunter2")], [0, false]);
  assert.equal(readFileSync(join(folder, "secrets/door"), "utf8"), "hunter2\n");
  const piped = await run(["secrets", "set", "door", "--stdin"], { input: "from a pipe\n" });
  assert.equal(piped.code, 0);
  assert.equal(readFileSync(join(folder, "secrets/door"), "utf8"), "from a pipe\n");
  const { out } = await run(["secrets", "list"]);
  assert.match(out, /door +set +signIn\.dummy\.password/);
  assert.ok(!out.includes("pipe"));
  assert.equal((await run(["secrets", "remove", "door"])).code, 2);
  assert.equal((await run(["secrets", "remove", "door", "--yes"])).code, 0);
  assert.equal((await run(["secrets", "remove", "door", "--yes"])).code, 1);
});

test("a secret's name leads nowhere else, and its value is never on the command line", async (t) => {
  const { run } = desk(t, "");
  for (const name of ["../x", "/etc/passwd", "hub.key", ".x"])
    assert.equal((await run(["secrets", "set", name, "--stdin"], { input: "x" })).code, 1, name);
  assert.equal((await run(["secrets", "set", "door", "value"])).code, 2);
  assert.equal((await run(["secrets", "set", "door"])).code, 2);
  assert.equal((await run(["secrets", "set", "door", "--stdin"], { input: "\n" })).code, 1);
});
