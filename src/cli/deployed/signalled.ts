/** Signals for what an engine's “exec” runs in a container: without a terminal, engines hand none on. */

/** Marks the process that a call of the command line has in there. */
const CALL_VARIABLE = "HUBLET_CALL";

/** In the words of Node.js alone, so that any version of the program in the container takes it. */
const SEND = `
const { readdirSync, readFileSync } = require("node:fs");
const [mark, signal] = process.argv.slice(1);
let sent = 0;
for (const pid of readdirSync("/proc")) {
  if (!/^\\d+$/.test(pid)) continue;
  try {
    if (!readFileSync("/proc/" + pid + "/environ", "utf8").split("\\0").includes(mark)) continue;
    process.kill(Number(pid), signal);
    sent += 1;
  } catch {} // it has ended, or is another account's
}
process.exitCode = sent === 0 ? 1 : 0;
`;

/** @param call anything that no other call has */
export function markOf(call: string): string {
  return `${CALL_VARIABLE}=${call}`;
}

/**
 * The command that sends it, in the same container.
 * @returns it ends with code 1 when there is nobody with that mark
 */
export function sendingWords(node: string, mark: string, signal: NodeJS.Signals): string[] {
  return [node, "-e", SEND, "--", mark, signal];
}
