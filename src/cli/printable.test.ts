import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLogLine } from "./log-format.ts";
import { printable, printableJson } from "./printable.ts";

const EVIL = "\u001b]0;title\u0007\u001b[2J\u009b31m\u202eadmin\u0000";

test("nothing that people wrote commands the terminal of whoever reads it (CWE-150)", () => {
  assert.equal(printable(EVIL), "\\u001b]0;title\\u0007\\u001b[2J\\u009b31m\\u202eadmin\\u0000");
  assert.equal(printable("\u001b[32m[I 12:00]\u001b[0m ready\tnow\r\n10 %\r20 %"), "[I 12:00] ready\tnow\n10 %\n20 %");
  assert.equal(printable("Ärger – “ok” 日本"), "Ärger – “ok” 日本");
  const json = printableJson({ name: EVIL }, 2);
  assert.doesNotMatch(json, /\u009b|\u202e/);
  assert.deepEqual(JSON.parse(json), { name: EVIL });
  const line = JSON.stringify({ level: "info", msg: `a${EVIL}`, login: `b${EVIL}\nforged` });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  assert.doesNotMatch(formatLogLine("hub", line), /[\u0000-\u001f\u0080-\u009f]/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  assert.doesNotMatch(formatLogLine("hub", `no record ${EVIL}`), /[\u0000-\u001f\u0080-\u009f]/);
});
