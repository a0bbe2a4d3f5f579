import assert from "node:assert/strict";
import { test } from "node:test";
import { sortTokens, type Token } from "./token-model.ts";

function token(id: string, more: Partial<Token>): Token {
  const at = "2026-11-21T12:00:00Z";
  return {
    id,
    note: "x",
    scopes: [],
    created: at,
    last_activity: null,
    expires_at: null,
    oauth_client: "JupyterHub",
    ...more,
  };
}

test("tokens of servers and apps are apart from those a person made, newest first", () => {
  const { own, others } = sortTokens([
    token("a1", { created: "2026-01-01T00:00:00Z" }),
    token("a2", { note: "Server at /user/alice/" }),
    token("a3", { oauth_client: "Server at /user/alice/", note: "" }),
    token("a4", { created: "2026-02-01T00:00:00Z", note: null }),
  ]);
  assert.deepEqual(
    [own.map(({ id }) => id), others.map(({ id }) => id)],
    [
      ["a4", "a1"],
      ["a2", "a3"],
    ],
  );
});
