import assert from "node:assert/strict";
import { test } from "node:test";
import { generatePassphrase } from "./passphrase.ts";
import { acceptPassword } from "./policy.ts";

test("a pass phrase is five words and a digit, easy to type and never the same", () => {
  const phrases = Array.from({ length: 500 }, () => generatePassphrase());
  for (const phrase of phrases) {
    assert.match(phrase, /^([a-z]{3,8}-){5}\d$/);
    assert.equal(acceptPassword(phrase, { name: "anna", minimum: 10 }), phrase);
  }
  assert.equal(new Set(phrases).size, 500);
  // 2500 draws of 2048 words hit about 1444 different ones.
  const words = new Set(phrases.flatMap((phrase) => phrase.split("-").slice(0, 5)));
  assert.ok(words.size > 1300, `${words.size} different words`);
});

test("a hub that demands long passwords gets longer phrases", () => {
  for (let i = 0; i < 100; i += 1) assert.ok(generatePassphrase(128).length >= 128);
});
