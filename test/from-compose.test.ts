/** A JupyterHub on Docker Compose moves: its files become a configuration that starts, and people sign in with the passwords they had. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { runHublet, startHub } from "./support/hub.ts";
import { Person } from "./support/person.ts";

const COMPOSE = `services:
  jupyterhub:
    image: jupyterhub/jupyterhub:5.2.1
    ports: ["127.0.0.1:8000:8000"]
    volumes: [jupyterhub_data:/srv/jupyterhub/password]
`;
const HUB_CONFIG = `c.Authenticator.admin_users = {"admin"}
c.Authenticator.allowed_users = {"anna-maria", "bob"}
c.Spawner.mem_limit = "1G"
`;
/** As they were typed at the old hub; the file holds bcrypt's hashes of them. */
const PASSWORDS = { admin: "the admin of old", "anna-maria": "naïve pass word", bob: "bobs own password" };

test("people sign in with the passwords of the old hub, admins too, and nobody else", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-move-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const compose = file("docker-compose.yaml", COMPOSE);
  const hubConfig = file("jupyterhub_config.py", HUB_CONFIG);
  const proposed = await runHublet(["import", "compose", compose, "--hub-config", hubConfig]);
  assert.equal(proposed.code, 0, proposed.stderr);
  const hub = await startHub({
    config: `${proposed.stdout.replace(/^listen:.*\n/m, "")}\nengine: process\nallowManyOnProcess: true\n`,
  });
  t.after(() => hub.destroy());

  const packed = readFileSync(join(import.meta.dirname, "fixtures/dbm/ndbm-passwords.dbm.db.gz"));
  file("passwords.dbm.db", gunzipSync(packed));
  const passwords = await runHublet(["import", "passwords", join(folder, "passwords.dbm")]);
  assert.equal(passwords.code, 0, passwords.stderr);
  assert.ok(!Object.values(PASSWORDS).some((password) => passwords.stdout.includes(password)));
  const taken = await hub.cli("user", "import", file("people.csv", `${passwords.stdout}\n`), "--give", "nothing");
  assert.equal(taken.code, 0, taken.stderr);
  assert.match(taken.stdout, /with that of the other hub now: admin, anna-maria, bob/);

  for (const [name, password] of Object.entries(PASSWORDS)) {
    const person = new Person(hub.origin, name);
    assert.notEqual((await person.signIn(`${password}!`)).status, 302, name);
    assert.equal((await person.signIn(password)).status, 302, name);
    const { admin } = JSON.parse((await person.api("GET", "/user")).text) as { admin: boolean };
    assert.equal(admin, name === "admin");
    // Once more, by the hash that the first sign-in has made.
    assert.equal((await new Person(hub.origin, name).signIn(password)).status, 302, name);
  }
});
