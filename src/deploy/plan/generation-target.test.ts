import assert from "node:assert/strict";
import { test } from "node:test";
import { filesOf } from "./generation-target.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";

test("a certificate stays with its key, which no record holds", () => {
  const { configuration, kept } = filesOf({
    configuration: { "hublet.yaml": "name: A\n", "lab.crt": CERTIFICATE, "lab.key": null },
  });
  assert.deepEqual(
    configuration.map(({ path }) => path),
    ["hublet.yaml"],
  );
  assert.deepEqual(kept, ["lab.crt", "lab.key"]);
});

test("without a key of its own every file comes back", () => {
  const { configuration, kept } = filesOf({ configuration: { "hublet.yaml": "name: A\n", "ca.crt": CERTIFICATE } });
  assert.equal(configuration.length, 2);
  assert.deepEqual(kept, []);
});
