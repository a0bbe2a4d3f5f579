/** Lines that are added to a configuration which people wrote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { withKeys } from "./add-keys.ts";

const KEYS = { publicUrl: "https://lab.example.org", tls: { certificate: "tls/lab.crt", key: { secret: "tls-key" } } };

test("every letter of before stays, comments, quotes and order, and the keys follow", () => {
  const before = `# The lab\nname:   "Lab"   # on every page\nserver: {memory: 2G,cpus: 2}\n\npeople:\n   names: [ada]   # odd spaces\n`;
  const after = withKeys(before, KEYS);
  assert.ok(after.startsWith(before));
  assert.deepEqual(parse(after), { ...parse(before), ...KEYS });
});

const TEXTS = {
  "an empty file": "",
  "only comments": "# nothing yet\n",
  "no newline at the end": "name: Lab",
  "a text block at the end": "banner:\n  text: |\n    one\n    two",
  "an empty map": "{}\n",
  "a map in one line": "{name: Lab} # all of it\n",
  "an end mark": "name: Lab\n...\n",
  "a start mark": "---\nname: Lab\n",
  "an indented map": "  name: Lab\n  listen: 127.0.0.1:1\n",
};
for (const [what, text] of Object.entries(TEXTS))
  test(`${what} says afterwards what it said before, and the keys`, () => {
    const after = withKeys(text, KEYS);
    assert.deepEqual(parse(after), { ...(parse(text) as object | null), ...KEYS });
    for (const comment of text.match(/#.*/g) ?? []) assert.ok(after.includes(comment), after);
  });
