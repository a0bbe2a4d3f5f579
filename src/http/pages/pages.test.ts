import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { renderClaim } from "./claim.ts";
import { renderConfirm } from "./confirm.ts";
import { renderError } from "./error.ts";
import { html } from "./html.ts";
import { renderLogin } from "./login.ts";
import { renderNotRunning } from "./not-running.ts";

const hub = { hubName: "Lab", baseUrl: "/" };
const EVIL = `"'><script>alert(1)</script>&\``;

function everyPage(text: string): readonly string[] {
  const context = { hubName: text, baseUrl: "/" };
  return [
    renderLogin({ ...context, xsrf: text, next: text, error: text, username: text }),
    renderClaim({ ...context, xsrf: text, code: text, username: text, error: text, minimumLength: 10 }),
    renderClaim({ ...context, xsrf: text, code: text, username: undefined, error: text, minimumLength: 10 }),
    renderClaim({ ...context, xsrf: text, code: "", username: undefined, error: text, minimumLength: 10 }),
    renderConfirm({
      ...context,
      clientDescription: text,
      owner: text,
      scopes: [{ scope: text, words: text }],
      xsrf: text,
      action: text,
      userName: text,
    }),
    renderError({
      ...context,
      status: 404,
      title: text,
      message: text,
      requestId: text,
      backHref: text,
      userName: text,
    }),
    renderNotRunning({ ...context, userName: text, owner: text, server: text, startHref: text }),
  ];
}

test("nothing that comes from outside becomes markup", () => {
  for (const page of everyPage(EVIL)) {
    assert.equal(page.includes("<script>alert"), false);
    assert.equal(page.includes("&lt;script&gt;"), true);
  }
});

test("any text leaves the tags of a page as they are", () => {
  const shape = (page: string) => page.replace(/>[^<]*</g, "><").replace(/="[^"]*"/g, '=""');
  const plain = everyPage("x").map(shape);
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), (text) => {
      const shapes = everyPage(text).map(shape);
      // The sign-in page moves its focus with the name's emptiness and the title repeats the hub's name: both are not markup.
      for (const [index, one] of shapes.entries()) assert.equal(one, plain[index]);
    }),
  );
});

test("pages hold no inline script, no inline style and no foreign address", () => {
  for (const page of everyPage("x")) {
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/);
    assert.doesNotMatch(page, /\sstyle=|\son[a-z]+=/);
    assert.doesNotMatch(page, /https?:\/\//);
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
    assert.match(page, /name="viewport"/);
  }
});

test("the sign-in form carries next, the token and what was typed, and names its error", () => {
  const page = renderLogin({
    ...hub,
    xsrf: "2|abc",
    next: "/hub/user/a b/lab?x=1&y=2",
    error: "Wrong.",
    username: "alice",
  });
  assert.match(page, /action="\/hub\/login\?next=%2Fhub%2Fuser%2Fa%20b%2Flab%3Fx%3D1%26y%3D2"/);
  assert.match(page, /name="_xsrf" value="2\|abc"/);
  assert.match(page, /value="alice"/);
  assert.match(page, /aria-describedby="problem"/);
  assert.match(page, /id="problem" role="alert">Wrong\./);
  assert.match(renderLogin({ ...hub, xsrf: "x", next: "" }), /action="\/hub\/login"/);
});

test("the sign-in page stays small", () => {
  assert.ok(Buffer.byteLength(renderLogin({ ...hub, xsrf: "x".repeat(100), next: "/hub/" })) < 4096);
});

test("a known claim code shows the name unchangeable; an unknown one says what to do", () => {
  const known = renderClaim({ ...hub, xsrf: "x", code: "c0de", username: "alice", minimumLength: 12 });
  assert.match(known, /name="username" value="alice" readonly/);
  assert.match(known, /name="code" value="c0de"/);
  assert.match(known, /minlength="12"/);
  const unknown = renderClaim({ ...hub, xsrf: "x", code: "c0de", username: undefined, minimumLength: 12 });
  assert.match(unknown, /expired/);
  assert.doesNotMatch(unknown, /<form/);
});

test("the confirmation posts one field per scope back to the same address", () => {
  const page = renderConfirm({
    ...hub,
    clientDescription: "Server at /user/bob/",
    owner: "bob",
    scopes: [
      { scope: "access:servers!server=bob/", words: "open bob’s server" },
      { scope: "read:users:name!user=alice", words: "read your name" },
    ],
    xsrf: "x",
    action: "/hub/api/oauth2/authorize?client_id=jupyterhub-user-bob&state=s",
    userName: "alice",
  });
  assert.equal(page.match(/name="scopes"/g)?.length, 2);
  assert.match(page, /action="\/hub\/api\/oauth2\/authorize\?client_id=jupyterhub-user-bob&amp;state=s"/);
});

test("html escapes values, keeps Html and drops what is absent", () => {
  const items = ["<a>", "b"].map((item) => html`<li>${item}</li>`);
  assert.equal(
    html`<ul class="${'"'}">${items}${undefined}${false}${3}</ul>`.text,
    '<ul class="&quot;"><li>&lt;a&gt;</li><li>b</li>3</ul>',
  );
});
