/** Disposable hosts with a real systemd for tests (`guest.sh` says how): booted, entered, rebooted, thrown away. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const script = join(dirname(fileURLToPath(import.meta.url)), "guest.sh");

export interface GuestResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GuestRun {
  readonly input?: string | Buffer;
  /** Milliseconds; 120,000 when absent. */
  readonly timeout?: number;
  /** Called with each line of standard error as it comes. */
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Guest {
  readonly name: string;
  /** Its address in the network of the guests. */
  readonly address: string;
  /** Folder of its root file system, as this machine sees it. */
  readonly root: string;
  run(argv: readonly string[], options?: GuestRun): Promise<GuestResult>;
  /** Standard output of a command that must succeed. */
  must(argv: readonly string[], options?: GuestRun): Promise<string>;
  /** The same for text of a shell script. */
  sh(text: string, options?: GuestRun): Promise<string>;
  /** Halts it cleanly and boots the same root again. */
  reboot(): Promise<void>;
  down(): Promise<void>;
}

/**
 * Boots a fresh guest; `down` throws it away.
 * @param number last part of its address, 2 to 254
 * @param binds folders of this machine that it sees, read-only: `{ "/here": "/there" }`
 */
export async function bootGuest(
  name: string,
  number: number,
  binds: Readonly<Record<string, string>> = {},
): Promise<Guest> {
  const env = {
    ...process.env,
    GUEST_BINDS: Object.entries(binds)
      .map(([here, there]) => `${here}:${there}`)
      .join(" "),
  };
  const call = (words: readonly string[], options: GuestRun = {}): Promise<GuestResult> => start(words, env, options);
  const demand = async (words: readonly string[], options: GuestRun = {}): Promise<string> => {
    const { code, stdout, stderr } = await call(words, options);
    if (code !== 0) throw new Error(`${words.join(" ")}: code ${code}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
    return stdout;
  };
  await demand(["up", name, String(number)], { timeout: 400_000 });
  const must: Guest["must"] = (argv, options) => demand(["exec", name, ...argv], options);
  return {
    name,
    address: `10.213.77.${number}`,
    root: `/var/lib/hublet-guests/${name}/root`,
    run: (argv, options) => call(["exec", name, ...argv], options),
    must,
    sh: (text, options) => must(["sh", "-euc", text], options),
    reboot: async () => void (await demand(["reboot", name])),
    down: async () => void (await demand(["down", name])),
  };
}

function start(words: readonly string[], env: NodeJS.ProcessEnv, options: GuestRun): Promise<GuestResult> {
  const { promise, resolve, reject } = Promise.withResolvers<GuestResult>();
  const signal = AbortSignal.any([
    AbortSignal.timeout(options.timeout ?? 120_000),
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);
  const child = spawn("bash", [script, ...words], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  const said = { stdout: "", stderr: "" };
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) options.onNote?.(line);
  });
  child.on("error", reject);
  child.on("close", (code) => resolve({ code: code ?? -1, ...said }));
  // A command that ends without reading leaves a broken pipe; its exit code tells the story.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return promise;
}
