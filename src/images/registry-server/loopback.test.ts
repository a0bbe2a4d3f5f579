/** A password goes to the hub's own registry, and to nobody who listens in its place. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { HubError, Secret, systemClock } from "../../kernel/index.ts";
import { holdOtherLoopback, strangerAt } from "./loopback.ts";
import { createOwnRegistry } from "./own-registry.ts";

const OWN = process.getuid?.() ?? 0;

async function listening(context: TestContext, host: string, port = 0): Promise<number> {
  const server: Server = createServer((_, answer) => answer.end("the registry"));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test("who listens on the loopback is known by the account's number, by both families of addresses", async (context) => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::1", "::"]) {
    const port = await listening(context, host);
    assert.equal(strangerAt(port), undefined, host);
    assert.equal(strangerAt(port, OWN + 1), OWN, host);
    assert.equal(strangerAt(port + 1, OWN + 1), undefined, "another port");
  }
  const elsewhere = await listening(context, "127.0.0.2");
  assert.equal(strangerAt(elsewhere, OWN + 1), undefined, "an address that nobody means by localhost");
});

test("the password is not told while somebody else listens there", async (context) => {
  const port = await listening(context, "127.0.0.1");
  const options = { port, state: "/nowhere", password: new Secret("p"), config: () => undefined, clock: systemClock };
  assert.equal(createOwnRegistry({ ...options, account: OWN }).credentials.password.reveal(), "p");
  assert.throws(
    () => createOwnRegistry({ ...options, account: OWN + 1 }).credentials,
    (error: unknown) => error instanceof HubError && error.code === "registry-unreachable",
  );
});

test("by IPv6 the registry is reached as well, and nobody else can listen there", async (context) => {
  const port = await listening(context, "127.0.0.1");
  const held = await holdOtherLoopback(port);
  assert.ok(held);
  assert.equal(await (await fetch(`http://[::1]:${port}/`)).text(), "the registry");
  await assert.rejects(listening(context, "::1", port), { code: "EADDRINUSE" });
  assert.equal(await holdOtherLoopback(port), undefined);
  await held.close();
  await listening(context, "::1", port);
});
