/** Real container engines for tests: rootless Podman of an account of its own, and a Docker daemon of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, request } from "undici";
import { installPackages, missingPackages, prepareHost, readHost } from "../../src/deploy/index.ts";
import { type Closable, messageOf } from "../../src/kernel/index.ts";

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, "../..");
/** The account that root uses for tests, so that rootless Podman is what is tested. */
const TEST_ACCOUNT = "hublet-test";

export interface TestEngine extends Closable {
  readonly socketPath: string;
}

/** Whether a Docker daemon of our own can be started; only root may. */
export function mayStartDocker(): boolean {
  return process.geteuid?.() === 0;
}

/** Where a Podman keeps things, for tests of full disks; the account's own places when absent. */
export interface PodmanPlaces {
  /** Folder of images, containers and volumes of its own. */
  readonly storage?: string;
  /** Folder of files for a moment, such as what is being fetched. */
  readonly temporary?: string;
}

/**
 * A `podman system service` on a private socket: as the account `hublet-test` for root (made when missing), else as the
 * person who runs the tests. Fails, never skips, where Podman cannot be had.
 * @param insecureRegistries `host:port` of registries without TLS
 */
export async function startPodman(
  insecureRegistries: readonly string[] = [],
  places: PodmanPlaces = {},
): Promise<TestEngine> {
  const host = await prepareHost({
    accountName: TEST_ACCOUNT,
    engine: "podman",
    buildImages: false,
    programRoot: REPOSITORY,
    yes: true,
    report: () => undefined,
  });
  const { uid, gid } = host.account;
  const folder = await mkdtemp(join(host.runtimeDir, "test-"));
  await chown(folder, uid, gid);
  // Podman 4 leaves the archive of every import in its temporary folder.
  const scratch = await mkdtemp(join(places.temporary ?? "/var/tmp", "hublet-test-"));
  await chown(scratch, uid, gid);
  const own = places.storage === undefined ? {} : await ownStorage(places.storage, folder, host.env, { uid, gid });
  const registries = join(folder, "registries.conf");
  const blocks = insecureRegistries.map((location) => `[[registry]]\nlocation = "${location}"\ninsecure = true\n`);
  await writeFile(registries, `unqualified-search-registries = ["docker.io"]\n${blocks.join("\n")}`, { mode: 0o644 });
  const socketPath = join(folder, "podman.sock");
  const child = spawn("podman", ["system", "service", "--time=0", `unix://${socketPath}`], {
    ...(process.geteuid?.() === 0 ? { uid, gid } : {}),
    env: { ...host.env, ...own, CONTAINERS_REGISTRIES_CONF: registries, TMPDIR: scratch },
    cwd: host.account.home,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const engine = await whenAnswering("Podman", child, socketPath, folder);
  return {
    socketPath,
    close: async () => {
      // It keeps the mounts of an engine of its own, and lives on by itself.
      const pause = await readFile(join(folder, "run/libpod/pause.pid"), "utf8").catch(() => "");
      await engine.close();
      if (pause !== "") process.kill(Number(pause));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/**
 * Settings of a Podman that shares nothing with the account's own one, whose locks it would else take for free.
 * @param folder where they are written, and what lives as long as the engine
 */
async function ownStorage(
  storage: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<Record<string, string>> {
  const runtime = join(folder, "run");
  await mkdir(runtime, { mode: 0o700 });
  await chown(runtime, uid, gid);
  const engineFile = join(folder, "containers.conf");
  const settings = await readFile(env.CONTAINERS_CONF ?? "", "utf8");
  const places = `static_dir = "${storage}/libpod"\nvolume_path = "${storage}/volumes"\ntmp_dir = "${runtime}/libpod"\n`;
  const engine = `[engine]\nlock_type = "file"\n${places}`;
  await writeFile(engineFile, settings.replace("[engine]\n", engine), { mode: 0o644 });
  const storageFile = join(folder, "storage.conf");
  const text = `[storage]\ndriver = "overlay"\nrunroot = "${runtime}/containers"\nrootless_storage_path = "${storage}"\n`;
  await writeFile(storageFile, text, { mode: 0o644 });
  return { CONTAINERS_CONF: engineFile, CONTAINERS_STORAGE_CONF: storageFile, XDG_RUNTIME_DIR: runtime };
}

/** A `dockerd` with folders, socket and pid file of its own; no default bridge, so that it does not fight over `docker0`. */
export async function startDocker(): Promise<TestEngine> {
  const facts = await readHost();
  // A second daemon would rewrite the first one's firewall chains.
  if (facts.dockerAnswers) return { socketPath: facts.dockerSocket, close: () => Promise.resolve() };
  await ensureProgram("dockerd", async () => {
    const missing = missingPackages(facts, { engine: "docker", buildImages: false });
    await installPackages({ facts, missing, yes: true, log: () => undefined });
  });
  const folder = await mkdtemp(join(tmpdir(), "hublet-docker-"));
  const socketPath = join(folder, "docker.sock");
  const argv = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec"), "-p", join(folder, "pid")];
  // Mounts of its own, shared as on a host with systemd: containers may be given folders of the host with what is mounted later.
  const own = ["--mount", "--propagation", "shared", "dockerd"];
  const child = spawn(
    "unshare",
    [...own, ...argv, "-H", `unix://${socketPath}`, "--group", "root", "--bridge", "none"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  return await whenAnswering("Docker", child, socketPath, folder);
}

/** Installs Debian packages that only tests need. */
export async function ensureProgram(program: string, install: string | (() => Promise<void>)): Promise<void> {
  if (await onPath(program)) return;
  try {
    if (typeof install === "function") await install();
    else await run("apt-get", ["install", "-y", "--no-install-recommends", install], { timeout: 300_000 });
  } catch (error) {
    throw new Error(`The tests need “${program}”, and it could not be installed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!(await onPath(program))) throw new Error(`The tests need “${program}”. Install it, then run them again.`);
}

/** Busybox with every applet that the contract uses, as a tar of a root file system; `home` belongs to 1000:100. */
export async function makeBusyboxRoot(): Promise<Closable & { readonly tarPath: string }> {
  await ensureProgram("busybox", "busybox-static");
  const folder = await mkdtemp(join(tmpdir(), "hublet-root-"));
  const root = join(folder, "root");
  for (const part of ["bin", "etc", "tmp", "proc", "sys", "dev", "run", "home/jovyan/sub"]) {
    await mkdir(join(root, part), { recursive: true });
  }
  await run("chmod", ["1777", join(root, "tmp")]);
  await run("cp", [(await onPath("busybox")) ?? "busybox", join(root, "bin/busybox")]);
  await run("ln", ["-s", "busybox", join(root, "bin/sh")]);
  await writeFile(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\njovyan:x:1000:100::/home/jovyan:/bin/sh\n");
  await writeFile(join(root, "home/jovyan/.profile"), "from the image\n");
  const tarPath = join(folder, "root.tar");
  const parts = ["bin", "etc", "tmp", "proc", "sys", "dev", "run"];
  await run("tar", ["-C", root, "--owner=0", "--group=0", "-cf", tarPath, ...parts]);
  await run("tar", ["-C", root, "--owner=1000", "--group=100", "-rf", tarPath, "home/jovyan"]);
  return { tarPath, close: () => rm(folder, { recursive: true, force: true }) };
}

/** Debian's `docker-registry` on a free loopback port; `address` is `127.0.0.1:PORT`. */
export async function startRegistry(port: number): Promise<Closable & { readonly address: string }> {
  await ensureProgram("docker-registry", "docker-registry");
  const folder = await mkdtemp(join(tmpdir(), "hublet-registry-"));
  const address = `127.0.0.1:${port}`;
  const config = join(folder, "config.yml");
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(folder, "data")}\n`;
  await writeFile(config, `version: 0.1\n${storage}http:\n  addr: ${address}\n  relativeurls: true\n`);
  const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const said = collect(child);
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break;
    const answer = await request(`http://${address}/v2/`).catch(() => undefined);
    if (answer !== undefined) {
      await answer.body.dump();
      return { address, close: () => end(child, folder) };
    }
    await delay(50);
  }
  await end(child, folder);
  throw new Error(`docker-registry does not answer on ${address}. It said: ${said()}`);
}

async function whenAnswering(
  engine: string,
  child: ChildProcess,
  socketPath: string,
  folder: string,
): Promise<TestEngine> {
  const said = collect(child);
  const failed = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code) => resolve(`it ended with code ${code}`));
  });
  let ended: string | undefined;
  void failed.then((why) => {
    ended = why;
  });
  for (let tries = 0; tries < 600 && ended === undefined; tries++) {
    if (await answers(socketPath)) return { socketPath, close: () => end(child, folder) };
    await delay(50);
  }
  await end(child, folder);
  throw new Error(
    `${engine} is needed by these tests and could not be started here (${ended ?? "no answer in 30 s"}). It said:\n${said()}`,
  );
}

async function answers(socketPath: string): Promise<boolean> {
  const client = new Client("http://engine", { socketPath });
  try {
    const { statusCode, body } = await client.request({
      method: "GET",
      path: "/_ping",
      signal: AbortSignal.timeout(2_000),
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    await client.destroy();
  }
}

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = `${text}${chunk}`.slice(-2_000);
  });
  return () => text;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await gone;
    clearTimeout(timer);
  }
  // What it left running on purpose may hold the other end, which would keep this process from ending.
  child.stderr?.destroy();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]) {
    const path = join(folder, program);
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
