/** The command line in this process, with the answers of a person at a terminal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runCli } from "../run.ts";

export interface Person {
  /** Answers by the beginning of the question; undefined gives up. */
  readonly answers?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Desk {
  readonly folder: string;
  readonly file: string;
  run(argv: readonly string[], person?: Person): Promise<{ code: number; out: string; err: string; asked: string[] }>;
}

/** A person at a terminal, with a folder of their own. */
export function desk(t: TestContext, config?: string): Desk {
  const folder = mkdtempSync(join(tmpdir(), "hublet-desk-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "hublet.yaml");
  if (config !== undefined) writeFileSync(file, config);
  return {
    folder,
    file,
    run: async (argv, { answers, input = "", env = {} } = {}) => {
      const said = { out: "", err: "" };
      const asked: string[] = [];
      const answer = async (question: string): Promise<string | undefined> => {
        asked.push(question);
        const known = Object.entries(answers ?? {}).find(([beginning]) => question.startsWith(beginning));
        assert.ok(known !== undefined, `nobody expected “${question}”`);
        return known[1];
      };
      const code = await runCli([...argv, "--config", file, "--state", join(folder, "state")], {
        ...{ root: folder, version: "0", cwd: folder, uid: 1000, env: { HOME: folder, ...env } },
        interactive: answers !== undefined,
        out: (text) => {
          said.out += text;
        },
        err: (text) => {
          said.err += text;
        },
        confirm: async (question) => (await answer(question)) === "yes",
        askText: answer,
        askChoice: async (question, choices) => {
          const value = await answer(question);
          return choices.find((choice) => choice.value === value)?.value;
        },
        askSecret: answer,
        readInput: async () => input,
      });
      return { code, ...said, asked };
    },
  };
}
