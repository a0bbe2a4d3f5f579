import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Secret } from "../kernel/index.ts";
import { standingClock } from "./access.fixture.ts";
import { createXsrf, type XsrfRequest, type XsrfSubject } from "./xsrf.ts";

const alice: XsrfSubject = { kind: "session", sessionHash: "hash of alice's session" };
const bob: XsrfSubject = { kind: "session", sessionHash: "hash of bob's session" };
const visitor: XsrfSubject = { kind: "anonymous", address: "10.0.0.1", userAgent: "Firefox" };

function setUp() {
  const clock = standingClock();
  const xsrf = createXsrf({ clock, key: new Secret("k") });
  const value = xsrf.issue(alice);
  const request = (changes: Partial<XsrfRequest> = {}): XsrfRequest => ({
    method: "GET",
    apiPath: true,
    headers: {},
    via: "cookie",
    subject: alice,
    submitted: undefined,
    cookies: [["_xsrf", value]],
    ...changes,
  });
  const verdict = (changes: Partial<XsrfRequest>) => xsrf.check(request(changes))?.reason ?? "pass";
  return { clock, xsrf, value, verdict, request };
}

describe("which requests are checked", () => {
  const cors = { "sec-fetch-mode": "cors" };
  const sameOrigin = { "sec-fetch-mode": "no-cors", "sec-fetch-site": "same-origin" };
  const sameSite = { "sec-fetch-mode": "no-cors", "sec-fetch-site": "same-site" };
  const cases: [string, Partial<XsrfRequest>, "pass" | "missing"][] = [
    ["a GET of the API without fetch headers", {}, "pass"],
    ["a navigation to the API", { headers: { "sec-fetch-mode": "navigate" } }, "pass"],
    ["a cors GET of the API", { headers: cors }, "missing"],
    ["a same-origin mode GET of the API", { headers: { "sec-fetch-mode": "same-origin" } }, "missing"],
    ["a no-cors GET from the same origin", { headers: sameOrigin }, "pass"],
    ["a no-cors GET from the same site", { headers: sameSite }, "missing"],
    ["a cors GET of a page", { headers: cors, apiPath: false }, "pass"],
    ["a cors HEAD of the API", { headers: cors, method: "HEAD" }, "pass"],
    ["a cors OPTIONS of the API", { headers: cors, method: "OPTIONS" }, "pass"],
    ["a websocket", { headers: { "sec-fetch-mode": "websocket" } }, "pass"],
    ["a POST to the API", { method: "POST" }, "missing"],
    [
      "a navigating POST of a page",
      { method: "POST", apiPath: false, headers: { "sec-fetch-mode": "navigate" } },
      "missing",
    ],
    ["a PUT", { method: "PUT" }, "missing"],
    ["a PATCH", { method: "PATCH" }, "missing"],
    ["a DELETE", { method: "DELETE" }, "missing"],
    ["a POST with a token", { method: "POST", via: "token" }, "pass"],
    ["a POST to the API without credentials", { method: "POST", via: "none", subject: visitor }, "pass"],
    [
      "a POST to the API without credentials but with Origin",
      { method: "POST", via: "none", subject: visitor, headers: { origin: "https://evil" } },
      "missing",
    ],
    ["the login form", { method: "POST", via: "none", subject: visitor, apiPath: false }, "missing"],
  ];
  for (const [name, changes, expected] of cases) {
    test(`${name}: ${expected}`, () => assert.equal(setUp().verdict(changes), expected));
  }
});

