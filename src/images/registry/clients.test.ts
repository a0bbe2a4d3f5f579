import assert from "node:assert/strict";
import { test } from "node:test";
import { pushImage, startTestRegistry } from "../../../test/support/registry.ts";
import { Secret } from "../../kernel/index.ts";
import { createRegistryClients } from "./clients.ts";

test("a client is kept for its registry until its password changes", async () => {
  const registry = await startTestRegistry({ account: { username: "lab", password: "right" } });
  const authorization = `Basic ${Buffer.from("lab:right").toString("base64")}`;
  let password = "wrong";
  const clients = createRegistryClients({
    connection: (address) => ({ address, credentials: { username: "lab", password: new Secret(password) } }),
  });
  try {
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"], authorization });
    const first = await clients.at(registry.address);
    assert.equal(await clients.at(registry.address), first);
    await assert.rejects(first.repositories(), /does not accept the password/);
    password = "right";
    const second = await clients.at(registry.address);
    assert.notEqual(second, first);
    assert.deepEqual(await second.repositories(), ["lab/uspy"]);
  } finally {
    await clients.close();
    await registry.close();
  }
});
