import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "./browser-name.ts";

test("browsers are told from those they pretend to be", () => {
  const name = (agent: string) => Object.values(browserName(agent)).join(" ");
  const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
  assert.equal(name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox Linux");
  assert.equal(
    name(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0 Safari/537.36`),
    "Chrome Windows",
  );
  assert.equal(name(`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`), "Edge Windows");
  assert.equal(
    name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"),
    "Safari iPhone",
  );
  assert.equal(name(`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webkit} Chrome/140.0 Mobile Safari`), "Chrome Android");
  assert.deepEqual(browserName("something else"), { browser: null, system: null });
});
