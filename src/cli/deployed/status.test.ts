import assert from "node:assert/strict";
import test from "node:test";
import { statusText } from "./status.ts";

const GENERATION = {
  number: 3,
  created: "2026-11-22T04:00:00.000Z",
  by: "ada",
  version: "0.1.0",
  images: {},
  current: true,
  database: true,
};

test("a deployment that does not answer says what is wrong and which part does not run", () => {
  const text = statusText({
    generation: GENERATION,
    containers: [
      { name: "hublet-hub", image: "", running: false },
      { name: "hublet-proxy", image: "localhost/hublet-proxy:1", running: true },
    ],
    health: { healthy: false, problems: ["The hub does not answer: ECONNREFUSED."] },
    servers: 2,
  });
  assert.equal(
    text,
    `Hub      does not answer
Problem  The hub does not answer: ECONNREFUSED.
Servers  2 running
Applied  generation 3, version 0.1.0, 2026-11-22 04:00 UTC by ada
Part     hublet-hub: does not run
Part     hublet-proxy: localhost/hublet-proxy:1`,
  );
});
