/** The own registry under `hublet up`: the distribution's program, started, kept, and stopped while space is freed. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import {
  holdsIndexes,
  isEmptyRegistry,
  openRegistryPlaces,
  REGISTRY_USER,
  type RegistryPlaces,
  registryConfig,
} from "../../images/index.ts";
import { aborted, type Closable, HubError, messageOf, type Secret } from "../../kernel/index.ts";
import { LogFile } from "./log-file.ts";

export interface RegistryProcessOptions {
  readonly port: number;
  readonly state: string;
  readonly password: Secret;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFile: string;
  /** Shows one line on the terminal. */
  readonly show: (line: string) => void;
  /** Of the child; its PATH is where the program is looked for. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Cleaned {
  /** What was done besides, or not done, in a sentence. */
  readonly note: string | undefined;
}

const PROGRAM = "docker-registry";
const READY_MS = 20_000;
const STOP_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** One that has run for so long is started again at once. */
const SERVED_MS = 5000;
const COLLECT_MS = 60 * 60 * 1000;

export class RegistryProcess implements Closable {
  readonly #options: RegistryProcessOptions;
  readonly #log: LogFile;
  readonly #ended = new AbortController();
  #places: RegistryPlaces | undefined;
  #child: ChildProcess | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #said: string[] = [];
  /** Stopped on purpose; resolves when it may run again. */
  #paused: Promise<void> | undefined;

  constructor(options: RegistryProcessOptions) {
    this.#options = options;
    this.#log = new LogFile(options.logFile, options.show);
  }

  /** Writes what it reads, starts it, and waits until it answers. @throws HubError `command-failed` with its last words */
  async start(): Promise<void> {
    const { port, state, password, logLevel } = this.#options;
    const places = openRegistryPlaces(state, password);
    rmSync(places.cleaning, { force: true });
    const { data: storage, htpasswd } = places;
    writeFileSync(places.config, registryConfig({ port, storage, htpasswd, logLevel }), { mode: 0o600 });
    this.#places = places;
    const first = this.#spawn(places);
    if (await this.#answers(first)) {
      this.#keeping = this.#keep(first, places);
      return;
    }
    await this.close();
    throw new HubError(
      "command-failed",
      `The registry does not answer on 127.0.0.1:${port}. ${this.#said.join("\n")} Its log is ${this.#options.logFile}. Is ${PROGRAM} installed, and the port free (registry.port)?`,
    );
  }

  /**
   * Frees the space of images that were deleted. The registry is away meanwhile, and nobody may push: what is half-way in
   * would lose its layers.
   * @throws HubError `command-failed` with what the program says, `registry-refused` while this is under way already
   */
  async clean(): Promise<Cleaned> {
    const places = this.#places;
    if (places === undefined || this.#paused !== undefined || this.#ended.signal.aborted)
      throw new HubError("registry-refused", "The registry frees space already, or is not running. Try again later.");
    if (isEmptyRegistry(places.data)) return { note: undefined };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused = promise;
    writeFileSync(places.cleaning, "", { mode: 0o600 });
    try {
      if (this.#child !== undefined) await endChild(this.#child);
      const indexes = await holdsIndexes(places.data);
      await this.#collect(places, !indexes);
      return {
        note: indexes
          ? "It holds images for several processors, whose parts have no tags: so only what was deleted is gone, and what lost its tag to a newer image stays."
          : undefined,
      };
    } finally {
      rmSync(places.cleaning, { force: true });
      this.#paused = undefined;
      resolve();
    }
  }

  async close(): Promise<void> {
    this.#ended.abort();
    if (this.#child !== undefined) await endChild(this.#child);
    await this.#keeping;
    await this.#log.close();
  }

  async #collect({ config }: RegistryPlaces, untagged: boolean): Promise<void> {
    const { environment } = this.#options;
    const argv = ["garbage-collect", ...(untagged ? ["--delete-untagged"] : []), config];
    try {
      const options = {
        env: environment,
        timeout: COLLECT_MS,
        maxBuffer: 64 * 1024 * 1024,
        signal: this.#ended.signal,
      };
      await promisify(execFile)(PROGRAM, argv, options);
    } catch (error) {
      throw new HubError(
        "command-failed",
        `The registry's space could not be freed: ${messageOf(error).slice(-400)} Its images are as they were; try again, or look into ${this.#options.logFile}.`,
        { cause: error },
      );
    }
  }

  #spawn({ config }: RegistryPlaces): ChildProcess {
    // Whoever kills the supervisor leaves nobody behind on the port.
    const argv = ["--pdeathsig", "TERM", "--", PROGRAM, "serve", config];
    const { environment, show } = this.#options;
    const child = spawn("setpriv", argv, { env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        this.#log.write(line);
        this.#said = [...this.#said.slice(-3), line];
        // Each client asks without a password first, which it warns of.
        if (/"level":"(?:error|fatal|panic)"/.test(line)) show(line);
      });
    child.on("error", (error) => {
      this.#said = [error.message];
    });
    this.#child = child;
    return child;
  }

  async #answers(child: ChildProcess): Promise<boolean> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && !hasEnded(child) && !this.#ended.signal.aborted) {
      // With the password: another registry on this port would ask for one as well.
      const { port, password } = this.#options;
      const authorization = `Basic ${Buffer.from(`${REGISTRY_USER}:${password.reveal()}`).toString("base64")}`;
      const signal = AbortSignal.timeout(1000);
      const answer = await fetch(`http://127.0.0.1:${port}/v2/`, { headers: { authorization }, signal }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.status === 200) return true;
      await delay(50);
    }
    return false;
  }

  async #keep(first: ChildProcess, places: RegistryPlaces): Promise<void> {
    let child = first;
    let pause = FIRST_PAUSE_MS;
    const { signal } = this.#ended;
    for (;;) {
      const since = Date.now();
      if (!hasEnded(child)) await once(child, "exit");
      const onPurpose = this.#paused;
      if (onPurpose !== undefined) await Promise.race([onPurpose, aborted(signal)]);
      else if (!signal.aborted) {
        if (Date.now() - since > SERVED_MS) pause = FIRST_PAUSE_MS;
        const msg = `ended (${child.signalCode ?? `exit code ${child.exitCode}`}); starting it again in ${pause} ms`;
        this.#options.show(JSON.stringify({ level: "warn", time: new Date().toISOString(), msg }));
        await delay(pause, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
      if (signal.aborted) return;
      child = this.#spawn(places);
    }
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
