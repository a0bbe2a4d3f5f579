import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { editText } from "./editor.ts";

function script(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-editor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "editor.sh");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o700);
  return path;
}

test("a signal in the middle leaves neither the text nor the editor behind", async (t) => {
  const editor = script(t, 'echo "$1 $$"; exec tail -f /dev/null');
  const source = `import { editText } from ${JSON.stringify(new URL("./editor.ts", import.meta.url).href)};
    await editText("door: hunter2", process.env, async () => true);`;
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
      env: { ...process.env, EDITOR: editor, VISUAL: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const [file = "", pid = ""] = await new Promise<string[]>((resolve) =>
      lines.once("line", (line) => resolve(line.split(" "))),
    );
    assert.equal(readFileSync(file, "utf8"), "door: hunter2");
    assert.deepEqual([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777], [0o600, 0o700]);
    // Its output is closed when the editor, which has it too, is gone.
    const gone = new Promise((resolve) => child.stdout.once("close", resolve));
    const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
    child.kill(signal);
    assert.equal(await ended, signal);
    await gone;
    assert.ok(!existsSync(dirname(file)), `${file} of editor ${pid}`);
  }
});

test("an editor may have options, and one that is not there is told by name", async (t) => {
  const editor = script(t, 'test "$1" = --wait && printf more >> "$2"');
  const taken = await editText("text and ", { EDITOR: `${editor} --wait` }, async (text) => text);
  assert.equal(taken, "text and more");
  await assert.rejects(
    editText("x", { EDITOR: "/nowhere/editor" }, async () => true),
    /The editor \/nowhere\/editor cannot be started/,
  );
});

test("without a folder in memory nothing is decrypted to a disk", async (t) => {
  // Only /dev/shm is left then, which every Linux has.
  const editor = script(t, 'echo "$1" > "$1.seen"; cp "$1.seen" "$1"');
  const file = await editText("x", { EDITOR: editor, XDG_RUNTIME_DIR: "/sys" }, async (text) => text.trim());
  assert.match(file, /^\/dev\/shm\/hublet-edit-/);
});
