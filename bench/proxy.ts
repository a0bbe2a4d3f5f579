/**
 * Compares the proxy with configurable-http-proxy: requests and websocket messages per CPU second of the proxy's own
 * process. CPU time, unlike throughput, does not depend on how fast the clients are, and little on what else the
 * machine does. Both run in one go, by turns; where the host lets us, the proxies are held on one CPU, backend and clients
 * on another. Both log errors only, and both are asked for 1 KiB over 32 keep-alive connections.
 *
 *     node bench/proxy.ts [--rounds 9] [--seconds 2] [--json] [--assert 3]
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { askFor, echoFor, startBackend, startEcho } from "./proxy-peers.ts";

const CONNECTIONS = 32;
const START_MS = 30_000;
/** Unit of CPU times in `/proc`: fixed at 100 on Linux for user programs. */
const TICKS_PER_SECOND = 100;

const PROGRAMS = {
  peer: fileURLToPath(new URL("../node_modules/configurable-http-proxy/bin/configurable-http-proxy", import.meta.url)),
  ours: fileURLToPath(new URL("../src/main/proxy.ts", import.meta.url)),
} as const;

interface Candidate {
  readonly name: keyof typeof PROGRAMS;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly apiPort: number;
  /** One figure a round, per CPU second. */
  readonly requests: number[];
  readonly messages: number[];
}

interface Figures {
  /** Medians over the rounds, per CPU second of the proxy. */
  readonly ours: number;
  readonly peer: number;
  /** Median over the rounds of ours / peer. */
  readonly ratio: number;
}

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      assert: { type: "string" },
    },
  });
  const ms = Number(values.seconds) * 1000;
  const [proxyCpu, ownCpu] = twoCpus();
  pin(process.pid, ownCpu);
  const backend = await startBackend();
  const echo = await startEcho();
  const peer = await launch("peer", proxyCpu);
  const ours = await launch("ours", proxyCpu);
  try {
    for (const candidate of [peer, ours]) {
      await addRoute(candidate, "/user/alice", backend.port);
      await addRoute(candidate, "/user/echo", echo.port);
      // Warm: the compiler has settled before anything is counted.
      await askFor(ms, candidate.port, CONNECTIONS);
      await echoFor(ms / 2, candidate.port, CONNECTIONS);
    }
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const candidate of [peer, ours]) {
        candidate.requests.push(await perCpuSecond(candidate, () => askFor(ms, candidate.port, CONNECTIONS)));
        candidate.messages.push(await perCpuSecond(candidate, () => echoFor(ms, candidate.port, CONNECTIONS)));
      }
    }
  } finally {
    peer.child.kill("SIGTERM");
    ours.child.kill("SIGTERM");
    for (const socket of echo.server.clients) socket.terminate();
    echo.server.close();
    backend.server.close();
  }
  const requests = figures(ours.requests, peer.requests);
  const messages = figures(ours.messages, peer.messages);
  if (values.json) process.stdout.write(`${JSON.stringify({ requests, messages })}\n`);
  else process.stdout.write(`${line("requests", requests)}\n${line("websocket echoes", messages)}\n`);
  const floor = values.assert === undefined ? 0 : Number(values.assert);
  if (requests.ratio < floor) {
    process.stderr.write(
      `The proxy is ${requests.ratio.toFixed(2)} times its peer; at least ${floor} was asked for.\n`,
    );
    process.exitCode = 1;
  }
}

async function launch(name: keyof typeof PROGRAMS, cpu: string): Promise<Candidate> {
  const port = await freePort();
  const apiPort = await freePort();
  const listen = ["--ip", "127.0.0.1", "--port", `${port}`, "--api-ip", "127.0.0.1", "--api-port", `${apiPort}`];
  // `BENCH_NODE_OPTIONS=--cpu-prof` profiles the proxies, not this program.
  const options = process.env.BENCH_NODE_OPTIONS ?? "";
  const child = spawn(process.execPath, [PROGRAMS[name], ...listen, "--log-level", "error"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, CONFIGPROXY_AUTH_TOKEN: "bench", NODE_OPTIONS: options },
  });
  if (child.pid === undefined) throw new Error(`${PROGRAMS[name]} could not be started`);
  pin(child.pid, cpu);
  return { name, child, pid: child.pid, port, apiPort, requests: [], messages: [] };
}

/** Adds a route, waiting until the proxy is up. */
async function addRoute(candidate: Candidate, path: string, targetPort: number): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${candidate.apiPort}/api/routes${path}`, {
        method: "POST",
        headers: { authorization: "token bench" },
        body: JSON.stringify({ target: `http://127.0.0.1:${targetPort}` }),
        signal: AbortSignal.timeout(5_000),
      });
      if (answer.status === 201) return;
      throw new Error(`${candidate.name} refused a route with ${answer.status}`);
    } catch (error) {
      if (Date.now() > deadline || candidate.child.exitCode !== null) throw error;
      await delay(50);
    }
  }
}

async function perCpuSecond(candidate: Candidate, work: () => Promise<number>): Promise<number> {
  const before = cpuSeconds(candidate.pid);
  const done = await work();
  return done / (cpuSeconds(candidate.pid) - before);
}

/** User and system time of a process and all its threads so far. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command's name, in brackets, may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Two of the CPUs this process may use: containers and batch systems often give only some, and not the first. */
function twoCpus(): readonly [string, string] {
  const status = readFileSync("/proc/self/status", "latin1");
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? "0";
  const [first = "0", second = first] = list.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: Math.min(to - from, 1) + 1 }, (_, index) => String(from + index));
  });
  return [first, second];
}

/** Holds a process with all its threads on one CPU. Only the spread of the figures depends on it, so a host that refuses is told of. */
function pin(pid: number, cpu: string): void {
  try {
    execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cpu, `${pid}`], { stdio: "ignore" });
  } catch {
    process.stderr.write(`Process ${pid} could not be held on CPU ${cpu}: the figures may spread more.\n`);
  }
}

function figures(ours: readonly number[], peer: readonly number[]): Figures {
  const ratios = ours.map((figure, round) => figure / (peer[round] ?? Number.NaN));
  return { ours: Math.round(median(ours)), peer: Math.round(median(peer)), ratio: median(ratios) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function line(what: string, { ours, peer, ratio }: Figures): string {
  return `${what} per CPU second: ours ${ours}, configurable-http-proxy ${peer}: ${ratio.toFixed(2)} times`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
