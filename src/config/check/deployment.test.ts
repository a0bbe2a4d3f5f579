import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { parseConfig } from "../parse.ts";

function problemsOf(text: string): string {
  try {
    parseConfig(text, "hublet.yaml");
    return "";
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error.message;
  }
}

test("a deployment that contradicts itself is refused where it is written", () => {
  assert.match(
    problemsOf("listen: 0.0.0.0:443\ntls: {certificate: c, key: k, redirectFrom: 443}"),
    /2:45: tls\.redirectFrom: 443 is the port of listen/,
  );
  assert.match(
    problemsOf("database: postgresql://db/h\ndeploy:\n  postgres: {}"),
    /3:\d+: deploy\.postgres: .*remove one of the two/,
  );
  for (const folder of ["/var/lib/hublet/state", "/var/lib/hublet/./state/backups", "/var/lib/x/../hublet/state/b"])
    assert.match(problemsOf(`backup: {to: ${folder}}`), /1:14: backup\.to: is inside the state folder/);
  assert.match(
    problemsOf("deploy: {account: lab}\nbackup: {to: /var/lib/lab/state/b}"),
    /inside the state folder \/var\/lib\/lab\/state/,
  );
});

test("what only looks alike is taken", () => {
  assert.equal(problemsOf("listen: 0.0.0.0:443\ntls: {certificate: c, key: k, redirectFrom: 80}"), "");
  assert.equal(problemsOf("database: sqlite\ndeploy: {postgres: {}}"), "");
  for (const to of ["/var/lib/hublet/state-of-the-art", "/srv/backups", "sftp://ada@nas/var/lib/hublet/state"])
    assert.equal(problemsOf(`backup: {to: ${to}}`), "");
});
