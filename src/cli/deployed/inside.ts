/** Commands that speak to the hub are run where it is: in its container, by its own version of the program. */
import { type FileHandle, open } from "node:fs/promises";
import { resolve as resolvePath } from "node:path";
import type { Readable } from "node:stream";
import { findAccount } from "../../deploy/index.ts";
import { HubError, messageOf, randomHex } from "../../kernel/index.ts";
import { engineHere } from "./engine-here.ts";
import { runEngine } from "./engine-process.ts";
import { markOf, sendingWords } from "./signalled.ts";

/** The hub's container has no shell and no launcher: these are the words before a command. */
export const PROGRAM = ["/node", "--disable-warning=ExperimentalWarning", "/app/src/main/cli.ts"] as const;
/** Options that say where the hub is, and mean nothing inside. */
export const PLACES: ReadonlySet<string> = new Set(["--account", "--state", "--config"]);

export interface InsideOptions {
  readonly account: string;
  /** The words after the program's name. */
  readonly argv: readonly string[];
  /** A person sits at a terminal, for questions without echo. */
  readonly terminal: boolean;
  /** That word is a file here: its content goes by standard input, and “-” in its place. */
  readonly file: string | undefined;
  /** What the command reads from standard input, when it is no file. */
  readonly input?: Readable | undefined;
  readonly cwd: string;
}

/**
 * Runs the command line in the hub's container, on the terminal of the caller.
 * @returns its exit code
 * @throws HubError `account-unusable`, `command-failed`
 */
export async function runInside(options: InsideOptions): Promise<number> {
  const account = await findAccount(options.account);
  if (account === undefined)
    throw new HubError(
      "account-unusable",
      `The account “${options.account}” is missing on this host. Run “hublet apply”.`,
    );
  const engine = await engineHere(options.account);
  const hub = engine.containerName("hublet-hub");
  const mark = markOf(randomHex(8));
  const exec = ["exec", "--interactive", `--env=${mark}`, ...(options.terminal ? ["--tty"] : []), hub];
  const { file } = options;
  const words = withoutPlaces(options.argv).map((word) => (word === file ? "-" : word));
  const input = file === undefined ? undefined : await openFile(resolvePath(options.cwd, file), file);
  try {
    return await runEngine(engine.inside(account, [...exec, ...PROGRAM, ...words]), {
      input: input?.fd ?? options.input,
      // A terminal's Ctrl-C goes through it, to the process in there.
      ...(options.terminal
        ? {}
        : { send: (signal) => engine.inside(account, ["exec", hub, ...sendingWords(PROGRAM[0], mark, signal)]) }),
    });
  } finally {
    await input?.close();
  }
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw new HubError("usage", `The file ${name} cannot be read: ${messageOf(cause)}. Check the path.`, { cause });
  }
}

/** `--state FOLDER` and `--state=FOLDER` alike. */
export function withoutPlaces(argv: readonly string[]): string[] {
  return withoutOptions(argv, PLACES);
}

/** Leaves options with a value out; what comes after “--” is no option. */
export function withoutOptions(argv: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--") return [...kept, ...argv.slice(index)];
    if (names.has(word)) index += 1;
    else if (![...names].some((name) => word.startsWith(`${name}=`))) kept.push(word);
  }
  return kept;
}
