/** The same rules, with some thousand generated words, were tried by Quadlet and systemd themselves (Podman 5.4, systemd 257). */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { plain, unitText, word } from "./unit-text.ts";

/** A reader of systemd's rules (systemd.syntax(7), “Quoting”; systemd.service(5), “Command lines”), with %h and $HOME set. */
function read(line: string): string[] {
  const words: string[] = [];
  let current: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? "";
    if (quote === "" && character === " ") {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
      current ??= "";
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\") {
      const hex = /^x([0-9a-f]{2})/.exec(line.slice(index + 1))?.[1];
      current =
        (current ?? "") + (hex === undefined ? (line[index + 1] ?? "") : String.fromCharCode(Number.parseInt(hex, 16)));
      index += hex === undefined ? 1 : 3;
    } else {
      current = (current ?? "") + character;
    }
  }
  if (current !== undefined) words.push(current);
  return words.map(replaced);
}

function replaced(text: string): string {
  return text.replace(/%%|\$\$|%h|\$\{?HOME\}?/g, (found) =>
    found === "%%" ? "%" : found === "$$" ? "$" : "REPLACED",
  );
}

const hard = fc.string({ unit: fc.constantFrom(...`%h$HOME{}\\"' ;#=:,~\n\t\u0001\u007faxn07é`) });

test("words come out of a command line as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(hard, fc.string()).filter((text) => text !== "" && text !== ";")), (words) => {
      assert.deepEqual(read(words.map(word).join(" ")), words);
    }),
  );
});

test("no word leaves its line", () => {
  fc.assert(
    fc.property(
      hard.filter((text) => text !== "" && text !== ";"),
      (text) => {
        const [comment, blank, section, line, ...rest] = unitText("c", [
          { name: "S", lines: [["K", word(text)]] },
        ]).split("\n");
        assert.deepEqual([comment, blank, section, rest], ["# c", "", "[S]", [""]]);
        assert.ok(line?.startsWith("K="));
      },
    ),
  );
});

test("what Quadlet hands on wrongly is refused", () => {
  for (const text of ["", ";"]) assert.throws(() => word(text), /cannot have the word/);
  assert.equal(word("a;b"), '"a;b"');
});

test("paths are one text: only percent and dollar are doubled, and control characters refused", () => {
  assert.equal(plain("/srv/100% $x y"), "/srv/100%% $$x y");
  for (const path of ["/a\nExecStart=/bin/evil", "/a\\", "/a ", "/a\u0085b"])
    assert.throws(() => unitText("c", [{ name: "S", lines: [["Volume", plain(path)]] }]), /A unit cannot say Volume=/);
});
