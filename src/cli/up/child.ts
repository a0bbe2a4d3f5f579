/** A supervised process: started, its records written to a log and the terminal, started again when it dies. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type Closable, HubError } from "../../kernel/index.ts";
import { LogFile } from "./log-file.ts";
import { type ChildMessage, childMessageSchema, type SupervisorMessage } from "./plan.ts";

export interface ChildOptions {
  readonly name: string;
  /** Absolute path of the program's TypeScript file. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Shows one line of the child on the terminal. */
  readonly show: (part: string, line: string) => void;
  readonly onMessage?: (message: ChildMessage) => void;
}

/** Seconds a child may take to end before it is killed: more than the hub gives its own parts. */
const STOP_SECONDS = 25;
/** A child that dies is started again after so long; one that dies again without having served, after twice as long. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A child that has been ready for so long has served: what ended it is no failure to start. */
const SERVED_MS = 1000;

export class SupervisedChild implements Closable {
  readonly #options: ChildOptions;
  readonly #log: LogFile;
  readonly #abort = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastWords: string[] = [];
  /** When the present child said that it is ready. */
  #readySince: number | undefined;
  #fatal: HubError | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#log = new LogFile(options.logFile, (line) => options.show(options.name, line));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts it and waits until it says that it is ready.
   * @throws HubError the child's own refusal, or `command-failed` with its last words
   */
  async start(timeoutSeconds: number): Promise<void> {
    const first = this.#spawn();
    await this.#untilReady(first, timeoutSeconds);
    this.#running = this.#keep(first);
  }

  send(message: SupervisorMessage): void {
    if (this.#child?.connected === true) this.#child.send(message);
  }

  /** Ends it politely, by force after a while; waits until it has ended. */
  async close(): Promise<void> {
    this.#abort.abort();
    const child = this.#child;
    if (child !== undefined && isRunning(child)) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_SECONDS * 1000);
      await once(child, "exit");
      clearTimeout(timer);
    }
    await this.#running;
    await this.#log.close();
  }

  #spawn(): ChildProcess {
    const { program, args, env, name, show, onMessage } = this.#options;
    // A process group of its own: Ctrl-C on the terminal reaches the supervisor, which ends its children in order.
    const child = fork(program, [...args], {
      env: { ...env },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#log.write(line);
        this.#lastWords = [...this.#lastWords.slice(-7), line];
        show(name, line);
      });
    }
    child.on("message", (raw: unknown) => {
      const message = childMessageSchema.safeParse(raw);
      if (!message.success) return;
      if (message.data.kind === "ready") this.#readySince = performance.now();
      if (message.data.kind === "fatal")
        this.#fatal = new HubError("command-failed", message.data.message, { facts: { code: message.data.code } });
      onMessage?.(message.data);
    });
    // A process that cannot be started (no memory, no more processes) never exits; it counts as ended.
    child.on("error", (error) =>
      show(name, JSON.stringify({ level: "error", time: new Date().toISOString(), msg: error.message })),
    );
    this.#child = child;
    this.#readySince = undefined;
    return child;
  }

  async #untilReady(child: ChildProcess, timeoutSeconds: number): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const ready = new Promise<void>((resolve, reject) => {
      child.on("message", (message: unknown) => {
        if (typeof message === "object" && message !== null && "kind" in message && message.kind === "ready") resolve();
      });
      child.once("error", reject);
      child.once("exit", () => reject(this.#fatal ?? this.#ended(child)));
      timeout.addEventListener("abort", () =>
        reject(
          new HubError(
            "command-failed",
            `The ${this.#options.name} was not ready within ${timeoutSeconds} s. Its log is ${this.#options.logFile}.`,
          ),
        ),
      );
    });
    try {
      await ready;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #ended(child: ChildProcess): HubError {
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    return new HubError(
      "command-failed",
      `The ${this.#options.name} ended while it was starting (${how}). Its last words:\n${this.#lastWords.join("\n")}`,
    );
  }

  async #keep(first: ChildProcess): Promise<void> {
    let child = first;
    let pause = FIRST_PAUSE_MS;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      if (isRunning(child)) await once(child, "exit");
      if (signal.aborted) return;
      if (this.#readySince !== undefined && performance.now() - this.#readySince > SERVED_MS) pause = FIRST_PAUSE_MS;
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      this.#options.show(
        this.#options.name,
        JSON.stringify({
          level: "warn",
          time: new Date().toISOString(),
          msg: `ended (${how}); starting it again in ${pause} ms`,
        }),
      );
      await delay(pause, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      if (signal.aborted) return;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      child = this.#spawn();
    }
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
