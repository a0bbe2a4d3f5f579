/** Mending: what is safe alone, after asking, one problem after the other. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { contextWith } from "./context.fixture.ts";
import { error } from "./finding.ts";
import { fixFindings } from "./fixing.ts";
import type { CheckOutcome } from "./types.ts";

/** A host whose problems are words; `mend WORD` takes one away. */
function brokenHost(
  words: readonly string[],
  options: { readonly stubborn?: string; readonly needs?: Readonly<Record<string, string>> } = {},
) {
  const broken = new Set(words);
  const done: string[] = [];
  let locked = false;
  const { host } = contextWith({
    host: {
      mustRun: async (argv) => {
        assert.ok(locked, "the host is locked while it is changed");
        const word = argv[1] ?? "";
        done.push(word);
        if (word === options.stubborn) throw new HubError("command-failed", "no such thing");
        broken.delete(word);
        return { code: 0, stdout: "", stderr: "" };
      },
      lock: async () => {
        locked = true;
        return {
          close: async () => {
            locked = false;
          },
        };
      },
    },
  });
  const examine = async (): Promise<readonly CheckOutcome[]> =>
    words.map((word) => {
      const hidden = options.needs?.[word];
      const shown = broken.has(word) && (hidden === undefined || !broken.has(hidden));
      const findings = shown
        ? [error(`${word} is broken.`, "w", { fix: [{ argv: ["mend", word] }], safe: word !== "unsafe" })]
        : [];
      return { id: word, group: "kernel", title: word, outcome: shown ? "error" : "ok", findings, note: undefined };
    });
  const notes: string[] = [];
  const run = async (agree: (id: string) => boolean = () => true) =>
    fixFindings(await examine(), {
      ...{ host, examine, signal: new AbortController().signal },
      note: (line) => void notes.push(line),
      agree: async (id) => agree(id),
    });
  return { run, done, notes };
}

describe("mending", () => {
  test("runs what is safe, and nothing else", async () => {
    const { run, done } = brokenHost(["linger", "unsafe"]);
    const { gone, stayed, outcomes } = await run();
    assert.deepEqual([done, gone, stayed], [["linger"], ["linger"], []]);
    assert.equal(outcomes.find(({ id }) => id === "unsafe")?.findings.length, 1);
  });

  test("leaves what nobody agreed to, and asks once", async () => {
    const asked: string[] = [];
    const { run, done } = brokenHost(["linger", "tun"]);
    const { gone } = await run((id) => {
      asked.push(id);
      return id === "tun";
    });
    assert.deepEqual([asked, done, gone], [["linger", "tun"], ["tun"], ["tun"]]);
  });

  test("goes on with what can be seen only after something was mended", async () => {
    const { run, done } = brokenHost(["hub", "manager"], { needs: { hub: "manager" } });
    const { gone } = await run();
    assert.deepEqual(done, ["manager", "hub"]);
    assert.deepEqual(gone.toSorted(), ["hub", "manager"]);
  });

  test("tells what its command did not mend, tries it once, and goes on", async () => {
    const { run, done, notes } = brokenHost(["linger", "tun"], { stubborn: "linger" });
    const { gone, stayed } = await run();
    assert.deepEqual([done, gone, stayed], [["linger", "tun"], ["tun"], ["linger"]]);
    assert.match(notes.join(), /It failed: no such thing/);
  });
});
