/** Becoming root behind ssh. A password is asked once, kept in memory, and given to sudo by standard input alone. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { HubError, randomHex, Secret } from "../../kernel/index.ts";

export interface Elevation {
  /** What stands before each command. */
  readonly argv: readonly string[];
  /** What each command's standard input begins with. */
  readonly input: Secret | undefined;
}

interface Question {
  readonly target: string;
  readonly uid: number;
  /** `yes`: without a password; `ask`: there; `no`: not installed. */
  readonly sudo: string;
  readonly start: (argv: readonly string[]) => ChildProcessWithoutNullStreams;
  readonly interactive: boolean;
  readonly askSecret?: (question: string) => Promise<string | undefined>;
}

const TRIES = 3;

/**
 * After the password comes a mark. Where sudo did not want the password after all (a rule for some commands), the password
 * is still in the input and is read away here: it must never reach a command. Arguments: mark, command.
 */
const SKIP = `
mark=$1
shift
while IFS= read -r line; do
  if [ "$line" = "$mark" ]; then exec "$@"; fi
done
exit 1
`;

/** @throws HubError `forbidden` when there is no way to become root */
export async function elevationFor(question: Question): Promise<Elevation> {
  const { target } = question;
  if (question.uid === 0) return { argv: [], input: undefined };
  if (question.sudo === "yes") return { argv: ["sudo", "-n", "--"], input: undefined };
  if (question.sudo === "no") {
    throw new HubError(
      "forbidden",
      `The account on ${target} is not root, and sudo is not installed there. Sign in as root, or install sudo.`,
    );
  }
  if (!question.interactive || question.askSecret === undefined) {
    throw new HubError(
      "forbidden",
      `sudo on ${target} asks for a password, and nobody is here to be asked. Run this in a terminal, or allow sudo without a password for that account.`,
    );
  }
  let said = "";
  for (let round = 0; round < TRIES; round++) {
    const again = round === 0 ? "" : " (the last one was wrong)";
    const password = await question.askSecret(`Password for sudo on ${target}${again}`);
    if (password === undefined) break;
    const tried = await attempt(question, password);
    if (tried.code === 0) return withPassword(password);
    said = tried.said;
  }
  throw new HubError("forbidden", `sudo on ${target} let nobody become root. ${said}`.trim());
}

function withPassword(password: string): Elevation {
  const mark = randomHex(16);
  return {
    // -k: it reads the password each time, whatever it remembers.
    argv: ["sudo", "-k", "-S", "-p", "", "--", "sh", "-c", SKIP, "sh", mark],
    input: new Secret(`${password}\n${mark}\n`),
  };
}

async function attempt(
  question: Question,
  password: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const child = question.start(["sudo", "-k", "-S", "-p", "", "--", "true"]);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-600);
  });
  child.stdout.resume();
  child.stdin.on("error", () => undefined);
  // The password alone: anything after it would be a second try, and some hosts lock an account after a few.
  child.stdin.end(`${password}\n`);
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : -1, said: said.trim().replace(/\s*\n\s*/g, " ") };
}
