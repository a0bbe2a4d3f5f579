/** The engine's program on the terminal of the caller: what it reads, how it ends, and who gets the signals. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { Readable, type Writable } from "node:stream";
import type { EngineCommand } from "../../deploy/index.ts";
import { HubError, messageOf, type Secret } from "../../kernel/index.ts";

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
  const away = new AbortController();
  const broken = feed(child.stdin, input, async () => {
    // Before its input ends: to the command, a part would look like the whole.
    if (send !== undefined) await sent(send("SIGKILL"), away.signal);
  });
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

/**
 * @param giveUp called when the source breaks off, before the end of what came is told
 * @returns why the source could not be read to its end; a command that ends without reading is no failure
 */
async function feed(
  stdin: Writable | null,
  input: EngineStreams["input"],
  giveUp: () => Promise<void>,
): Promise<Error | undefined> {
  if (stdin === null) return undefined;
  stdin.on("error", () => undefined);
  if (!(input instanceof Readable)) {
    stdin.end(typeof input === "object" ? input.reveal() : undefined);
    return undefined;
  }
  let failure: Error | undefined;
  input.once("error", (error: Error) => {
    failure = error;
    void giveUp()
      .catch(() => undefined)
      .finally(() => stdin.destroy());
  });
  const closed = new Promise((resolve) => stdin.once("close", resolve));
  input.pipe(stdin);
  await closed;
  input.destroy();
  return failure;
}
