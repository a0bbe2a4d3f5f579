import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { checkAddress } from "./port-check.ts";

test("an address that cannot be had is told with the key that says it", async (t) => {
  const occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
  t.after(() => occupant.close());
  const address = occupant.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await assert.rejects(checkAddress("127.0.0.1", port, "“tls.redirectFrom” in hublet.yaml"), {
    code: "port-in-use",
    message: `Hublet cannot listen on 127.0.0.1:${port}: another program listens there. Choose another with “tls.redirectFrom” in hublet.yaml.`,
  });
  await assert.rejects(checkAddress("192.0.2.1", 65_000, "“listen”"), /does not have that address/);
});
