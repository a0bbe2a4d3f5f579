/** A whole hub as people run it: `./hublet up` in a process of its own, on a state folder and a port of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, request } from "undici";
import { findAccount } from "../../src/deploy/index.ts";
import { randomHex } from "../../src/kernel/index.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
/** Root's tests run as this account, never as the one of a real hub of this host. */
export const TEST_ACCOUNT = "hublet-test";

export interface HubOptions {
  /** Text of `hublet.yaml`; `listen` is added. Null: there is no file, nor the folder that it would be in. */
  readonly config?: string | null;
  /** Use the state folder of an earlier hub. */
  readonly state?: string;
  readonly port?: number;
  /** Name of the first admin; a name of its own, since containers are named after people. */
  readonly admin?: string;
  readonly arguments?: readonly string[];
  /** The checkout to run; this one when absent. */
  readonly checkout?: string;
}

export interface TestHub {
  readonly origin: string;
  readonly state: string;
  readonly port: number;
  readonly admin: string;
  /** The configuration's file, in a folder of its own. */
  readonly config: string;
  /** Writes the configuration anew, as an editor does: a new file in place of the old one. `listen` is added. */
  configure(text: string): void;
  /** Writes a secret beside the configuration. */
  writeSecret(name: string, value: string): Promise<void>;
  /** The one-time link of the first admin, when one was printed. */
  readonly claimLink: string | undefined;
  /** Everything `up` has written so far. */
  output(): string;
  /** Resolves when the output matches. */
  until(pattern: RegExp, seconds: number): Promise<RegExpMatchArray>;
  /** Process id of `hub` or `proxy`, as the kernel knows it. */
  pidOf(part: "hub" | "proxy"): Promise<number>;
  /** Ctrl-C; people's servers go on. Resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Stops the hub, removes this hub's servers and volumes, and the state folder. */
  destroy(): Promise<void>;
  /** Runs `hublet …` against this hub. */
  cli(...argv: string[]): Promise<CliAnswer>;
}

