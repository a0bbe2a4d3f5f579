/** A real nginx with one site, on free ports of loopback. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const PROGRAM = "/usr/sbin/nginx";

export interface Nginx {
  /** Most memory that one of its processes ever had, in bytes. */
  peakMemory(): number;
  /** Files that it keeps bodies in. */
  bodies(): readonly string[];
  log(): string;
  close(): Promise<void>;
}

/**
 * Starts nginx with this site; fails, never skips, where there is none.
 * @param site its text; `listen` lines are turned to these ports of 127.0.0.1, and nothing else of it is changed
 */
export async function startNginx(site: string, ports: Readonly<Record<number, number>>): Promise<Nginx> {
  if (!existsSync(PROGRAM)) throw new Error("nginx is not installed; “./hublet test” installs it.");
  const folder = mkdtempSync(join(tmpdir(), "hublet-nginx-"));
  const at = (name: string): string => join(folder, name);
  mkdirSync(at("bodies"));
  writeFileSync(at("site.conf"), onLoopback(site, ports));
  writeFileSync(at("nginx.conf"), configuration(folder));
  const check = spawnSync(PROGRAM, ["-t", "-p", folder, "-c", at("nginx.conf")], { encoding: "utf8" });
  if (check.status !== 0 || check.stderr.includes("[warn]")) throw new Error(`nginx -t: ${check.stderr}`);
  const child = spawn(PROGRAM, ["-p", folder, "-c", at("nginx.conf")], { stdio: "ignore" });
  await Promise.race([...Object.values(ports).map(answering), ended(child, at("error.log"))]);
  await Promise.all(Object.values(ports).map(answering));
  return {
    peakMemory: () => Math.max(...processesOf(child.pid ?? 0).map(peakOf)),
    bodies: () => readdirSync(at("bodies"), { recursive: true }).map(String),
    log: () => readFileSync(at("error.log"), "utf8"),
    close: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function onLoopback(site: string, ports: Readonly<Record<number, number>>): string {
  return site.replaceAll(
    /^( *listen )(\[::\]:)?(\d+)/gm,
    (_line, listen: string, six: string | undefined, port: string) => {
      const address = six === undefined ? "127.0.0.1" : "[::1]";
      return `${listen}${address}:${ports[Number(port)] ?? port}`;
    },
  );
}

function configuration(folder: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/bodies;`,
  );
  return `${process.getuid?.() === 0 ? "user root;\n" : ""}daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events {}
http {
  access_log off;
  ${places.join("\n  ")}
  include ${folder}/site.conf;
}
`;
}

async function ended(child: ChildProcess, log: string): Promise<never> {
  await once(child, "exit");
  throw new Error(`nginx ended: ${readFileSync(log, "utf8")}`);
}

async function answering(port: number): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(10)) {
    const socket = connect({ host: "127.0.0.1", port });
    const answers = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (answers) return;
  }
  throw new Error(`nginx does not listen on ${port}`);
}

function processesOf(parent: number): readonly number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ").map(Number);
  return [parent, ...children];
}

/** `VmHWM` of a process, in bytes. */
export function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) * 1024;
}
