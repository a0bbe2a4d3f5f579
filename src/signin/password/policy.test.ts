import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptPassword, normalPassword } from "./policy.ts";

const rules = { name: "alice.long-name", minimum: 10 };

function refuses(password: string, why: RegExp, name = rules.name): void {
  assert.throws(() => acceptPassword(password, { ...rules, name }), { code: "password-too-weak", message: why });
}

test("a long enough password is taken as it is, with spaces and any script", () => {
  for (const password of [
    "correct horse battery",
    "  spaces  count ",
    "пароль на русском",
    "パスワードは長い方がいい",
    "🐎🔋📎✅🐎🔋📎✅🐎🔋",
  ]) {
    assert.equal(acceptPassword(password, rules), password.normalize("NFKC"));
  }
});

test("the length is counted in characters as people see them typed", () => {
  refuses("🐎🔋📎✅🐎🔋📎✅🐎", /It has 9 characters\. Use at least 10/);
  refuses("short", /It has 5 characters/);
  refuses("", /It is empty/);
  // Nine letters and a ligature that stands for two.
  assert.equal(acceptPassword("abcdefghﬁ", rules), "abcdefghfi");
});

test("the same password typed with another keyboard is the same text", () => {
  assert.equal(normalPassword("ｐａｓｓ　ｗｏｒｄ"), "pass word");
  assert.equal(normalPassword("Ame\u0301lie"), normalPassword("Am\u00e9lie"));
});

test("what everybody tries first is refused in any case", () => {
  for (const password of [
    "Password123",
    "1234567890",
    "QWERTYUIOP",
    "jupyterhub",
    "aaaaaaaaaaaa",
    "abababababab",
    "ｐａｓｓｗｏｒｄ１２３",
  ]) {
    refuses(password, /everybody tries first/);
  }
});

test("the user name is refused", () => {
  refuses("Alice.Long-Name", /your user name/);
  refuses("alicealice", /your user name/, "alice");
});

test("more than 1024 bytes are refused before any work, also when normalising makes them so long", () => {
  assert.equal(acceptPassword("long word ".repeat(102), rules).length, 1020);
  refuses("x1 ".repeat(342), /at most 1024 bytes/);
  refuses("é1".repeat(400), /at most 1024 bytes/);
  // U+FDFA becomes 18 letters.
  refuses("\ufdfa".repeat(100), /at most 1024 bytes/);
  const start = performance.now();
  assert.equal(normalPassword("x".repeat(50_000_000)), undefined);
  assert.ok(performance.now() - start < 10_000);
});
