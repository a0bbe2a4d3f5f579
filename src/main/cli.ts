/** Composition root of the command line. */
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { confirm, isCancel, password, select, text as textInput } from "@clack/prompts";
import { type Choice, programVersion, runCli } from "../cli/index.ts";

/** The answer, or undefined when the terminal's input ends (Ctrl-D), which the prompt itself does not notice. */
function orEnd<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([
    answer,
    new Promise<undefined>((resolve) => process.stdin.once("end", () => resolve(undefined))),
  ]);
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

process.exitCode = await runCli(process.argv.slice(2), {
  root,
  version: programVersion(root),
  cwd: process.cwd(),
  uid: process.getuid?.() ?? -1,
  env: process.env,
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  confirm: async (message, { byDefault } = { byDefault: true }) => {
    const answer = await orEnd(confirm({ message, initialValue: byDefault, output: process.stderr }));
    return answer === true;
  },
  askText: async (message, { byDefault = "", optional = false } = {}) => {
    const answer = await orEnd(
      textInput({
        ...{ message, initialValue: byDefault, output: process.stderr },
        validate: (value) =>
          optional || (value ?? "").trim() !== "" ? undefined : "Write something, or stop with Ctrl-C.",
      }),
    );
    return answer === undefined || isCancel(answer) ? undefined : answer.trim();
  },
  askChoice: async <V extends string>(message: string, choices: readonly Choice<V>[]) => {
    const options = choices.map(({ value, label }) => ({ value: value as string, label }));
    const answer = await orEnd(select<string>({ message, options, output: process.stderr }));
    return choices.find((choice) => choice.value === answer)?.value;
  },
  askSecret: async (message) => {
    const answer = await orEnd(password({ message, output: process.stderr }));
    return typeof answer === "string" ? answer : undefined;
  },
  readInput: () => text(process.stdin),
});
