import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Closable } from "../../kernel/index.ts";
import { HubError, systemCode } from "../../kernel/index.ts";
import { answersPing } from "../ping.ts";

export interface ServiceOptions {
  /** `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path, at most 107 bytes; its folder is made with mode 0700. */
  readonly socketPath: string;
  readonly log: (line: string) => void;
  /** Milliseconds that the first answer may take; 20,000 when absent. */
  readonly timeout?: number;
  /** The program; `podman` of the environment's PATH when absent. */
  readonly podman?: string;
}

export interface PodmanService extends Closable {
  readonly socketPath: string;
  /** Process id of podman itself; `undefined` while it is being restarted. */
  readonly pid: number | undefined;
  /** Has it read its settings of registries again; containers and transfers go on. */
  reload(): Promise<void>;
  /** How often it was restarted after dying. */
  readonly restarts: number;
}

/**
 * Starts `podman system service` as the current user and waits until it answers. When it dies it is started again,
 * after 0.5 s at first and up to 30 s. Ending it, by `close` or by accident, stops no container: each has a monitor
 * process of its own, and published ports have theirs.
 * @throws HubError `engine-unreachable` with what podman said, when it does not answer in time
 */
export async function startPodmanService(options: ServiceOptions): Promise<PodmanService> {
  if (Buffer.byteLength(options.socketPath) > 107) {
    throw new HubError(
      "state-unusable",
      `The socket's path ${options.socketPath} is longer than Linux allows (107 bytes). Choose a shorter state folder.`,
    );
  }
  await mkdir(dirname(options.socketPath), { recursive: true, mode: 0o700 });
  await endLeftover(options.socketPath, options.log);
  const service = new SupervisedService(options);
  await service.start();
  return service;
}

class SupervisedService implements PodmanService {
  readonly #options: ServiceOptions;
  readonly #stop = new AbortController();
  #child: ChildProcess | undefined;
  #pid: number | undefined;
  #keeping: Promise<void> = Promise.resolve();
  /** The last lines that podman wrote, for the error when it does not come up. */
  #said: string[] = [];
  restarts = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get socketPath(): string {
    return this.#options.socketPath;
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    if (await this.#answers(child)) {
      this.#keeping = this.#keep(child);
      return;
    }
    await this.close();
    const said = this.#said.join("\n").trim();
    throw new HubError(
      "engine-unreachable",
      `Podman's service did not answer on ${this.socketPath}.${said === "" ? "" : ` It said: ${said.slice(-600)}`} Try “podman info” as the account that runs the hub, or choose another engine in the configuration.`,
    );
  }

  async reload(): Promise<void> {
    // One that starts just now reads them anyway.
    for (const pid of await findServices(this.socketPath)) tryKill(pid, "SIGHUP");
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const child = this.#child;
    if (child !== undefined) await endChild(child, this.socketPath);
    await this.#keeping;
  }

  #spawn(): ChildProcess {
    const { env, socketPath, log, podman } = this.#options;
    // Its own process group: a Ctrl-C on the terminal is for us, and we end the service after what uses it.
    const service = [podman ?? "podman", "system", "service", "--time=0", `unix://${socketPath}`];
    const [command = "", ...args] = "DBUS_SESSION_BUS_ADDRESS" in env ? inUserManager(service, env) : service;
    const child = spawn(command, args, {
      env: { ...env },
      cwd: env.HOME ?? "/",
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter(Boolean)) {
        this.#said = [...this.#said.slice(-9), line];
        log(line);
      }
    });
    child.on("error", (error) => {
      this.#said = [...this.#said, error.message];
    });
    this.#child = child;
    return child;
  }

  async #answers(child: ChildProcess): Promise<boolean> {
    const deadline = Date.now() + (this.#options.timeout ?? 20_000);
    while (Date.now() < deadline && !hasEnded(child) && !this.#stop.signal.aborted) {
      if (await answersPing(this.socketPath, 1_000)) {
        // The folder is private already; this holds too where someone passes a path in a shared folder.
        await chmod(this.socketPath, 0o600);
        this.#pid = (await findServices(this.socketPath))[0];
        return true;
      }
      await delay(50);
    }
    return false;
  }

  async #keep(first: ChildProcess): Promise<void> {
    let child = first;
    let pause = 500;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const since = Date.now();
      if (!hasEnded(child)) await once(child, "exit");
      this.#child = undefined;
      this.#pid = undefined;
      if (signal.aborted) return;
      if (Date.now() - since > 60_000) pause = 500;
      this.#options.log(
        `podman's service ended (${child.signalCode ?? child.exitCode ?? "not started"}); starting it again in ${pause} ms`,
      );
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      pause = Math.min(pause * 2, 30_000);
      this.restarts += 1;
      await endLeftover(this.socketPath, this.#options.log);
      child = this.#spawn();
      await this.#answers(child);
    }
  }
}

/** Ends a service that a killed supervisor left on the same socket; its containers go on. */
async function endLeftover(socketPath: string, log: (line: string) => void): Promise<void> {
  for (const pid of await findServices(socketPath)) {
    log(`ending podman's service that an earlier run left (process ${pid})`);
    tryKill(pid, "SIGTERM");
    for (let tries = 0; tries < 100 && (await findServices(socketPath)).includes(pid); tries += 1) await delay(50);
  }
}

/** Processes of this user that serve this socket, by their command line: truer than a file with a number in it. */
async function findServices(socketPath: string): Promise<readonly number[]> {
  const uid = process.geteuid?.();
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const argv = (await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")).split("\0");
    // `systemd-run` carries the same words behind its own.
    if (argv[1] !== "system" || argv[2] !== "service" || !argv.includes(`unix://${socketPath}`)) continue;
    const owner = await stat(`/proc/${entry}`).catch(() => undefined);
    if (owner?.uid === uid) found.push(Number(entry));
  }
  return found;
}

/** Ends podman itself; what waits for it in the user manager then ends too. */
async function endChild(child: ChildProcess, socketPath: string): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  const signalAll = async (signal: "SIGTERM" | "SIGKILL") => {
    for (const pid of await findServices(socketPath)) tryKill(pid, signal);
    if (signal === "SIGKILL") child.kill(signal);
  };
  await signalAll("SIGTERM");
  const timer = setTimeout(() => void signalAll("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}

/** It may have ended between looking and killing. */
function tryKill(pid: number, signal: "SIGHUP" | "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

/**
 * Runs it as a service of the account's own systemd manager. From anywhere else (root's login session, a system
 * service) the kernel refuses to move containers into control groups of the account: “sd-bus call: Permission denied”.
 * `KillMode=process` is what Podman's own unit says: the helpers of published ports live in this group too.
 */
function inUserManager(argv: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  return [
    ...["systemd-run", "--user", "--quiet", "--pipe", "--wait", "--collect"],
    ...["--property=KillMode=process", "--property=Delegate=yes"],
    // Names only: values on a command line can be read by everybody.
    ...Object.keys(env).map((name) => `--setenv=${name}`),
    "--",
    ...argv,
  ];
}

/** A child that could not be started has no pid and never exits. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
