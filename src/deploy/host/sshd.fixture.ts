/**
 * A real sshd on a free port of the loopback, with keys of its own, in a private mount namespace: accounts and sudo's rules
 * of this machine stay as they are, and whatever happens to the test, they go with the process.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Closable } from "../../kernel/index.ts";

const call = promisify(execFile);

export interface Sshd extends Closable {
  readonly port: number;
  readonly knownHosts: string;
  readonly identityFile: string;
  /** A file of known hosts with another key for this server: somebody in the middle. */
  readonly wrongKnownHosts: string;
  readonly process: number;
}

/** Accounts that exist on this server only; both sign in with the key. */
export const SUDOER = "hublet-sudoer";
export const CHATTERBOX = "hublet-chatter";
export const SUDO_PASSWORD = "correct horse";
/** Of that password, by `openssl passwd -6`. */
const SUDO_HASH =
  "$6$hublettest$GuXod/3G82r2nCXtCTTIMtERTX2bc6vYJP0IOjtBXk32dDGx2zMqi/uxPjjyROFfKuCU6hGGjBE44U6e3TPs0.";

const START = `
for name in passwd shadow group sudoers pam.d/sudo; do mount --bind "$1/\${name##*/}" "/etc/$name"; done
# Another lock than this machine's, for which another test may be waiting.
: >> /run/hublet.lock
: > "$1/lock"
mount --bind "$1/lock" /run/hublet.lock
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
`;

export async function startSshd(): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-sshd-"));
  const port = await freePort();
  const file = (name: string): string => join(folder, name);
  for (const key of ["host", "other", "person"])
    await call("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", file(key)]);
  await copyFile(file("person.pub"), file("authorized_keys"));
  for (const [name, key] of [
    ["known", "host"],
    ["wrong", "other"],
  ] as const)
    await writeFile(file(name), `[127.0.0.1]:${port} ${await readFile(file(`${key}.pub`), "utf8")}`);
  await accounts(folder);
  const settings = [
    ["Port", String(port)],
    ["ListenAddress", "127.0.0.1"],
    ["HostKey", file("host")],
    ["AuthorizedKeysFile", file("authorized_keys")],
    ["PidFile", "none"],
    ["StrictModes", "no"],
    ["UsePAM", "no"],
    ["PasswordAuthentication", "no"],
    ["PermitRootLogin", "prohibit-password"],
  ];
  await writeFile(file("sshd_config"), `${settings.map((words) => words.join(" ")).join("\n")}\n`);
  const argv = ["--mount", "--propagation", "private", "sh", "-euc", START, "sh", folder];
  const child = spawn("unshare", argv, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`sshd ended: ${said} (Debian's package is openssh-server)`)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Server listening on 127.0.0.1")) resolve();
    });
  });
  return {
    port,
    knownHosts: file("known"),
    wrongKnownHosts: file("wrong"),
    identityFile: file("person"),
    process: child.pid ?? 0,
    close: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function accounts(folder: string): Promise<void> {
  for (const name of ["shadow", "group"]) await copyFile(`/etc/${name}`, join(folder, name));
  // Root with a plain shell: what this machine's root has in its start-up files is of no concern.
  const passwd = await readFile("/etc/passwd", "utf8");
  await writeFile(join(folder, "passwd"), passwd.replace(/^(root:.*:)[^:]*$/m, "$1/bin/sh"));
  const chatty = join(folder, "chatty-shell");
  await writeFile(chatty, '#!/bin/sh\necho "Welcome back!"\nexec /bin/sh "$@"\n', { mode: 0o755 });
  await appendFile(
    join(folder, "passwd"),
    `${SUDOER}:x:471101:471101::/:/bin/sh\n${CHATTERBOX}:x:471102:471102::/:${chatty}\n`,
  );
  await appendFile(
    join(folder, "shadow"),
    `${SUDOER}:${SUDO_HASH}:20000:0:99999:7:::\n${CHATTERBOX}:*:20000:0:99999:7:::\n`,
  );
  await appendFile(join(folder, "group"), `${SUDOER}:x:471101:\n${CHATTERBOX}:x:471102:\n`);
  await writeFile(join(folder, "sudoers"), `root ALL=(ALL:ALL) ALL\n${SUDOER} ALL=(ALL:ALL) ALL\n`, { mode: 0o440 });
  // Without the pause after a wrong password.
  const pam = ["auth required pam_unix.so nodelay", "account required pam_unix.so", "session required pam_permit.so"];
  await writeFile(join(folder, "sudo"), `${pam.join("\n")}\n`);
  await chmod(folder, 0o755);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
