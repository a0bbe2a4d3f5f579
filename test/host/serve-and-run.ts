/**
 * Runs as the service account: starts Podman's service, runs a container with a published port, and tries what must
 * never stop it. Prints one JSON line of findings. Arguments: socket path, tar of a root file system, name,
 * and the limit of memory in bytes where the host can enforce one.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { enforcedLimits, startPodmanService } from "../../src/deploy/index.ts";

const [socketPath = "", tar = "", name = "", memory = ""] = process.argv.slice(2);
const image = `localhost/${name}:1`;
const env: Record<string, string> = {};
for (const [key, value] of Object.entries(process.env)) if (value !== undefined) env[key] = value;
const lines: string[] = [];

const began = performance.now();
const service = await startPodmanService({ env, socketPath, log: (line) => lines.push(line) });
const serviceReady = since(began);
await api("DELETE", `/containers/${name}?force=true`);

const importing = performance.now();
assert.equal((await api("POST", `/images/create?fromSrc=-&repo=${image}`, await readFile(tar))).status, 200);
const imported = since(importing);

const created = await api("POST", `/containers/create?name=${name}`, {
  Image: image,
  // As the first process of its container busybox has no handler for SIGTERM.
  StopSignal: "SIGKILL",
  Cmd: ["/bin/busybox", "httpd", "-f", "-p", "8888", "-h", "/www"],
  ExposedPorts: { "8888/tcp": {} },
  HostConfig: {
    NetworkMode: "slirp4netns",
    // A limit that the host cannot enforce is a hard error on cgroup2, so it is asked for only where it can be.
    ...(memory === "" ? {} : { Memory: Number(memory) }),
    PortBindings: { "8888/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
  },
});
assert.equal(created.status, 201, created.text);
const starting = performance.now();
const started = await api("POST", `/containers/${name}/start`);
assert.equal(started.status, 204, started.text);
const containerStarted = since(starting);
const state = (await api("GET", `/containers/${name}/json`)).text;
const port = Number(/"HostPort":"(\d+)"/.exec(state)?.[1]);
const pid = Number(/"Pid":(\d+)/.exec(state)?.[1]);
const page = await until(() => fetchPage(port));
const firstPage = since(starting);
const limits = await enforcedLimits(pid);

const first = service.pid;
assert.ok(first !== undefined);
process.kill(first, "SIGKILL");
await until(async () => (service.restarts === 1 && (await api("GET", "/_ping")).status === 200 ? "up" : undefined));
const afterKill = await fetchPage(port);
// A second service on the same socket stands for a start after the supervisor itself was killed: it ends the leftover.
const second = service.pid;
await service.close();
const afterClose = await fetchPage(port);
const third = await startPodmanService({ env, socketPath, log: (line) => lines.push(line) });
const running = /"Running":true/.test((await api("GET", `/containers/${name}/json`)).text);
await api("DELETE", `/containers/${name}?force=true`);
await api("DELETE", `/images/${image}?force=true`);
await third.close();
process.stdout.write(
  `${JSON.stringify({ uid: process.geteuid?.(), groups: process.getgroups?.(), serviceReady, imported, containerStarted, firstPage, page, afterKill, afterClose, running, changed: first !== second, limits, lines })}\n`,
);

function since(from: number): number {
  return Math.round(performance.now() - from);
}

async function fetchPage(from: number): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${from}/`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  );
  return response === undefined ? undefined : (await response.text()).trim();
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await delay(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing came: ${lines.join("\n")}`);
}

function api(method: string, path: string, body?: Buffer | object): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const raw = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const headers = {
      "content-type": Buffer.isBuffer(body) ? "application/x-tar" : "application/json",
      "content-length": raw?.length ?? 0,
    };
    const call = request({ socketPath, method, path, headers, signal: AbortSignal.timeout(30_000) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("error", (error) => resolve({ status: 0, text: error.message }));
    call.end(raw);
  });
}
