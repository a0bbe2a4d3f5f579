import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { selfSigned } from "../../../test/support/certificates.ts";
import { pushImage, startTestRegistry } from "../../../test/support/registry.ts";
import { createRegistryClient } from "./client.ts";

test("registries elsewhere are asked through the environment's proxy, those on loopback are not", async () => {
  const registry = await startTestRegistry({ tls: await selfSigned("registry.invalid") });
  const asked: string[] = [];
  // It leads everywhere to the same registry, whose name nobody can resolve.
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    const up = connect(registry.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      up.pipe(socket).pipe(up);
    });
    up.on("error", () => socket.destroy());
    socket.on("error", () => up.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  assert.ok(address !== null && typeof address === "object");
  const before = process.env.https_proxy;
  process.env.https_proxy = `http://127.0.0.1:${address.port}`;
  const near = createRegistryClient({ address: registry.address, insecure: true });
  const far = createRegistryClient({ address: "registry.invalid:5000", insecure: true });
  try {
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"] });
    assert.deepEqual(await near.tags("lab/uspy"), ["1"]);
    assert.deepEqual(asked, []);
    assert.deepEqual(await far.tags("lab/uspy"), ["1"]);
    assert.deepEqual([...new Set(asked)], ["registry.invalid:5000"]);
  } finally {
    if (before === undefined) delete process.env.https_proxy;
    else process.env.https_proxy = before;
    await near.close();
    await far.close();
    proxy.close();
    proxy.closeAllConnections();
    await registry.close();
  }
});
