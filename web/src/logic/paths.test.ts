import assert from "node:assert/strict";
import { test } from "node:test";
import { isServerName, safeNext, serverPage, serverPath, urlName } from "./paths.ts";

test("names are escaped as the hub escapes them", () => {
  assert.equal(urlName("carol@x y"), "carol@x%20y");
  assert.equal(urlName("a/b(c)'*"), "a%2Fb%28c%29%27%2A");
  assert.equal(serverPath("a b", ""), "users/a%20b/server");
  assert.equal(serverPath("a", "x-1"), "users/a/servers/x-1");
  assert.equal(serverPage("spawn-pending", "a b", ""), "/spawn-pending/a%20b");
});

test("next leads only to this origin", () => {
  const origin = "http://hub.example:8000";
  assert.equal(safeNext("/user/a/lab?x=1#y", origin), "/user/a/lab?x=1#y");
  for (const bad of [
    "https://evil/",
    "//evil/x",
    "/\\evil",
    "\\\\evil",
    "javascript:alert(1)",
    "evil",
    "",
    "/\t/evil",
  ]) {
    const result = safeNext(bad, origin);
    assert.ok(result === null || (result.startsWith("/") && !result.startsWith("//")), bad);
    assert.doesNotMatch(result ?? "", /evil\/?$/);
  }
  assert.equal(safeNext(null, origin), null);
});

test("names of servers are what the hub takes", () => {
  for (const name of ["a", "gpu-2", "x".repeat(30)]) assert.equal(isServerName(name), true, name);
  for (const name of ["", "2gpu", "a--b", "-a", "A", "a b", "x".repeat(31)])
    assert.equal(isServerName(name), false, name);
});
