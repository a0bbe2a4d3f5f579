/** Composition root of the command line. */
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { confirm, isCancel, password } from "@clack/prompts";
import { programVersion, runCli } from "../cli/index.ts";

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
  confirm: async (message) => (await confirm({ message, output: process.stderr })) === true,
  askSecret: async (message) => {
    const answer = await password({ message, output: process.stderr });
    return isCancel(answer) ? "" : answer;
  },
  readInput: () => text(process.stdin),
});
