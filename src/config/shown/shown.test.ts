import assert from "node:assert/strict";
import { test } from "node:test";
import { configYaml, diffConfigs, maskedConfig, snapshotFromText } from "../index.ts";

const TEXT = `name: Lab
database: postgresql://hub:hunter2@db/hub
server: {memory: 1.5G, idleTimeout: 90m}
profiles: [{name: gpu, title: GPU}]
groups: {staff: {members: {names: [ada]}, maximumAge: off}}
`;

test("what is shown is a configuration that says the same, without passwords", () => {
  const { config } = snapshotFromText(TEXT);
  for (const defaults of [true, false]) {
    const yaml = configYaml(config, { defaults });
    assert.ok(!yaml.includes("hunter2"));
    const again = snapshotFromText(yaml).config;
    assert.deepEqual({ ...again, database: "" }, { ...config, database: "" });
  }
  assert.equal(configYaml(snapshotFromText("").config, { defaults: false }), "{}\n");
  assert.match(configYaml(config, { defaults: false }), /memory: 1536M\n {2}idleTimeout: 90m/);
});

test("passwords of addresses are masked, wherever they stand", () => {
  for (const [address, shown] of [
    ["postgresql://u:p@h/d", "postgresql://u:…@h/d"],
    ["postgresql://h/d?password=p&a=b", "postgresql://h/d?password=…&a=b"],
    ["postgresql://u:p@[bad", "postgresql://…"],
    ["sqlite", "sqlite"],
  ])
    assert.equal(maskedConfig({ database: address }).database, shown);
});

test("differences are by key, profiles by their names, with what needs a restart", () => {
  const before = snapshotFromText(TEXT).config;
  const after = snapshotFromText(
    TEXT.replace("title: GPU", "title: Big")
      .replace("names: [ada]", "names: [ada, bob]")
      .replace("name: Lab", "listen: 127.0.0.1:1"),
  ).config;
  assert.deepEqual(diffConfigs(before, after), [
    { path: "name", before: "Lab", after: "Hublet", live: true },
    { path: "listen", before: "127.0.0.1:8000", after: "127.0.0.1:1", live: false },
    { path: "profiles.gpu.title", before: "GPU", after: "Big", live: true },
    { path: "groups.staff.members.names", before: ["ada"], after: ["ada", "bob"], live: true },
  ]);
  const sent: Record<string, unknown> = JSON.parse(JSON.stringify(maskedConfig(before)));
  assert.deepEqual(diffConfigs(sent, before), [], "what a hub sends is the same");
  const tls = { tls: { certificate: "a", key: "b" } };
  assert.equal(diffConfigs({}, tls)[0]?.live, false);
  assert.equal(diffConfigs(tls, { tls: { certificate: "c", key: "b" } })[0]?.live, true);
});
