/** What of the registries applies live, and what waits for a restart. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadSnapshot } from "../load.ts";
import { changedPaths, diffConfigs, restartPaths } from "./changes.ts";
import { startedConfig } from "./started.ts";

const folder = mkdtempSync(join(tmpdir(), "hublet-registries-"));
after(() => rmSync(folder, { recursive: true }));

/** A certificate of an authority, made for this test; its key is gone. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUMcPkks3K0jDrrYESFCrQAqG7ZIgwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNTGFiIGF1dGhvcml0eTAgFw0yNjExMjIwODA3MTlaGA8yMTI2
MTAyOTA4MDcxOVowGDEWMBQGA1UEAwwNTGFiIGF1dGhvcml0eTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABANzz6u0aXsR15y1tDmmuCDdDxASHtCy5ZkBpWwFDRC+
qyK9Y4bZ2s3BB5za/1HmK2417MmfvgNwVzNeFvnjLgKjUzBRMB0GA1UdDgQWBBQu
4PNHarT/fDmlQWtmEEZ1UV531DAfBgNVHSMEGDAWgBQu4PNHarT/fDmlQWtmEEZ1
UV531DAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDT/y8p9fbP
v3PsUKN5DOlOE7qM/zzYiuMHJOORl++9egIgeL7DUvrRp5sgQI0rbroAGpYkcG5Y
vDk1PcAHVhIc9fs=
-----END CERTIFICATE-----
`;

async function snapshot(text: string) {
  const file = join(folder, "hublet.yaml");
  writeFileSync(file, text);
  return loadSnapshot({ file, environment: {} });
}

test("a registry that comes, goes or moves waits for a restart; its limit does not", async () => {
  const none = await snapshot("name: Lab\n");
  const small = await snapshot("registry: { limit: 1G }\n");
  const large = await snapshot("registry: { limit: 2G }\n");
  const moved = await snapshot("registry: { port: 5001, limit: 1G }\n");
  assert.deepEqual(restartPaths(none, small), ["registry"]);
  assert.deepEqual(restartPaths(small, none), ["registry"]);
  assert.deepEqual(restartPaths(small, large), []);
  assert.deepEqual(restartPaths(small, moved), ["registry"]);
  const live = (before: typeof none, now: typeof none) =>
    diffConfigs(before.config, now.config)
      .filter(({ path }) => path.startsWith("registry"))
      .map(({ path, live: isLive }) => [path, isLive]);
  assert.deepEqual(live(small, large), [["registry.limit", true]]);
  assert.deepEqual(live(small, moved), [["registry.port", false]]);
});

test("a hub that was started without a registry has none, whatever the file says meanwhile", async () => {
  const { config } = await snapshot("registry: {}\n");
  const { listen, engine, engineSocket, database } = config;
  const started = { listen, engine, engineSocket, database, registry: undefined, redirectFrom: null };
  assert.equal(startedConfig(config, started).registry, undefined);
});

test("the authority of a registry is read from beside the file, and its change is one of that registry", async () => {
  writeFileSync(join(folder, "ca.pem"), AUTHORITY);
  const text = "registries: { registry.lab.example: { certificate: ca.pem } }\n";
  const before = await snapshot(text);
  assert.equal(before.authorities.get("registry.lab.example"), AUTHORITY);
  assert.ok(before.files.includes(join(folder, "ca.pem")));
  writeFileSync(join(folder, "ca.pem"), `# renewed\n${AUTHORITY}`);
  assert.deepEqual(changedPaths(before, await snapshot(text)), ["registries.registry.lab.example"]);
});

test("an authority that is no certificate is told by its line", async () => {
  writeFileSync(join(folder, "ca.pem"), "nothing of the kind\n");
  await assert.rejects(
    snapshot("registries:\n  registry.lab.example:\n    certificate: ca.pem\n"),
    /hublet\.yaml:3:.*holds no certificate/,
  );
});
