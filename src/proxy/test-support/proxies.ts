import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { type Closable, Secret, systemClock } from "../../kernel/index.ts";
import { type ProxyLog, type ProxyOptions, startProxy } from "../index.ts";
import { type Ask, ask, eventually, type Reply } from "./client.ts";

export const TOKEN = "api-token-of-the-tests";

const FILES = {
  "configurable-http-proxy": fileURLToPath(
    new URL("../../../node_modules/configurable-http-proxy/bin/configurable-http-proxy", import.meta.url),
  ),
  hublet: fileURLToPath(new URL("../../main/proxy.ts", import.meta.url)),
} as const;

export type Program = keyof typeof FILES;

/** The original first: a case that it fails is a misreading of ours. */
export const PROGRAMS: readonly Program[] = ["configurable-http-proxy", "hublet"];

/** A proxy that a test talks to, in this process or in one of its own. */
export interface TestProxy extends Closable {
  readonly port: number;
  readonly apiPort: number;
  /** Asks the API with the token; `path` begins behind `/api/routes`. */
  api(path: string, options?: Ask): Promise<Reply>;
  /** Adds a route and makes sure that it worked. */
  route(path: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** `last_activity` of a route, in milliseconds since the epoch. */
  activity(path: string): Promise<number>;
}

export const silentLog: ProxyLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Starts our proxy in this process. */
export async function startOurs(options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
  const proxy = await startProxy({
    listen: { host: "127.0.0.1", port: 0 },
    api: { host: "127.0.0.1", port: 0 },
    authToken: new Secret(TOKEN),
    log: silentLog,
    clock: systemClock,
    ...options,
  });
  const ports = { port: Number(URL.parse(proxy.address)?.port), apiPort: Number(URL.parse(proxy.apiAddress)?.port) };
  return testProxy(ports, () => proxy.close());
}

export interface ProxyProcess extends TestProxy {
  readonly child: ChildProcess;
  /** Standard output so far. */
  output(): string;
}

/** Starts a proxy as a process and waits until its API answers. Both understand the same command line. */
export async function startProgram(
  program: Program,
  more: readonly string[] = [],
  given?: { readonly port: number; readonly apiPort: number },
): Promise<ProxyProcess> {
  const ports = given ?? { port: await freePort(), apiPort: await freePort() };
  const listen = ["--ip=127.0.0.1", `--port=${ports.port}`, "--api-ip=127.0.0.1", `--api-port=${ports.apiPort}`];
  const child = spawn(process.execPath, [FILES[program], ...listen, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CONFIGPROXY_AUTH_TOKEN: TOKEN },
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  const proxy = testProxy(ports, close);
  await eventually(
    () =>
      proxy.api("").then(
        () => true,
        () => {
          if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${output}`);
          return false;
        },
      ),
    `${program} to start`,
    30_000,
  );
  return { ...proxy, child, output: () => output };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function testProxy(ports: { readonly port: number; readonly apiPort: number }, close: () => Promise<void>): TestProxy {
  const api = (path: string, options: Ask = {}): Promise<Reply> =>
    ask(ports.apiPort, `/api/routes${path}`, {
      ...options,
      headers: { authorization: `token ${TOKEN}`, ...options.headers },
    });
  return {
    ...ports,
    close,
    api,
    route: async (path, data) => {
      const reply = await api(path, { method: "POST", body: JSON.stringify(data) });
      if (reply.status !== 201) throw new Error(`route ${path} was refused: ${reply.status} ${reply.body}`);
    },
    activity: async (path) => Date.parse(JSON.parse((await api(path)).body).last_activity),
  };
}
