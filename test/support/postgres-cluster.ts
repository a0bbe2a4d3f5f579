/**
 * A real PostgreSQL for tests: a throw-away cluster on a Unix socket in a temporary folder, one for each test process.
 * PostgreSQL refuses to run as root, so under root it runs as the account `postgres`, or `hublet-test` when there is
 * none.
 */
import { execFile, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
/** How long one step of the set-up may take, on a busy machine (milliseconds). */
const STEP_TIMEOUT = 60_000;

export interface Cluster {
  /** The address of a database of this cluster, as in `database:` of the configuration. */
  url(database: string): string;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Starts a cluster that ends with this process.
 * @throws Error saying which package is missing, or what the server said
 */
export async function startCluster(): Promise<Cluster> {
  const programs = findPrograms();
  const account = process.geteuid?.() === 0 ? await serverAccount() : undefined;
  const folder = mkdtempSync(join(tmpdir(), "hublet-pg-"));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const data = join(folder, "data");

  const { stdout: version } = await run(join(programs, "initdb"), ["--version"], { timeout: STEP_TIMEOUT });
  // A language's sort order, where it can be had, shows queries that rely on the order of bytes.
  const locale = Number(/(\d+)/.exec(version)?.[1]) >= 15 ? ["--locale-provider=icu", "--icu-locale=en"] : [];
  const init = ["-D", data, "-U", "hublet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", ...locale];
  await run(join(programs, "initdb"), init, { ...account, cwd: folder, timeout: STEP_TIMEOUT });

  const settings = { listen_addresses: "", unix_socket_directories: folder, fsync: "off", full_page_writes: "off" };
  const server = [
    join(programs, "postgres"),
    "-D",
    data,
    ...Object.entries({
      ...settings,
      synchronous_commit: "off",
      max_connections: "60",
      shared_buffers: "32MB",
    }).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  // The kernel ends the server (SIGQUIT: at once) also when this process is killed.
  const child = spawn("setpriv", ["--pdeathsig", "QUIT", ...server], {
    ...account,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  process.once("exit", () => {
    child.kill("SIGQUIT");
    // Nothing asynchronous runs any more at exit; the server removes this file as its last act.
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 500 && existsSync(join(data, "postmaster.pid")); tries += 1) {
      Atomics.wait(pause, 0, 0, 10);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  });
  const said: string[] = [];
  const output = createInterface({ input: child.stderr });
  await new Promise<void>((resolve, reject) => {
    const failed = () => reject(new Error(`PostgreSQL did not start:\n${said.join("\n")}`));
    const timer = setTimeout(failed, STEP_TIMEOUT);
    child.once("error", reject).once("exit", failed);
    output.on("line", (line) => {
      said.push(line);
      if (!line.includes("ready to accept connections")) return;
      clearTimeout(timer);
      child.off("exit", failed);
      resolve();
    });
  });
  // From here on it must not keep the test process alive; its pipe is read on, so that it never blocks.
  said.length = 0;
  output.removeAllListeners("line").on("line", () => undefined);
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
  return { url: (database) => `postgresql://hublet@localhost/${database}?host=${encodeURIComponent(folder)}` };
}

/** The folder of `initdb` and `postgres`: on PATH, else where the distributions put them, the newest first. */
function findPrograms(): string {
  const roots = ["/usr/lib/postgresql", "/usr/pgsql"].filter((root) => existsSync(root));
  const versions = roots.flatMap((root) =>
    readdirSync(root)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(root, version, "bin")),
  );
  const candidates = [...versions, ...(process.env.PATH ?? "").split(delimiter), "/usr/local/pgsql/bin"];
  const found = candidates.find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name))));
  if (found === undefined) {
    throw new Error("The tests need PostgreSQL's programs initdb and postgres. Install the package “postgresql”.");
  }
  return found;
}

async function serverAccount(): Promise<Account> {
  return (await findAccount("postgres")) ?? (await findAccount("hublet-test")) ?? (await createAccount("hublet-test"));
}

async function findAccount(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name], { timeout: 10_000 })));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    // `id` fails when there is no such account: that is the answer.
    return undefined;
  }
}

async function createAccount(name: string): Promise<Account> {
  await run("useradd", ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name], { timeout: 10_000 });
  const account = await findAccount(name);
  if (account === undefined) throw new Error(`The account ${name} could not be created.`);
  return account;
}
