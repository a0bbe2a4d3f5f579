/** Runs the image builder as the engine's account and ends its whole process tree when told to. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { startTimeOf } from "./process-identity.ts";

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
  /** File of ours that names the process group while it runs: a killed hub leaves its builder running. */
  readonly record: string;
}

type HelperOptions = Pick<ProcessOptions, "account" | "cwd" | "environment">;

const GRACE_MS = 8000;

/**
 * Runs `argv` and gives its exit code. Aborting ends the whole process group, first politely: then the call rejects
 * with the signal's reason, and nothing of the group is left.
 */
export async function runBuilder(argv: readonly string[], options: ProcessOptions): Promise<number> {
  options.signal.throwIfAborted();
  const child = start(argv, options);
  if (child.pid !== undefined) {
    await writeFile(options.record, JSON.stringify({ pid: child.pid, startTime: await startTimeOf(child.pid) }));
  }
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
    await rm(options.record, { force: true });
  }
}

/** Ends the builder that a killed hub left behind, by the record of `runBuilder`. */
export async function endLeftBuilder(record: string, options: HelperOptions): Promise<void> {
  const text = await readFile(record, "utf8").catch(() => "");
  const [, pid, startTime] = /^\{"pid":(\d+),"startTime":"(\d+)"\}$/.exec(text) ?? [];
  if (pid !== undefined && (await startTimeOf(Number(pid))) === startTime) await killGroup(Number(pid), options);
  await rm(record, { force: true });
}

function start(argv: readonly string[], options: HelperOptions & Pick<ProcessOptions, "onLine">): ChildProcess {
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
  await killGroup(group, options);
}

/** Kills a builder's group and waits until it is gone. */
async function killGroup(group: number, options: HelperOptions): Promise<void> {
  // The builder's children belong to the account's sub-ids: another process of the same ids may end them.
  if (process.getuid?.() !== 0) await helper(["kill", "-KILL", "--", `-${group}`], options);
  for (let tries = 0; tries < 100 && signalGroup(group, "SIGKILL"); tries++) await delay(50);
}

/** Whether the group still has a process that could be signalled. */
function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Runs a command with the account's sub-ids, best effort: it is for cleaning up. */
export async function helper(argv: readonly string[], options: HelperOptions): Promise<void> {
  const child = start(["mmdebstrap", "--unshare-helper", ...argv], { ...options, onLine: () => undefined });
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
