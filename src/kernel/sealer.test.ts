import assert from "node:assert/strict";
import { test } from "node:test";
import { createSealer } from "./sealer.ts";
import { Secret } from "./secret.ts";

test("what was sealed is opened by the same key for the same purpose only", () => {
  const sealer = createSealer(new Secret("k".repeat(32)));
  const sealed = sealer.seal("totp:1", "secret ü");
  assert.equal(sealer.open("totp:1", sealed)?.reveal(), "secret ü");
  assert.notEqual(sealer.seal("totp:1", "secret ü"), sealed);
  assert.equal(sealer.open("totp:2", sealed), undefined);
  assert.equal(createSealer(new Secret("j".repeat(32))).open("totp:1", sealed), undefined);
});

test("a changed, cut or foreign text opens nothing", () => {
  const sealer = createSealer(new Secret("k".repeat(32)));
  const sealed = sealer.seal("p", "x");
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    const opened = sealer.open("p", changed);
    // The last character of base64 may hold bits that count for nothing.
    if (at < sealed.length - 1) assert.equal(opened, undefined, `position ${at}`);
  }
  for (const text of ["", "s1.", "s1", sealed.slice(0, 20), `s2${sealed.slice(2)}`])
    assert.equal(sealer.open("p", text), undefined);
});
