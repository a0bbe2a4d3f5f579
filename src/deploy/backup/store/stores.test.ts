/** What every place of backups must do: a folder, and SFTP against a real OpenSSH server. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { ensureProgram } from "../../../../test/support/engines.ts";
import { Secret } from "../../../kernel/index.ts";
import { openBackupStore } from "./open.ts";
import type { BackupStore } from "./port.ts";
import type { SshOptions } from "./ssh-connect.ts";

const run = promisify(execFile);

interface Subject {
  open(): Promise<BackupStore>;
}

function contract(subject: () => Subject): void {
  test("files are written whole, replaced, read in parts, listed, renamed and removed", async () => {
    const store = await subject().open();
    const big = randomBytes(3_000_001);
    await store.put("packs/one.pack", [big.subarray(0, 10), big.subarray(10)]);
    assert.deepEqual(await store.get("packs/one.pack"), big);
    assert.deepEqual(
      await store.get("packs/one.pack", { offset: 2_999_990, length: 5 }),
      big.subarray(2_999_990, 2_999_995),
    );
    assert.deepEqual(await store.get("packs/one.pack", { offset: 3_000_000, length: 50 }), big.subarray(3_000_000));
    await store.put("packs/one.pack", [Buffer.from("short")]);
    await store.put("packs/two.pack", []);
    assert.equal((await store.get("packs/one.pack")).toString(), "short");
    const listed = (await store.list("packs")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(
      listed.map(({ name, bytes }) => [name, bytes]),
      [
        ["one.pack", 5],
        ["two.pack", 0],
      ],
    );
    for (const { modified } of listed) assert.ok(Math.abs(Date.now() - modified) < 120_000);
    await store.rename("packs/one.pack", "packs/two.pack");
    await store.rename("packs/two.pack", "elsewhere/deep/three");
    assert.deepEqual([await store.exists("packs/one.pack"), await store.exists("elsewhere/deep/three")], [false, true]);
    assert.deepEqual(await store.list("packs"), []);
    assert.deepEqual(await store.list("unfinished"), []);
    await store.remove("elsewhere/deep/three");
    await store.remove("elsewhere/deep/three");
    assert.equal(await store.exists("elsewhere/deep/three"), false);
    await store.close();
  });

  test("what is not there is not found; a missing folder has no files", async () => {
    const store = await subject().open();
    await assert.rejects(store.get("packs/none"), { code: "not-found" });
    await assert.rejects(store.rename("packs/none", "x"), { code: "not-found" });
    assert.deepEqual(await store.list("never"), []);
    assert.equal(await store.exists("never/file"), false);
    await store.close();
  });

  test("many at once", async () => {
    const store = await subject().open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.put(`many/${n}`, [Buffer.from(String(n))])));
    const read = await Promise.all(Array.from({ length: 20 }, (_, n) => store.get(`many/${n}`)));
    assert.deepEqual(
      read.map(String),
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
    await store.close();
  });
}

describe("a folder", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-store-"));
  });
  after(() => rm(folder, { recursive: true }));
  contract(() => ({ open: () => openBackupStore(join(folder, "backups")) }));

  test("a place that is none is refused", async () => {
    for (const place of ["relative", "sftp://ada:secret@host/x", "sftp://host", "http://host/x"])
      await assert.rejects(openBackupStore(place), { code: "usage" });
  });
});

describe("SFTP", () => {
  let server: SshServer | undefined;
  const sshd = () => {
    assert.ok(server !== undefined, "sshd did not start");
    return server;
  };
  before(async () => {
    server = await startSshd();
  });
  after(() => server?.close());
  contract(() => ({ open: () => openBackupStore(sshd().place, sshd().options) }));

  test("an unknown key is refused with the line to add, which then lets it in; a changed or revoked one is refused", async () => {
    const { place, options, folder, port, publicKey } = sshd();
    const file = join(folder, "hosts");
    await writeFile(file, "");
    const strict = { ...options, home: join(folder, "stranger"), privateKey: options.privateKey, knownHosts: [file] };
    const refusal = await openBackupStore(place, strict).then(
      () => assert.fail("it was let in"),
      (error: unknown) => error as Error,
    );
    const line = /add this line to .*hosts:\n(\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/.exec(refusal.message)?.[1];
    assert.ok(line !== undefined, refusal.message);
    assert.equal(line, `[127.0.0.1]:${port} ${publicKey}`);
    await appendFile(file, `# a comment\n${line}\n`);
    await (await openBackupStore(place, strict)).close();
    // As OpenSSH itself hides names.
    await run("ssh-keygen", ["-H", "-f", file]);
    assert.match(await readFile(file, "utf8"), /^\|1\|/m);
    await (await openBackupStore(place, strict)).close();
    await writeFile(file, `@revoked [127.0.0.1]:${port} ${publicKey}\n`);
    await assert.rejects(openBackupStore(place, strict), { code: "backup-unusable", message: /revoked/ });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "other")]);
    await writeFile(file, `[127.0.0.*]:${port} ${await readFile(join(folder, "other.pub"), "utf8")}`);
    await assert.rejects(openBackupStore(place, strict), { code: "backup-unusable", message: /another one is known/ });
  });

  test("who has no key there is told so, and so is who reaches nobody", async () => {
    const { place, options, folder, port } = sshd();
    const { privateKey: _, ...without } = options;
    await mkdir(join(folder, "empty", ".ssh"), { recursive: true });
    const nobody = { ...without, home: join(folder, "empty") };
    await assert.rejects(openBackupStore(place, nobody), { code: "backup-unusable", message: /no key to sign in/ });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "empty", ".ssh", "id_ed25519")]);
    await assert.rejects(openBackupStore(place, nobody), { code: "backup-unusable", message: /lets nobody in as/ });
    const closed = place.replace(String(port), String(await freePort()));
    await assert.rejects(openBackupStore(closed, options), { code: "host-unreachable" });
  });

  test("the person's own ssh settings name host, port and key", async () => {
    const { folder, port, options, place, user } = sshd();
    const home = join(folder, "person");
    await mkdir(join(home, ".ssh"), { recursive: true });
    await writeFile(join(home, ".ssh", "my-key"), options.privateKey?.reveal() ?? "", { mode: 0o600 });
    const lines = [`Host *.example !no.example`, `  HostName 127.0.0.1`, `  Port ${port}`, `  User ${user}`];
    const more = ["  IdentityFile ~/.ssh/my-key", `  UserKnownHostsFile ${options.knownHosts?.[0]}`];
    await writeFile(join(home, ".ssh", "config"), [...lines, ...more, "Host *", "  Port 1"].join("\n"));
    const store = await openBackupStore(`sftp://store.example${new URL(place).pathname}`, { home });
    await store.put("settings", [Buffer.from("x")]);
    await store.close();
  });
});

interface SshServer {
  readonly folder: string;
  readonly place: string;
  readonly port: number;
  readonly user: string;
  readonly options: SshOptions;
  /** Type and key, as in known_hosts. */
  readonly publicKey: string;
  close(): Promise<void>;
}

