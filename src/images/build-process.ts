/** Runs the image builder as the engine's account and ends its whole process tree when told to. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** The account that builds, when the hub itself is root. */
export interface BuildAccount {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

export interface ProcessOptions {
  readonly account: BuildAccount | undefined;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

const GRACE_MS = 8000;

/**
 * Runs `argv` and gives its exit code. Aborting ends the whole process group, first politely: then the call rejects
 * with the signal's reason, and nothing of the group is left.
 */
export async function runBuilder(argv: readonly string[], options: ProcessOptions): Promise<number> {
  options.signal.throwIfAborted();
  const child = start(argv, options);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  const stop = (): void => void endGroup(child, ended, options);
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await ended;
    options.signal.throwIfAborted();
    return code;
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}

function start(argv: readonly string[], options: ProcessOptions): ChildProcess {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", options.onLine);
  }
  return child;
}

async function endGroup(child: ChildProcess, ended: Promise<number>, options: ProcessOptions): Promise<void> {
  const group = child.pid;
  if (group === undefined) return;
  const grace = new AbortController();
  const over = ended.then(
    () => true,
    () => true,
  );
  void over.then(() => grace.abort());
  signalGroup(group, "SIGTERM");
  const polite = await Promise.race([over, delay(GRACE_MS, false, { signal: grace.signal }).catch(() => true)]);
  if (polite) return;
  // The builder's children belong to the account's sub-ids: another process of the same ids may end them.
  if (process.getuid?.() !== 0) await helper(["kill", "-KILL", "--", `-${group}`], options);
  signalGroup(group, "SIGKILL");
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone already.
  }
}

/** Runs a command with the account's sub-ids, best effort: it is for cleaning up. */
export async function helper(
  argv: readonly string[],
  options: Pick<ProcessOptions, "account" | "cwd" | "environment">,
): Promise<void> {
  const child = start(["mmdebstrap", "--unshare-helper", ...argv], {
    ...options,
    signal: new AbortController().signal,
    onLine: () => undefined,
  });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    child.once("error", done);
    child.once("close", done);
  });
}
