import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type GatePass, gatePassAdmits, gatePassIsAging, readGatePass, signGatePass } from "./gate-pass.ts";
import { Secret } from "./index.ts";

const key = new Secret("key-of-the-test-".repeat(3));
const pass: GatePass = { s: "alice/lab", e: "3", u: "alice", i: "session", x: 1000, l: 600 };

test("a signed pass reads back as it was, and only with its key", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (s, e, u) => {
      const given = { ...pass, s, e, u };
      const cookie = signGatePass(key, given);
      assert.match(cookie, /^[\w-]+\.[\w-]{43}$/);
      assert.deepEqual(readGatePass(key, cookie), given);
      assert.equal(readGatePass(new Secret("another"), cookie), undefined);
    }),
  );
});

test("no changed character goes unnoticed", () => {
  const cookie = signGatePass(key, pass);
  fc.assert(
    fc.property(fc.nat(cookie.length - 1), fc.constantFrom(..."AZaz09-_."), (at, character) => {
      fc.pre(cookie[at] !== character);
      assert.equal(readGatePass(key, cookie.slice(0, at) + character + cookie.slice(at + 1)), undefined);
    }),
  );
});

test("a pass opens its own server, in its own epoch, until it expires", () => {
  const demand = { server: "alice/lab", epoch: "3" };
  assert.equal(gatePassAdmits(pass, demand, 999), true);
  assert.equal(gatePassAdmits(pass, demand, 1000), false);
  assert.equal(gatePassAdmits(pass, { ...demand, server: "alice/" }, 0), false);
  assert.equal(gatePassAdmits(pass, { ...demand, epoch: "4" }, 0), false);
});

test("a pass ages once half of its life is over", () => {
  assert.equal(gatePassIsAging(pass, 700), false);
  assert.equal(gatePassIsAging(pass, 701), true);
});