describe("what passes", () => {
  test("the cookie's value as argument or in either header; the argument comes first", () => {
    const { verdict, value } = setUp();
    assert.equal(verdict({ method: "POST", submitted: value }), "pass");
    assert.equal(verdict({ method: "POST", headers: { "x-xsrftoken": value } }), "pass");
    assert.equal(verdict({ method: "POST", headers: { "x-csrftoken": [value] } }), "pass");
    assert.equal(verdict({ method: "POST", submitted: "wrong", headers: { "x-xsrftoken": value } }), "mismatch");
    assert.equal(verdict({ method: "POST", submitted: "", headers: { "x-xsrftoken": value } }), "pass");
  });

  test("of two cookies the one that verifies counts, in either order", () => {
    const { verdict, value } = setUp();
    for (const cookies of [
      [
        ["_xsrf", "other"],
        ["_xsrf", value],
      ],
      [
        ["_xsrf", value],
        ["_xsrf", "other"],
      ],
    ] as const) {
      assert.equal(verdict({ method: "POST", submitted: value, cookies }), "pass");
      assert.equal(verdict({ method: "POST", submitted: "other", cookies }), "mismatch");
    }
  });

  test("a cookie POST to the API must be JSON or say nothing of its type", () => {
    const { verdict, value } = setUp();
    for (const [type, expected] of [
      ["text/plain", "not-signed-in"],
      ["application/x-www-form-urlencoded", "not-signed-in"],
      ["application/json", "pass"],
      ["Application/JSON; charset=utf-8", "pass"],
      [undefined, "pass"],
    ] as const) {
      assert.equal(verdict({ method: "POST", submitted: value, headers: { "content-type": type } }), expected);
    }
    assert.equal(
      verdict({
        method: "POST",
        apiPath: false,
        submitted: value,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
      "pass",
    );
  });

  test("the refusals have JupyterHub's words", () => {
    const { xsrf, request } = setUp();
    assert.equal(xsrf.check(request({ method: "POST" }))?.message, "'_xsrf' argument missing from POST");
    assert.equal(
      xsrf.check(request({ method: "POST", submitted: "x" }))?.message,
      "XSRF cookie does not match POST argument",
    );
  });
});

describe("attacks", () => {
  test("attack: the XSRF token of another user is refused, even when cookie and argument agree", () => {
    const { xsrf, verdict } = setUp();
    const foreign = xsrf.issue(bob);
    assert.equal(verdict({ method: "POST", submitted: foreign, cookies: [["_xsrf", foreign]] }), "mismatch");
  });

  test("attack: an XSRF token from before the sign-in is refused after it", () => {
    const { xsrf, verdict } = setUp();
    const planted = xsrf.issue(visitor);
    assert.equal(verdict({ method: "POST", submitted: planted, cookies: [["_xsrf", planted]] }), "mismatch");
  });

  test("attack: a token of another address or browser is refused", () => {
    const { xsrf } = setUp();
    const value = xsrf.issue(visitor);
    assert.equal(xsrf.verify(value, visitor), true);
    assert.equal(xsrf.verify(value, { ...visitor, address: "10.0.0.2" }), false);
    assert.equal(xsrf.verify(value, { ...visitor, userAgent: "curl" }), false);
  });

  test("attack: a user agent cannot spell out somebody's session", () => {
    const { xsrf } = setUp();
    const spelt = xsrf.issue({ kind: "anonymous", address: "session", userAgent: "hash of alice's session" });
    assert.equal(xsrf.verify(spelt, alice), false);
  });

  test("attack: a token signed by another key, cut, or with another time is refused", () => {
    const { xsrf, value, clock } = setUp();
    const other = createXsrf({ clock, key: new Secret("other") }).issue(alice);
    const [time, nonce, mac] = value.split(".");
    for (const forged of [
      other,
      "",
      ".",
      "..",
      `${time}.${nonce}.`,
      `zzzzzz.${nonce}.${mac}`,
      `${value}.x`,
      `${time}.${nonce}`,
    ]) {
      assert.equal(xsrf.verify(forged, alice), false);
    }
  });

  test("a token from before sign-in ends after an hour; one of a session lasts as long as that", () => {
    const { xsrf, value, clock } = setUp();
    const early = xsrf.issue(visitor);
    clock.pass(3600 * 1000);
    assert.equal(xsrf.verify(early, visitor), true);
    clock.pass(61 * 1000);
    assert.equal(xsrf.verify(early, visitor), false);
    assert.equal(xsrf.verify(value, alice), true);
  });
});
