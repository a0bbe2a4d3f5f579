import assert from "node:assert/strict";
import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { SecretState } from "../../config/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import { matchNames } from "./ansible-names.ts";
import { PASSWORD, VALUES, VARIABLES, WHOLE_1_1, WHOLE_1_2 } from "./ansible-vault.fixture.ts";
import { ansibleVariables, decryptAnsible, type Variables } from "./ansible-vault.ts";

const password = new Secret(PASSWORD);

function plain(variables: Variables): Record<string, string> {
  return Object.fromEntries([...variables].map(([name, value]) => [name, value.reveal()]));
}

/** Written from the description of the format, so that reading is not proved by itself. */
function encrypt(text: string, secret: string): string {
  const salt = randomBytes(32);
  const keys = pbkdf2Sync(secret, salt, 10_000, 80, "sha256");
  const cipher = createCipheriv("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64));
  const bytes = Buffer.from(text);
  const pad = 16 - (bytes.length % 16);
  const body = Buffer.concat([cipher.update(Buffer.concat([bytes, Buffer.alloc(pad, pad)])), cipher.final()]);
  const proof = createHmac("sha256", keys.subarray(32, 64)).update(body).digest("hex");
  const inner = Buffer.from([salt.toString("hex"), proof, body.toString("hex")].join("\n")).toString("hex");
  return `$ANSIBLE_VAULT;1.1;AES256\n${(inner.match(/.{1,80}/g) ?? []).join("\n")}\n`;
}

test("what the program ansible-vault wrote is read, in both forms and as single values", () => {
  assert.deepEqual(plain(ansibleVariables(WHOLE_1_1, password, "file")), VARIABLES);
  assert.deepEqual(plain(ansibleVariables(WHOLE_1_2, password, "file")), VARIABLES);
  assert.deepEqual(plain(ansibleVariables(VALUES, password, "file")), {
    database_user: "jupyterhub",
    "github.client_secret": "0123ghsecret",
    db_password: "s3cret-pg",
  });
});

test("any text comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.string({ minLength: 1 }), (text, secret) => {
      assert.equal(decryptAnsible(encrypt(text, secret), new Secret(secret)).reveal(), text);
    }),
    { numRuns: 25 },
  );
});

test("a file that is no YAML is one value, and Ansible's own lines may end as on Windows", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMII: [broken\n-----END PRIVATE KEY-----\n";
  assert.deepEqual(plain(ansibleVariables(encrypt(key, PASSWORD), password, "tls")), { tls: key });
  assert.equal(decryptAnsible(WHOLE_1_1.replaceAll("\n", "\r\n"), password).reveal().includes("db_password"), true);
});

test("a wrong password and every changed digit are refused, without a word of what was in it", () => {
  const refused = (text: string, secret = password): void =>
    assert.throws(
      () => ansibleVariables(text, secret, "file"),
      (error) => error instanceof HubError && error.code === "bad-request" && !/k7-pg|s3cret/.test(error.message),
    );
  refused(WHOLE_1_1, new Secret("correct horse "));
  refused(VALUES, new Secret("x"));
  for (const at of [40, 200, 300, 700, WHOLE_1_1.length - 2]) {
    const digit = WHOLE_1_1[at] === "3" ? "4" : "3";
    refused(WHOLE_1_1.slice(0, at) + digit + WHOLE_1_1.slice(at + 1));
  }
  refused(WHOLE_1_1.slice(0, 600));
  refused(WHOLE_1_1.replace("AES256", "AES"));
  refused(WHOLE_1_1.replace("1.1", "2.0"));
  refused("just: [text");
});

test("variables find the secrets that they are, and never two that could be meant", () => {
  const named = (name: string, use: string): SecretState => ({
    name,
    usedBy: [use],
    state: "missing",
    problem: undefined,
    where: undefined,
  });
  const variables = new Map(
    Object.entries({ ...VARIABLES, hub_db_url: "postgresql://hub:x@db/hub" }).map(([name, value]) => [
      name,
      new Secret(value),
    ]),
  );
  const match = (secrets: readonly SecretState[], from: Variables = variables) =>
    Object.fromEntries(matchNames(secrets, from));
  assert.deepEqual(
    match([named("gh", "signIn.github.clientSecret"), named("db", "database"), named("key", "tls.key")]),
    {
      gh: "github_client_secret",
      db: "hub_db_url",
    },
  );
  assert.deepEqual(match([named("DB-password", "signIn.oidc.campus.clientSecret")]), { "DB-password": "db_password" });
  const two = new Map([...variables, ["oauth_client_secret", new Secret("x")]]);
  assert.deepEqual(match([named("gh", "signIn.github.clientSecret")], two), {});
});
