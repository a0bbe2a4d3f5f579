import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "undici";
import { type Closable, ClosingStack, randomHex } from "../../kernel/index.ts";
import { EngineClient } from "../engine/client.ts";
import { DOCKER } from "../engine/dialect.ts";
import { createNetwork, removeNetwork } from "../engine/networks.ts";
import { HUB_LABEL } from "../labels.ts";

/**
 * Networks are Docker's alone, and only its limits are met by them. Part of `contract.test.ts`, not a test file of its own: two
 * daemons at a time would rewrite each other's firewall chains.
 */
export function networksSuite(startDocker: () => Promise<Closable & { readonly socketPath: string }>): void {
  describe("networks of Docker", () => {
    const stack = new ClosingStack();
    const hub = `test-${randomHex(4)}`;
    const labels = { [HUB_LABEL]: hub };
    let client: EngineClient | undefined;
    let socketPath = "";

    before(async () => {
      ({ socketPath } = stack.add(await startDocker()));
      client = stack.add(new EngineClient(DOCKER, socketPath));
    });
    after(() => stack.close());

    test("there are enough for a large class, where Docker's own pools hold about thirty", async () => {
      assert.ok(client !== undefined);
      const names = Array.from({ length: 34 }, (_, index) => `jupyter-${hub}-${index}`);
      for (const name of names) await createNetwork(client, name, labels);
      for (const name of names) await removeNetwork(client, name, hub);
    });

    test("a subnet that is taken is passed over", async () => {
      assert.ok(client !== undefined);
      const name = `jupyter-${hub}-twin`;
      const subnet = await subnetOf(socketPath, await createNetwork(client, name, labels));
      // The same name asks for the same subnet first; Docker minds names only when it is asked to.
      await removeNetwork(client, name, hub);
      await occupy(socketPath, `${hub}-stranger`, subnet);
      const id = await createNetwork(client, name, labels);
      assert.notEqual(await subnetOf(socketPath, id), subnet);
      await removeNetwork(client, name, hub);
      // Without the hub's label it is a stranger's.
      await removeNetwork(client, `${hub}-stranger`, hub);
      assert.equal((await ask(socketPath, "GET", `/networks/${hub}-stranger`)).status, 200);
      await ask(socketPath, "DELETE", `/networks/${hub}-stranger`);
    });
  });
}

async function subnetOf(socketPath: string, id: string): Promise<string> {
  const { text } = await ask(socketPath, "GET", `/networks/${id}`);
  const match = /"Subnet":"([^"]+)"/.exec(text);
  assert.ok(match?.[1] !== undefined);
  return match[1];
}

async function occupy(socketPath: string, name: string, subnet: string): Promise<void> {
  const body = JSON.stringify({ Name: name, IPAM: { Config: [{ Subnet: subnet }] } });
  assert.equal((await ask(socketPath, "POST", "/networks/create", body)).status, 201);
}

async function ask(socketPath: string, method: "GET" | "POST" | "DELETE", path: string, content?: string) {
  const client = new Client("http://engine", { socketPath });
  try {
    const { statusCode, body } = await client.request({
      method,
      path,
      ...(content === undefined ? {} : { body: content, headers: { "content-type": "application/json" } }),
    });
    return { status: statusCode, text: await body.text() };
  } finally {
    await client.destroy();
  }
}
