import assert from "node:assert/strict";
import { test } from "node:test";
import { clientAddress } from "./trusted-proxies.ts";

test("without trusted proxies the last entry counts, whatever a client wrote before it", () => {
  assert.equal(clientAddress("1.2.3.4, 192.0.2.9", []), "192.0.2.9");
});

test("a trusted proxy's entry gives way to the one it reports", () => {
  assert.equal(clientAddress("203.0.113.7, 127.0.0.1", ["127.0.0.1"]), "203.0.113.7");
  assert.equal(clientAddress("203.0.113.7, 10.1.2.3, 127.0.0.1", ["127.0.0.1", "10.0.0.0/8"]), "203.0.113.7");
  assert.equal(clientAddress("2001:db8::7, ::1", ["::1"]), "2001:db8::7");
});

test("spoofed X-Forwarded-For: what stands left of an untrusted address is not believed", () => {
  assert.equal(clientAddress("1.1.1.1, 203.0.113.7, 127.0.0.1", ["127.0.0.1"]), "203.0.113.7");
  assert.equal(clientAddress("127.0.0.1, 203.0.113.7", ["127.0.0.1"]), "203.0.113.7");
});

test("an entry that is no address ends the search", () => {
  assert.equal(clientAddress("unknown, 127.0.0.1", ["127.0.0.1"]), "127.0.0.1");
});
