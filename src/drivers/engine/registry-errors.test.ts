import assert from "node:assert/strict";
import { test } from "node:test";
import { registryProblem } from "./registry-errors.ts";

const NAME = "ghcr.io/lab/x:1";
const ROWS: readonly (readonly [string, "missing" | "refused" | "other", RegExp])[] = [
  ["manifest unknown: manifest unknown", "missing", /Check name and tag; if it is private/],
  ["unauthorized: authentication required", "refused", /name a sign-in for ghcr\.io/],
  ["http: server gave HTTP response to HTTPS client", "other", /insecure: true/],
  ["tls: failed to verify certificate: x509: unknown authority", "other", /name its authority/],
  [`hublet-broker: the configuration does not name the image "${NAME}" for this`, "other", /hublet\.yaml names/],
  ["dial tcp: connection refused", "other", /this host reaches ghcr\.io/],
];

for (const [said, expected, advice] of ROWS)
  test(`“${said.slice(0, 60)}” is told with what mends it`, () => {
    const problem = registryProblem(NAME, said, false);
    assert.equal(problem.kind, expected);
    assert.match(problem.advice, advice);
  });
