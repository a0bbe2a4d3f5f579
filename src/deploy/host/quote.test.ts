import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { shellQuote } from "./quote.ts";

/** Shells that a test machine has: dash or whatever `sh` is, and bash where it is there. */
const SHELLS = ["/bin/sh", "/bin/bash", "/bin/zsh", "/usr/bin/fish"].filter((shell) => existsSync(shell));
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."'\"\\$`!~*?[]{}()<>|&;#=%^ \n\t\r-ab€") }),
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").toWellFormed()),
);

describe("the command line for a shell elsewhere", () => {
  for (const shell of SHELLS) {
    it(`gives ${shell} the very arguments`, () => {
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
          const line = shellQuote(["printf", "%s\\0", ...words]);
          const said = execFileSync(shell, ["-c", line], { encoding: "utf8" });
          assert.deepEqual(said.split("\0").slice(0, -1), words);
        }),
        { numRuns: 150 },
      );
    });
  }

  it("leaves plain words readable", () => {
    assert.equal(shellQuote(["/usr/bin/podman", "load", "-q"]), "/usr/bin/podman load -q");
    assert.equal(shellQuote(["", "a b", "it's"]), "'' 'a b' 'it'\"'\"'s'");
  });

  it("refuses a NUL", () => {
    assert.throws(() => shellQuote(["a\0b"]), TypeError);
  });
});
