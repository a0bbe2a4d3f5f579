import { spawn } from "node:child_process";
import { HubError } from "../kernel/index.ts";

/** How a command is run. Nothing here ever goes through a shell. */
export interface RunOptions {
  /** Run as this user and group (root only). Supplementary groups are dropped by Node when `uid` is set. */
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** The whole environment of the child; the parent's when absent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds after which the child is killed; 30,000 when absent. */
  readonly timeout?: number;
  /** Called with every line of output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** The exit code; 128 + signal number is not used: a killed child gives -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `argv` and waits for it. A program that does not exist gives code 127, as a shell would.
 * Output beyond 4 MiB is cut, so that a mad program cannot fill the memory.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 30_000);
    const output = { stdout: "", stderr: "" };
    collect("stdout");
    collect("stderr");
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: output.stdout, stderr: error.message });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, ...output });
    });
    // A child that ends without reading its input breaks the pipe; its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");

    function collect(name: "stdout" | "stderr"): void {
      let rest = "";
      child[name].setEncoding("utf8").on("data", (text: string) => {
        if (output[name].length < 4 * 1024 * 1024) output[name] += text;
        if (options.onLine === undefined) return;
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) options.onLine(line);
      });
    }
  });
}

/** Like `run`. @throws HubError `command-failed` with the command and the end of what it said. */
export async function mustRun(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(argv, options);
  if (result.code === 0) return result;
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-600);
  throw new HubError(
    "command-failed",
    `“${argv.join(" ")}” failed with code ${result.code}${said === "" ? "." : `: ${said}`} Run it by hand to see more.`,
  );
}
