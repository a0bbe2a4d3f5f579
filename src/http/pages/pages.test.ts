import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { qrCode } from "../qr.ts";
import { renderAcceptShare } from "./accept-share.ts";
import { renderChangePassword } from "./change-password.ts";
import { renderClaim } from "./claim.ts";
import { renderConfirm } from "./confirm.ts";
import { renderError } from "./error.ts";
import { html } from "./html.ts";
import { renderLogin } from "./login.ts";
import { renderNotRunning } from "./not-running.ts";
import { renderRecoveryCodes, renderSecondFactor, renderSetUp } from "./second-factor.ts";
import { renderSignUp, renderSignUpSent } from "./sign-up.ts";
import { renderStart, renderStartTag } from "./start.ts";

const hub = { hubName: "Lab", baseUrl: "/" };
const passwords = { form: "passwords", buttons: [], signUp: false } as const;
const EVIL = `"'><script>alert(1)</script>&\``;

function everyPage(text: string): readonly string[] {
  const context = { hubName: text, baseUrl: "/", banner: { text, level: "warning" } } as const;
  const step = { ...context, xsrf: text, next: text, ticket: text, error: text };
  const buttons = [{ title: text, href: text }];
  return [
    renderLogin({
      ...context,
      xsrf: text,
      next: text,
      error: text,
      username: text,
      form: "passwords",
      buttons,
      signUp: true,
    }),
    renderLogin({ ...context, xsrf: text, next: text, error: text, form: "anybody", buttons: [], signUp: false }),
    renderLogin({ ...context, xsrf: text, next: text, error: text, form: "none", buttons, signUp: false }),
    renderSecondFactor(step),
    renderSetUp({ ...step, secret: text, uri: text, qr: qrCode("otpauth://totp/x") }),
    renderRecoveryCodes({ ...context, codes: [text, text], href: text, userName: text }),
    renderSignUp({ ...context, xsrf: text, error: text, username: text, note: text, minimumLength: 10 }),
    renderSignUpSent(context),
    renderAcceptShare({
      ...context,
      owner: text,
      server: text,
      words: [text],
      code: text,
      next: text,
      xsrf: text,
      userName: text,
    }),
    renderChangePassword({ ...context, xsrf: text, userName: text, state: "form", error: text, minimumLength: 10 }),
    renderChangePassword({ ...context, xsrf: text, userName: text, state: "none", minimumLength: 10 }),
    renderChangePassword({ ...context, xsrf: text, userName: text, state: "done", minimumLength: 10 }),
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
    renderStart({
      ...{ ...context, xsrf: text, userName: text, action: text, error: text },
      profiles: [{ name: text, title: text, description: text }],
      images: [text],
      repositories: [text],
      chosen: { profile: text, image: text },
    }),
    renderStartTag({
      ...{ ...context, xsrf: text, userName: text, action: text, backHref: text, error: text },
      repository: text,
      tags: [text],
      chosen: { profile: text, tag: text },
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
    ...passwords,
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
  assert.match(renderLogin({ ...hub, ...passwords, xsrf: "x", next: "" }), /action="\/hub\/login"/);
});

test("the sign-in page stays small, with its style sheet and script too", () => {
  const buttons = Array.from({ length: 8 }, (_, index) => ({
    title: `Provider ${index}`,
    href: `/hub/oauth_login?method=oidc%3Aprovider-${index}&next=%2Fhub%2F`,
  }));
  const page = renderLogin({ ...hub, ...passwords, buttons, signUp: true, xsrf: "x".repeat(100), next: "/hub/" });
  assert.ok(Buffer.byteLength(page) < 8192);
  const files = ["pages.css", "pages.js", "logo.svg"].map(
    (name) => new URL(`../../../web/public/${name}`, import.meta.url),
  );
  const all = files.reduce((sum, file) => sum + statSync(file).size, Buffer.byteLength(page));
  assert.ok(all < 100_000, `${all} bytes, uncompressed`);
});

test("the sign-in page has one button for each way, and a form only when names and passwords are taken", () => {
  const buttons = [{ title: "GitHub", href: "/hub/oauth_login?method=github&next=%2Fhub%2Ftoken" }];
  const both = renderLogin({ ...hub, ...passwords, buttons, signUp: true, xsrf: "x", next: "/hub/token" });
  assert.match(both, /<form method="post"/);
  assert.match(both, /href="\/hub\/oauth_login\?method=github&amp;next=%2Fhub%2Ftoken"[^>]*>Sign in with GitHub</);
  assert.match(both, /href="\/hub\/signup">Ask for an account/);
  assert.doesNotMatch(both, /autofocus/);
  const only = renderLogin({
    ...hub,
    form: "none",
    buttons,
    signUp: false,
    xsrf: "x",
    next: "",
    error: "Refused. Why.",
  });
  assert.doesNotMatch(only, /<form|signup|pages\.js/);
  assert.match(only, /role="alert">Refused\. Why\./);
  assert.match(
    renderLogin({ ...hub, form: "none", buttons: [], signUp: false, xsrf: "x", next: "" }),
    /Nobody can sign in/,
  );
  const page = { ...hub, ...passwords, xsrf: "x", next: "" };
  assert.match(
    renderLogin({ ...page, firstPassword: 12 }),
    /On the list but never here\?.+\(12 characters or more\)\./,
  );
  assert.doesNotMatch(renderLogin(page), /never here/);
  assert.doesNotMatch(renderLogin({ ...page, form: "none", firstPassword: 12 }), /never here/);
  assert.match(renderLogin({ ...hub, ...passwords, form: "anybody", xsrf: "x", next: "" }), /lets in anybody/);
});

test("every field of every form has a label, and what describes it is there", () => {
  for (const page of everyPage("x")) {
    const ids = new Set([...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
    for (const [input] of page.matchAll(/<input(?![^>]*type="hidden")[^>]*>/gs)) {
      const [, id = ""] = /\sid="([^"]*)"/.exec(input) ?? [];
      assert.match(page, new RegExp(`<label for="${id}">`), input);
      for (const described of /aria-describedby="([^"]*)"/.exec(input)?.[1]?.split(" ") ?? [])
        assert.ok(ids.has(described), `${described} of ${input}`);
    }
    assert.equal(ids.size, [...page.matchAll(/\sid="/g)].length, "an id stands twice");
  }
});

test("a code's field asks for the digits of an app; recovery codes have a field of their own", () => {
  const step = { ...hub, xsrf: "x", next: "/hub/token", ticket: "s1.t" };
  const page = renderSecondFactor(step);
  assert.match(page, /inputmode="numeric" autocomplete="one-time-code"/);
  assert.match(page, /id="recovery" name="code"/);
  assert.equal(page.match(/name="ticket" value="s1\.t"/g)?.length, 2);
  assert.equal(page.match(/action="\/hub\/login\/second-factor\?next=%2Fhub%2Ftoken"/g)?.length, 2);
  const setUp = renderSetUp({ ...step, secret: "ABCDEFGHIJ", uri: "otpauth://totp/x", qr: qrCode("otpauth://totp/x") });
  assert.match(setUp, /ABCD EFGH IJ/);
  assert.match(setUp, /<svg class="page-qr"[^>]*role="img" aria-label=/);
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
