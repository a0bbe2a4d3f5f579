/** Commands that speak to the hub are run where it is: in its container, by its own version of the program. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { constants } from "node:os";
import { resolve as resolvePath } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type EngineCommand, findAccount } from "../../deploy/index.ts";
import { HubError, messageOf, randomHex, type Secret } from "../../kernel/index.ts";
import { engineHere } from "./engine-here.ts";
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

export interface EngineStreams {
  /** A file descriptor, text, or a stream; the caller's own when undefined. */
  readonly input?: number | Secret | Readable | undefined;
  /** A file descriptor; the caller's own when undefined. */
  readonly output?: number | undefined;
  /** The engine's command that hands a signal on; when left out, its program does so by itself. */
  readonly send?: (signal: NodeJS.Signals) => EngineCommand;
}

/** Milliseconds for an engine to hand a signal on. */
const SEND_MS = 15_000;

/**
 * Runs the engine's program on the terminal of the caller, and hands signals on.
 * @returns its exit code
 * @throws HubError `command-failed`
 */
export async function runEngine(command: EngineCommand, streams: EngineStreams): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { input, output, send } = streams;
  const child = start(
    command,
    [typeof input === "object" ? "pipe" : (input ?? "inherit"), output ?? "inherit", "inherit"],
    // Ctrl-C is for all of the terminal's session, and would end the program before what it runs could say anything.
    send !== undefined,
  );
  // A command that ends without reading breaks the pipe; its exit code tells the story.
  const broken = feed(child.stdin, input);
  const away = new AbortController();
  const pass = (signal: NodeJS.Signals): void => {
    if (send === undefined) child.kill(signal);
    else void sent(send(signal), away.signal).catch(() => child.kill(signal));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, pass);
  child.on("error", (error) =>
    reject(
      new HubError("command-failed", `${command.argv[0]} cannot be started: ${messageOf(error)}. Run “hublet doctor”.`),
    ),
  );
  child.on("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  try {
    const code = await promise;
    // What could not be read here was cut short there, and its words are only known here.
    const failure = await broken;
    if (failure !== undefined) throw failure;
    return code;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, pass);
    away.abort();
  }
}

function start({ argv, as }: EngineCommand, stdio: StdioOptions, apart: boolean): ChildProcess {
  const [program = "", ...words] = argv;
  const runtime = `/run/user/${as?.uid ?? 0}`;
  return spawn(program, words, {
    ...(as === undefined ? {} : { uid: as.uid, gid: as.gid }),
    cwd: as?.home ?? "/",
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: as?.home ?? "/root",
      ...(as === undefined ? {} : { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus` }),
    },
    stdio,
    // A session of its own: a process of the account whose controlling terminal were root's could type into root's shell.
    detached: apart || as !== undefined,
  });
}

/** @throws Error when nobody took it */
async function sent(command: EngineCommand, signal: AbortSignal): Promise<void> {
  const child = start(command, "ignore", true);
  const end = (): void => void child.kill("SIGKILL");
  const timer = setTimeout(end, SEND_MS);
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code] = (await once(child, "exit")) as unknown[];
    if (code !== 0 && !signal.aborted) throw new Error(`ended with code ${String(code)}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** @returns why the source could not be read to its end; a command that ends without reading is no failure */
async function feed(stdin: Writable | null, input: EngineStreams["input"]): Promise<Error | undefined> {
  if (stdin === null) return undefined;
  if (!(input instanceof Readable)) {
    stdin.on("error", () => undefined).end(typeof input === "object" ? input.reveal() : undefined);
    return undefined;
  }
  let failure: Error | undefined;
  input.once("error", (error: Error) => {
    failure = error;
  });
  await pipeline(input, stdin).catch(() => undefined);
  return failure;
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
