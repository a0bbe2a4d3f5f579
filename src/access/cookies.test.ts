import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cookieValues, parseCookies, setCookie, signInCookies, signOutCookies, xsrfCookie } from "./index.ts";

const SITE = { baseUrl: "/jh/", secure: false };
const SESSION = { cookieValue: "s.c.m", sessionId: "abc", sessionHash: "h", expiresAt: "2030-01-15T00:00:00.000Z" };

describe("cookies", () => {
  test("a header is read with names that contain %, values that contain =, and duplicates in their order", () => {
    const cookies = parseCookies('_xsrf=one; jupyterhub-user-carol%40x%20y="a=b"; _xsrf=two;broken; =x;; q="');
    assert.deepEqual(cookies, [
      ["_xsrf", "one"],
      ["jupyterhub-user-carol%40x%20y", "a=b"],
      ["_xsrf", "two"],
      ["q", '"'],
    ]);
    assert.deepEqual(cookieValues(cookies, "_xsrf"), ["one", "two"]);
    assert.deepEqual(cookieValues(parseCookies(undefined), "_xsrf"), []);
  });

  test("a sign-in sets three cookies with the paths and flags of the contract", () => {
    assert.deepEqual(signInCookies(SITE, SESSION, "x.y.z"), [
      "jupyterhub-session-id=abc; Path=/jh/; HttpOnly; SameSite=Lax",
      "jupyterhub-hub-login=s.c.m; Path=/jh/hub/; Expires=Tue, 15 Jan 2030 00:00:00 GMT; HttpOnly; SameSite=Lax",
      "_xsrf=x.y.z; Path=/jh/hub/; SameSite=Lax",
    ]);
  });

  test("over https every cookie is Secure, those that sign out too", () => {
    const site = { ...SITE, secure: true };
    const all = [...signInCookies(site, SESSION, "x"), ...signOutCookies(site), xsrfCookie(site, "x", true)];
    for (const cookie of all) assert.match(cookie, /; Secure;/);
  });

  test("before sign-in the XSRF cookie lives for an hour", () => {
    assert.equal(xsrfCookie(SITE, "x", true), "_xsrf=x; Path=/jh/hub/; Max-Age=3600; SameSite=Lax");
  });

  test("signing out takes away all three, at their paths", () => {
    const paths = signOutCookies(SITE).map((cookie) =>
      /^([^=]+)=; Path=([^;]+); Expires=Thu, 01 Jan 1970/.exec(cookie)?.slice(1),
    );
    assert.deepEqual(paths, [
      ["jupyterhub-session-id", "/jh/"],
      ["jupyterhub-hub-login", "/jh/hub/"],
      ["_xsrf", "/jh/hub/"],
    ]);
  });

  test("attack: header injection through a cookie's value is refused", () => {
    for (const value of ["a\r\nSet-Cookie: b=c", "a; Domain=evil", "a,b", "ä"]) {
      assert.throws(() => setCookie({ name: "a", value, path: "/", secure: false, httpOnly: true }));
    }
  });

  test("what is set is what is read", () => {
    const value = fc.stringMatching(/^[\w.=%-]{1,40}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[\w%-]{1,20}$/), value), { maxLength: 6 }), (pairs) => {
        const header = pairs
          .map(
            ([name, text]) => setCookie({ name, value: text, path: "/", secure: false, httpOnly: false }).split(";")[0],
          )
          .join("; ");
        assert.deepEqual(parseCookies(header), pairs);
      }),
    );
  });
});
