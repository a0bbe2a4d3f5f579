/** A deployment with a registry of its own: its unit, what Podman is told, and what a plan makes of it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { planFor } from "./plan-deployment.ts";
import { changed, described, freshHost, hostInOrder, NO_HOST_STEPS } from "./planned.fixture.ts";
import type { Situation, Target } from "./target.ts";
import { readUnits } from "./unit-texts.ts";

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
const WITH = { "hublet.yaml": "listen: 0.0.0.0:8443\nregistry: {}\n" };

const plan = (target: Target, situation: Situation) =>
  planFor(target, situation, NO_HOST_STEPS, { by: "root", disturb: false, local: true });
const titles = async (target: Target, situation: Situation): Promise<readonly string[]> =>
  (await plan(target, situation)).steps.map(({ title }) => title);
const unitOf = ({ units }: Target, name: string): string => units[`.config/containers/systemd/${name}.container`] ?? "";

test("the registry's unit sees its images and its password file, and nothing else", async () => {
  const target = await described({ files: WITH });
  const text = unitOf(target, "hublet-registry");
  assert.deepEqual(
    [...text.matchAll(/^(?:Volume|Network|ReadOnly|DropCapability|Exec|PublishPort|PodmanArgs=--secret)=(.*)$/gm)].map(
      ([line]) => line,
    ),
    [
      "Exec=serve /etc/docker/registry/config.yml",
      "Network=host",
      "ReadOnly=true",
      "DropCapability=all",
      "Volume=/var/lib/hublet/state/registry/data:/var/lib/registry:rw,z",
      "Volume=/var/lib/hublet/state/registry/settings:/auth:ro,z",
      "Volume=/var/lib/hublet/.config/hublet/hublet-registry/config.yml:/etc/docker/registry/config.yml:ro,z",
    ],
  );
  const config = target.units[".config/hublet/hublet-registry/config.yml"] ?? "";
  assert.match(config, /addr: 127\.0\.0\.1:5000/);
  assert.match(config, /path: \/auth\/htpasswd/);
  assert.match(unitOf(target, "hublet-hub"), /hublet-registry\.password,type=mount,target=registry\.password/);
  assert.doesNotMatch(unitOf(target, "hublet-backup") + unitOf(target, "hublet-proxy"), /registry/);
  assert.deepEqual(target.deployment.ports, [8443]);
});

test("its image is the distribution's program of this computer, else the configured one", async () => {
  const target = await described({
    files: { "hublet.yaml": "registry: { image: 'registry.lab.example/registry:2' }\n" },
  });
  const { images } = readUnits(target.units);
  const own = target.programImages.find(({ reference }) => reference.startsWith("localhost/hublet-registry:"));
  assert.equal(own !== undefined, existsSync("/usr/bin/docker-registry"));
  assert.equal(images["hublet-registry"], own?.reference ?? "registry.lab.example/registry:2");
});

test("Podman is told of the own registry, of those without TLS, and of authorities", async () => {
  const target = await described({
    files: {
      "hublet.yaml":
        "registry: { port: 5001 }\nregistries:\n  plain.lab.example: { insecure: true }\n  own.lab.example:5443: { certificate: ca.pem }\n",
      "ca.pem": AUTHORITY,
    },
  });
  const trust = target.units[".config/containers/registries.conf.d/hublet.conf"] ?? "";
  assert.deepEqual(
    [...trust.matchAll(/location = "(.*)"\ninsecure = true/g)].map(([, location]) => location),
    ["localhost:5001", "127.0.0.1:5001", "plain.lab.example"],
  );
  assert.equal(target.units[".config/containers/certs.d/own.lab.example:5443/hublet-ca.crt"], AUTHORITY);
  assert.ok(target.configuration.some(({ path }) => path === "ca.pem"));
});

test("without one there is nothing of it", async () => {
  const target = await described();
  assert.doesNotMatch(JSON.stringify(target.units), /registry|registries/);
});

test("a plan makes the password before the unit is started, before the hub; a second plan does nothing", async () => {
  const target = await described({ files: WITH });
  const fresh = await titles(target, freshHost());
  const at = (pattern: RegExp): number => fresh.findIndex((title) => pattern.test(title));
  const order = [
    /secret hublet-registry\.password/,
    /password file/,
    /add .*hublet-registry/,
    /^start hublet-registry/,
  ];
  assert.deepEqual(
    order.map(at),
    order.map(at).toSorted((a, b) => a - b),
  );
  assert.ok(order.every((pattern) => at(pattern) >= 0));
  assert.ok(at(/^start hublet-registry/) < at(/^start hublet-hub/));
  assert.deepEqual(await titles(target, hostInOrder(target)), []);
});

test("switched on it disturbs nobody; switched off its unit and what Podman was told go, and its images stay", async () => {
  const files = {
    "hublet.yaml": `${WITH["hublet.yaml"]}registries: { own.lab.example: { certificate: ca.pem } }\n`,
    "ca.pem": AUTHORITY,
  };
  const [without, withOne] = [await described(), await described({ files })];
  const on = await plan(withOne, hostInOrder(without));
  assert.deepEqual(
    on.steps.map(({ disturbs }) => disturbs).filter((said) => said !== undefined),
    [],
  );
  const off = await titles(without, hostInOrder(withOne));
  const units = off.find((title) => title.includes("hublet-registry.container")) ?? "";
  assert.match(units, /remove hublet-registry\.container/);
  for (const name of ["hublet.conf", "hublet-ca.crt", "config.yml"]) assert.ok(units.includes(`remove ${name}`), name);
  assert.ok(!off.some((title) => title.includes("state/registry")));
  // What somebody else has put there is theirs.
  const order = hostInOrder(without);
  const certificates = "/var/lib/hublet/.config/containers/certs.d";
  const theirs = changed(order, {
    listings: { ...order.state.listings, [certificates]: [`${certificates}/lab.example/ca.crt`] },
  });
  assert.deepEqual(await titles(without, theirs), []);
});

test("a port that another program has is refused before anything is done, its own registry's is not", async () => {
  const target = await described({ files: WITH });
  const taken = (process: string) => ({ listening: [{ address: "127.0.0.1:5000", process }] });
  await assert.rejects(
    async () => plan(target, changed(freshHost(), taken("python3"))),
    (error: unknown) =>
      error instanceof HubError &&
      error.code === "port-in-use" &&
      /Port 5000 is in use on this host by “python3”.*registry\.port/.test(error.message),
  );
  const order = hostInOrder(target);
  assert.deepEqual(await titles(target, changed(order, taken("docker-registry"))), []);
  const other = await described({ files: { "hublet.yaml": "listen: 0.0.0.0:8443\nregistry: { port: 5001 }\n" } });
  assert.ok((await titles(other, changed(order, taken("docker-registry")))).length > 0);
  const elsewhere = changed(order, { listening: [{ address: "127.0.0.1:5001", process: "python3" }] });
  await assert.rejects(async () => plan(other, elsewhere), /Port 5001/);
});
