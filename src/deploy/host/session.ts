/** A host over any transport: commands with their input and output, files, the lock. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { hostname, userInfo } from "node:os";
import type { Writable } from "node:stream";
import { Readable } from "node:stream";
import type { Closable } from "../../kernel/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { RunResult } from "../run.ts";
import { commandLine } from "./command-line.ts";
import { readHostFile, removeHostPaths, writeHostFiles } from "./files.ts";
import { Keeper } from "./keeper.ts";
import type { Host, HostRunOptions } from "./port.ts";
import type { Transport } from "./transport.ts";

/** Characters kept of what a command says; more is cut, so that a mad program cannot fill the memory. */
const MOST_OUTPUT = 64 * 1024 * 1024;
/** Milliseconds after the keeper's five seconds within which a command's end must have come through. */
const LAST_WAIT = 10_000;

/** @throws HubError `host-unsuitable`, `host-unreachable` */
export async function createHost(transport: Transport): Promise<Host> {
  const keeper = await Keeper.start(transport, whoWorksHere());
  const unitPrefix = keeper.folder.slice(keeper.folder.lastIndexOf("/") + 1).toLowerCase();

  async function run(argv: readonly string[], options: HostRunOptions = {}): Promise<RunResult> {
    options.signal?.throwIfAborted();
    const known = keeper.register(commandLine(argv, options, `${unitPrefix}-${++units}`));
    const child = transport.start(known.argv);
    try {
      return await attend(child, options, () => keeper.end(known.id));
    } finally {
      keeper.done(known.id);
    }
  }
  let units = 0;

  async function runConnected(argv: readonly string[], options: HostRunOptions = {}): Promise<RunResult> {
    const result = await run(argv, options).catch(async (error: unknown) => {
      throw (options.signal?.aborted === true ? undefined : await transport.lost()) ?? error;
    });
    // ssh gives 255 for its own failures, and commands may too: only the connection itself tells which it was.
    const lost = transport.local || (result.code !== 255 && result.code !== -1) ? undefined : await transport.lost();
    if (lost !== undefined) throw lost;
    return result;
  }

  async function mustRun(argv: readonly string[], options: HostRunOptions = {}): Promise<RunResult> {
    const result = await runConnected(argv, options);
    if (result.code === 0) return result;
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-600);
    throw new HubError(
      "command-failed",
      `“${argv.join(" ").slice(0, 300)}” failed on ${transport.name} with code ${result.code}${said === "" ? "." : `: ${said}`} Run it there by hand to see more.`,
    );
  }

  const files = { run: runConnected, stage: keeper.folder, name: transport.name };
  return {
    name: transport.name,
    local: transport.local,
    run: runConnected,
    mustRun,
    readFile: (path) => readHostFile(files, path),
    writeFiles: (list, options) => writeHostFiles(files, list, options?.as),
    remove: (paths, options) => removeHostPaths(files, paths, options ?? {}),
    lock: async (): Promise<Closable> => {
      await keeper.lock();
      return { close: () => keeper.unlock() };
    },
    close: async () => {
      await keeper.close();
      await transport.close();
    },
  };
}

/** Waits for a command, gives it its input, and collects what it says. `end` ends it on the host. */
async function attend(
  child: ChildProcessWithoutNullStreams,
  options: HostRunOptions,
  end: () => void,
): Promise<RunResult> {
  const closed = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? -1));
  });
  let why: { readonly error: unknown } | "timeout" | undefined;
  let last: NodeJS.Timeout | undefined;
  const stop = (reason: { readonly error: unknown } | "timeout"): void => {
    why ??= reason;
    end();
    last ??= setTimeout(() => child.kill("SIGKILL"), LAST_WAIT);
  };
  const timeout = options.timeout ?? 60_000;
  const timer = setTimeout(() => stop("timeout"), timeout);
  const aborted = (): void => stop({ error: options.signal?.reason });
  options.signal?.addEventListener("abort", aborted, { once: true });
  feed(child.stdin, options.input, (error) => stop({ error }));
  const errors = collect(child.stderr, options.onLine);
  const output = options.output === undefined ? collect(child.stdout, options.onLine) : undefined;
  if (options.output !== undefined) drain(child.stdout, options.output, (error) => stop({ error }));
  try {
    const code = await closed;
    if (why !== undefined && why !== "timeout") throw why.error;
    const late = why === "timeout" ? `${errors()}It was ended after ${timeout / 1000} seconds.\n` : errors();
    return { code: why === "timeout" ? -1 : code, stdout: output?.() ?? "", stderr: late };
  } finally {
    clearTimeout(timer);
    clearTimeout(last);
    options.signal?.removeEventListener("abort", aborted);
  }
}

/** A source that fails ends the command: the end of its input would look as if that had been all. */
function feed(stdin: Writable, input: HostRunOptions["input"], failed: (error: unknown) => void): void {
  // A command that ends without reading its input breaks the pipe; its exit code tells the story.
  stdin.on("error", () => undefined);
  if (!(input instanceof Readable)) {
    stdin.end(input ?? "");
    return;
  }
  input.once("error", failed);
  stdin.once("close", () => input.destroy());
  input.pipe(stdin);
}

function drain(from: Readable, to: Writable, failed: (error: unknown) => void): void {
  to.once("error", failed);
  from.once("close", () => to.off("error", failed));
  from.pipe(to, { end: false });
}

function collect(from: Readable, onLine: ((line: string) => void) | undefined): () => string {
  const parts: string[] = [];
  let length = 0;
  let rest = "";
  from.setEncoding("utf8").on("data", (text: string) => {
    if (length < MOST_OUTPUT) parts.push(text);
    length += text.length;
    if (onLine === undefined) return;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  return () => {
    if (rest !== "") onLine?.(rest);
    rest = "";
    return parts.join("");
  };
}

function whoWorksHere(): string {
  const user = process.env.SUDO_USER ?? userInfo().username;
  return `${user}@${hostname()} (process ${process.pid}), since ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
