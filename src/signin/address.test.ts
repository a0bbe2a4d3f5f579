import assert from "node:assert/strict";
import { test } from "node:test";
import { addressKey } from "./address.ts";

test("an IPv4 address is one client, however it is written", () => {
  assert.equal(addressKey("192.0.2.7"), "192.0.2.7");
  assert.equal(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(addressKey("::FFFF:c000:207"), "192.0.2.7");
  assert.equal(addressKey("0:0:0:0:0:ffff:192.0.2.7"), "192.0.2.7");
});

test("all addresses of an IPv6 network are one client", () => {
  assert.equal(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(addressKey("2001:DB8:1:2::9"), "2001:db8:1:2::/64");
  assert.equal(addressKey("2001:0db8:0001:0002:ffff:ffff:ffff:ffff"), "2001:db8:1:2::/64");
  assert.notEqual(addressKey("2001:db8:1:3::9"), addressKey("2001:db8:1:2::9"));
  assert.equal(addressKey("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(addressKey("::1"), "0:0:0:0::/64");
  assert.equal(addressKey("::"), "0:0:0:0::/64");
  assert.equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
});

test("what is no address shares one key", () => {
  for (const text of ["", "unix:", "example.org", "1.2.3.4, 5.6.7.8", "192.0.2.7:80", "[::1]"]) {
    assert.equal(addressKey(text), "unknown", text);
  }
});