async function startSshd(): Promise<SshServer> {
  await ensureProgram("sshd", "openssh-server");
  const folder = await mkdtemp(join(tmpdir(), "hublet-sshd-"));
  const key = join(folder, "key");
  for (const name of ["host", "key"])
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
  await writeFile(join(folder, "authorized"), await readFile(`${key}.pub`));
  await chmod(folder, 0o700);
  const port = await freePort();
  const lines = [
    ...[`Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${join(folder, "host")}`, "PidFile none", "UsePAM no"],
    ...[`AuthorizedKeysFile ${join(folder, "authorized")}`, "StrictModes no", "PermitRootLogin prohibit-password"],
    ...["PasswordAuthentication no", "Subsystem sftp internal-sftp"],
  ];
  await writeFile(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
  // What the package's own service would have made.
  if (process.geteuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await whenListening(child, port);
  const publicKey = (await readFile(join(folder, "host.pub"), "utf8")).trim();
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${port} ${publicKey}\n`);
  const user = userInfo().username;
  return {
    ...{ folder, port, user, publicKey },
    place: `sftp://${user}@127.0.0.1:${port}${join(folder, "data")}`,
    options: {
      home: join(folder, "home"),
      privateKey: new Secret(await readFile(key, "utf8")),
      knownHosts: [join(folder, "known_hosts")],
    },
    async close() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}

async function whenListening(child: ChildProcess, port: number): Promise<void> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (there) return;
    await delay(50);
  }
  throw new Error(`sshd did not start: ${said}`);
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