export interface CliAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a hub and waits until it has said where it is. */
export async function startHub(options: HubOptions = {}): Promise<TestHub> {
  const port = options.port ?? (await freePort());
  const admin = options.admin ?? `t${randomHex(4)}`;
  const parent = await accountFolder();
  const state = options.state ?? mkdtempSync(join(parent, "hub-"));
  const folder = join(parent, `${state.split("/").at(-1)}.d`);
  const config = join(folder, "hublet.yaml");
  if (options.config !== null) mkdirSync(folder, { recursive: true });
  const configure = (text: string): void => {
    writeFileSync(`${config}.next`, `listen: 127.0.0.1:${port}\n${text}`);
    renameSync(`${config}.next`, config);
  };
  if (options.config !== null) configure(options.config ?? "");
  const listen = options.config === null ? ["--listen", `127.0.0.1:${port}`] : [];
  if (options.state === undefined) rmSync(state, { recursive: true });
  const checkout = options.checkout ?? REPOSITORY;
  const common = ["--account", TEST_ACCOUNT, "--state", state, "--config", config];
  const child = spawn(
    join(checkout, "hublet"),
    ["up", "--yes", "--admin", admin, ...common, ...listen, ...(options.arguments ?? [])],
    {
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const until = (pattern: RegExp, seconds: number) => untilMatch(child, () => output, pattern, seconds);
  try {
    await until(/Hublet is at {2}\S+[\s\S]*Stop {10}/, 420);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill("SIGINT");
    await once(child, "exit");
    return child.exitCode;
  };
  return {
    origin: /Hublet is at {2}(\S+)/.exec(output)?.[1] ?? "",
    config,
    configure,
    writeSecret: (name, value) => writeSecret(folder, name, value),
    state,
    port,
    admin,
    claimLink: /First admin\s+(\S+)/.exec(output)?.[1],
    output: () => output,
    until,
    pidOf: (part) => pidOf(state, part),
    stop,
    destroy: async () => {
      await stop();
      await removeLeftovers(state);
      rmSync(state, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
    cli: (...argv) => runHublet([...argv, ...common], checkout),
  };
}

/** Readable by the account that runs the hub, and by nobody else. */
export async function writeSecret(folder: string, name: string, value: string): Promise<void> {
  const secrets = join(folder, "secrets");
  mkdirSync(secrets, { recursive: true });
  const file = join(secrets, name);
  writeFileSync(file, `${value}\n`, { mode: 0o640 });
  const account = process.getuid?.() === 0 ? await findAccount(TEST_ACCOUNT) : undefined;
  if (account !== undefined) chownSync(file, 0, account.gid);
}

/** Runs `hublet` to its end. */
export async function runHublet(
  argv: readonly string[],
  checkout: string = REPOSITORY,
  env: Readonly<Record<string, string>> = {},
): Promise<CliAnswer> {
  const child = spawn(join(checkout, "hublet"), argv, {
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** Waits for a condition without a fixed sleep; the time between looks is short. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds: number,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await delay(50);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A folder whose parents the account may enter. */
async function accountFolder(): Promise<string> {
  if (process.getuid?.() !== 0) return mkdtempSync(join(tmpdir(), "hublet-test-"));
  const folder = "/var/lib/hublet-tests";
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

async function untilMatch(
  child: ChildProcess,
  output: () => string,
  pattern: RegExp,
  seconds: number,
): Promise<RegExpMatchArray> {
  return eventually(
    `the output matches ${pattern}`,
    () => {
      const match = pattern.exec(output());
      if (match !== null) return match;
      if (child.exitCode !== null)
        throw new Error(`hublet ended with ${child.exitCode} before its output matched ${pattern}:\n${output()}`);
      return undefined;
    },
    seconds,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${output()}`, { cause: error });
  });
}

async function pidOf(state: string, part: "hub" | "proxy"): Promise<number> {
  const { globSync } = await import("node:fs");
  for (const file of globSync("/proc/[0-9]*/cmdline")) {
    let argv: string[];
    try {
      argv = readFileSync(file, "utf8").split("\0");
    } catch {
      continue; // the process ended meanwhile
    }
    if (argv.some((word) => word.endsWith(`src/main/${part}.ts`)) && argv.some((word) => word.startsWith(`${state}/`)))
      return Number(file.split("/")[2]);
  }
  throw new Error(`no ${part} of ${state} runs`);
}

/** Containers and volumes of this hub alone, by its label; needs an engine service, which is started for it. */
async function removeLeftovers(state: string): Promise<void> {
  const { startPodman } = await import("./engines.ts");
  const engine = await startPodman();
  const client = new Client("http://engine", { socketPath: engine.socketPath });
  try {
    const hub = await hubIdOf(state);
    const filters = encodeURIComponent(JSON.stringify({ label: [`hublet.hub=${hub}`] }));
    const containers = (await (
      await client.request({ method: "GET", path: `/v1.41/containers/json?all=true&filters=${filters}` })
    ).body.json()) as { Id: string }[];
    for (const { Id } of containers)
      await (await client.request({ method: "DELETE", path: `/v1.41/containers/${Id}?force=true` })).body.dump();
    const { Volumes } = (await (
      await client.request({ method: "GET", path: `/v1.41/volumes?filters=${filters}` })
    ).body.json()) as { Volumes: { Name: string }[] | null };
    for (const { Name } of Volumes ?? [])
      await (await client.request({ method: "DELETE", path: `/v1.41/volumes/${Name}?force=true` })).body.dump();
  } finally {
    await client.destroy();
    await engine.close();
  }
}

export async function hubIdOf(state: string): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(state, "hublet.db"), { readOnly: true });
  try {
    const row = database.prepare("select value from facts where name = 'hub-id'").get() as
      | { value: string }
      | undefined;
    return row?.value ?? "none";
  } finally {
    database.close();
  }
}

/** Cookies of a browser without a browser: enough for signing in and asking. */
export class Visitor {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  async send(
    method: "GET" | "POST" | "DELETE" | "PATCH",
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const answer = await request(`${this.#origin}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: { cookie: this.cookieHeader(), "user-agent": "test", ...headers },
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  /** A JSON request as the web pages make it. */
  api(method: "GET" | "POST" | "DELETE" | "PATCH", path: string, body?: unknown) {
    return this.send(method, `/hub/api${path}`, body === undefined ? undefined : JSON.stringify(body), {
      "x-xsrftoken": this.cookie("_xsrf") ?? "",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    });
  }

  /** Opens a claim link and chooses a password. */
  async claim(link: string, password: string): Promise<void> {
    const url = new URL(link);
    await this.send("GET", url.pathname + url.search);
    const form = new URLSearchParams({
      code: url.searchParams.get("code") ?? "",
      password,
      _xsrf: this.cookie("_xsrf") ?? "",
    });
    const answer = await this.send("POST", "/hub/claim", form.toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
    if (answer.status !== 302) throw new Error(`the claim was answered with ${answer.status}: ${answer.text}`);
  }
}

/** The uid that runs the hub in these tests. */
export async function hubUid(): Promise<number> {
  if (process.getuid?.() !== 0) return process.getuid?.() ?? -1;
  return (await findAccount(TEST_ACCOUNT))?.uid ?? -1;
}
