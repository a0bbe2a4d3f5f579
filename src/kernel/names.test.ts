import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HubError } from "./errors.ts";
import { userName } from "./names.ts";

function nameOf(raw: string): string | undefined {
  try {
    return userName(raw);
  } catch (error) {
    assert.ok(error instanceof HubError && error.code === "name-invalid", String(error));
    return undefined;
  }
}

test("a normalised name is a name and stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (raw) => {
      const name = nameOf(raw);
      fc.pre(name !== undefined);
      assert.equal(userName(name ?? ""), name);
    }),
    { numRuns: 500 },
  );
});

describe("look-alike names", () => {
  test("letters of several alphabets in one name are refused", () => {
    // Cyrillic а and і, Greek ο, Armenian ս, Cherokee Ꭺ among Latin letters.
    for (const raw of ["\u0430dmin", "adm\u0456n", "r\u03bfot", "\u057d\u0430m", "\u13aadmin", "ali\u0441e-2"]) {
      assert.throws(() => userName(raw), /letters of several alphabets/);
    }
  });

  test("another form of the same letters is the same name", () => {
    for (const raw of ["ADMIN", "ａｄｍｉｎ", "ⓐⓓⓜⓘⓝ", "𝐚𝐝𝐦𝐢𝐧"]) assert.equal(userName(raw), "admin");
    assert.equal(userName("\u212aim"), "kim");
    assert.equal(userName("e\u0301va"), "\u00e9va");
  });

  test("letters that cannot be seen are refused", () => {
    for (const invisible of ["\u200b", "\u200d", "\u00ad", "\u3164", "\u115f", "\u034f", "\ufe0f", "\u2028"]) {
      assert.throws(() => userName(`ad${invisible}min`), /invisible/);
    }
  });

  test("one alphabet, whichever, and those that go together are fine", () => {
    for (const raw of [
      "анна",
      "σοφία",
      "josé_garcía",
      "田中ゆき",
      "mika-田中",
      "김민수",
      "user.name+tag@example.org",
    ]) {
      assert.equal(userName(raw), raw);
    }
  });
});
