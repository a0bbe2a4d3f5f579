import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../../contract/index.ts";
import { Secret } from "../../kernel/index.ts";
import { registryAccounts } from "./accounts.ts";

const config = configSchema.parse({
  registries: {
    "ghcr.io": { username: "ada", password: { secret: "ghcr" } },
    "docker.io": { username: "hub", password: { secret: "docker" } },
    "mirror.lab:5000": { insecure: true, certificate: "lab.pem" },
  },
});
const own = { address: "localhost:5000", credentials: { username: "hublet", password: new Secret("own") } };
const accounts = registryAccounts(
  () => ({
    config,
    secret: ({ secret }) => new Secret(`value of ${secret}`),
    authorities: new Map([["mirror.lab:5000", "PEM"]]),
  }),
  own,
);

test("each registry is signed in to by its own secret, Docker Hub under all its names, and others not at all", () => {
  const password = (address: string) => accounts.credentialsFor(address)?.password.reveal();
  assert.equal(password("ghcr.io"), "value of ghcr");
  for (const hub of ["docker.io", "index.docker.io", "registry-1.docker.io"])
    assert.equal(password(hub), "value of docker");
  for (const stranger of ["quay.io", "mirror.lab:5000", "ghcr.io:443", "localhost:5001"])
    assert.equal(accounts.credentialsFor(stranger), undefined, stranger);
  assert.deepEqual(Object.keys(accounts.all()).sort(), ["docker.io", "ghcr.io", "localhost:5000"]);
});

test("the hub's own registry has its own password, also by its other name, whatever the configuration says", () => {
  for (const address of ["localhost:5000", "127.0.0.1:5000"]) {
    assert.equal(accounts.credentialsFor(address), own.credentials);
    assert.equal(accounts.connection(address).insecure, true);
  }
  assert.equal(
    registryAccounts(() => ({ config, secret: () => assert.fail(), authorities: new Map() }), undefined).credentialsFor(
      "localhost:5000",
    ),
    undefined,
  );
});

test("a certificate and plain HTTP are for the registry that they are said for", () => {
  const mirror = accounts.connection("mirror.lab:5000");
  assert.deepEqual([mirror.certificate, mirror.insecure, mirror.credentials], ["PEM", true, undefined]);
  const other = accounts.connection("ghcr.io");
  assert.deepEqual([other.certificate, other.insecure], [undefined, false]);
});
