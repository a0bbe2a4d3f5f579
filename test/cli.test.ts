/** The command line against a running hub: what it prints, what it answers as JSON, how it fails. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startHub, type TestHub, Visitor } from "./support/hub.ts";

let hub: TestHub;

before(async () => {
  // As on a new host: neither the configuration nor its folder is there.
  hub = await startHub({ config: null, arguments: ["--engine", "process"] });
});

after(async () => hub?.destroy());

async function json<T>(...argv: string[]): Promise<T> {
  const answer = await hub.cli(...argv, "--json");
  assert.equal(answer.code, 0, answer.stderr + answer.stdout);
  return JSON.parse(answer.stdout) as T;
}

test("the first start has written a configuration that is valid", async () => {
  assert.match(hub.output(), /wrote .*hublet\.yaml/);
  const { valid, file, warnings } = await json<{ valid: boolean; file: string; warnings: string[] }>("config", "check");
  assert.deepEqual([valid, file, warnings], [true, hub.config, []]);
});

test("status says where the hub is and on what", async () => {
  const status = await json<{ running: boolean; address: string; people: number }>("status");
  assert.deepEqual([status.running, status.address, status.people], [true, hub.origin, 1]);
  assert.match((await hub.cli("status")).stdout, /running at http:\/\/127\.0\.0\.1/);
});

test("status says that changed files were refused, until they are corrected", async () => {
  const correct = readFileSync(hub.config, "utf8");
  const until = async (state: string): Promise<unknown[]> => {
    for (const end = Date.now() + 20_000; ; ) {
      const { configuration } = await json<{ configuration: { state: string; problems: unknown[] } }>("status");
      if (configuration.state === state) return configuration.problems;
      assert.ok(Date.now() < end, `the configuration is ${configuration.state}`);
    }
  };
  writeFileSync(hub.config, `${correct}\nserverr: {}\n`);
  assert.equal((await until("refused")).length, 1);
  assert.match((await hub.cli("status")).stdout, /Refused +the files were changed, with 1 mistake .+config diff/);
  writeFileSync(hub.config, correct);
  assert.deepEqual(await until("applied"), []);
  assert.doesNotMatch((await hub.cli("status")).stdout, /Refused/);
});

test("people are added with a link that works, listed, made admins, and removed", async () => {
  const { links } = await json<{ links: { name: string; url: string }[] }>("user", "add", "Ada", "grace");
  assert.deepEqual(
    links.map((link) => link.name),
    ["ada", "grace"],
  );
  const ada = new Visitor(hub.origin);
  await ada.claim(links[0]?.url ?? "", "a long enough password");
  assert.equal((await ada.api("GET", "/user")).status, 200);

  await json("user", "admin", "ada");
  const people = await json<{ name: string; admin: boolean; claimed: boolean }[]>("user", "list");
  assert.deepEqual(
    people.map(({ name, admin, claimed }) => [name, admin, claimed]).filter(([name]) => name !== hub.admin),
    [
      ["ada", true, true],
      ["grace", false, false],
    ],
  );
  const refused = await hub.cli("user", "admin", "ada", "--remove");
  assert.match(refused.stderr, /only admin who can sign in/, "the first admin has not claimed the account yet");
  await new Visitor(hub.origin).claim(hub.claimLink ?? "", "another long password");
  await json("user", "admin", "ada", "--remove");
  const removed = await hub.cli("user", "remove", "grace", "--archive", "--yes");
  assert.match(removed.stdout, /grace was removed; they had no files to archive/);
  assert.equal((await json<unknown[]>("user", "list", "--search", "grace")).length, 0);
});

test("adding somebody who is there changes nothing and says so", async () => {
  const again = await json<{ links: unknown[]; existing: string[] }>("user", "add", "ada");
  assert.deepEqual([again.links.length, again.existing], [0, ["ada"]]);
});

test("a password is set from standard input only when asked to, and signs old browsers out", async () => {
  const answer = await hub.cli("user", "passwd", "ada");
  assert.equal(answer.code, 2);
  assert.match(answer.stderr, /--stdin, or --link/);
  const link = await json<{ url: string }>("user", "passwd", "ada", "--link");
  assert.match(link.url, /\/hub\/claim\?code=/);
});

test("tokens are made, work, are listed without their secret, and are revoked", async () => {
  const { token, id } = await json<{ token: string; id: string }>(
    "token",
    "create",
    "ada",
    "--note",
    "test",
    "--expires",
    "3600",
  );
  const visitor = new Visitor(hub.origin);
  const whoami = () => visitor.send("GET", "/hub/api/user", undefined, { authorization: `token ${token}` });
  assert.equal((await whoami()).status, 200);
  const listed = await hub.cli("token", "list", "ada", "--json");
  assert.ok(!listed.stdout.includes(token));
  await json("token", "revoke", "ada", id);
  assert.equal((await whoami()).status, 403);
});

test("a server that cannot start says why, by exit code and in words", async () => {
  const answer = await hub.cli("server", "start", "ada");
  assert.equal(answer.code, 1);
  assert.match(answer.stderr, /jupyterhub-singleuser/);
  assert.match((await hub.cli("server", "list")).stdout, /No server runs\.|failed/);
});

test("unknown people are not found, and errors stay JSON with --json", async () => {
  const answer = await hub.cli("token", "list", "nobody", "--json");
  assert.equal(answer.code, 1);
  assert.equal((JSON.parse(answer.stdout) as { error: { code: string } }).error.code, "not-found");
});

test("wrong calls are answered with the words that were typed and the help that fits", async () => {
  const days = await hub.cli("image", "gc", "--unused-days", "soon");
  assert.match(days.stderr, /option --unused-days is wrong: it must be a number. See “hublet image gc --help”/);
  const verb = await hub.cli("image", "remove", "x");
  assert.match(verb.stderr, /unknown command 'remove'\nSee “hublet image --help”/);
  assert.match((await hub.cli("imagine")).stderr, /See “hublet --help”/);
  const both = await hub.cli("server", "start", "ada", "--image", "lab/uspy:2.1", "--profile", "large");
  assert.deepEqual([both.code, /exclude each other/.test(both.stderr)], [2, true]);
  const image = await hub.cli("server", "start", "ada", "--image", "lab/uspy:2.1");
  assert.match(image.stderr, /lab\/uspy/);
});

test("logs are readable lines and hold neither links nor tokens", async () => {
  const { stdout } = await hub.cli("logs", "--lines", "1000");
  assert.match(stdout, /\d\d:\d\d:\d\d hub {4}hub ready/);
  assert.doesNotMatch(stdout, /claim\?code=/);
});

test("help names every command with an example", async () => {
  for (const command of [["up"], ["user", "add"], ["server", "start"], ["token", "create"], ["logs"]]) {
    const { stdout, code } = await hub.cli(...command, "--help");
    assert.equal(code, 0);
    assert.match(stdout, /Examples:\n {2}hublet /);
  }
});
