/** A connection to an SFTP server whose key is known, signed in by a key. */
import { readFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import ssh2, { type AnyAuthMethod, type SFTPWrapper } from "ssh2";
import { type Closable, HubError, messageOf, type Secret } from "../../../kernel/index.ts";
import { fingerprint, type KnownKey, keyType, knownHostsLine, knownKeys } from "./known-hosts.ts";
import { sshSettings } from "./ssh-config.ts";

const CONNECT_MS = 20_000;
/** A connection that says nothing for a minute is dead: pending work then fails instead of waiting forever. */
const KEEPALIVE_MS = 15_000;
const KEEPALIVES = 4;
const KEY_FILES = ["id_ed25519", "id_ecdsa", "id_rsa"] as const;

export interface SshOptions {
  /** Home folder with `.ssh`; that of this account when absent. */
  readonly home?: string;
  /** Socket of an agent (`SSH_AUTH_SOCK`). */
  readonly agent?: string | undefined;
  /** A private key, before those of the home folder. */
  readonly privateKey?: Secret | undefined;
  /** More files of known hosts, before those of the home folder and the host. */
  readonly knownHosts?: readonly string[];
}

export interface SftpAddress {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** Absolute. */
  readonly folder: string;
}

export interface SftpConnection extends Closable {
  readonly sftp: SFTPWrapper;
}

/** @throws HubError `host-unreachable`, `backup-unusable` (an unknown key, nobody let in) */
export async function connectSftp(address: SftpAddress, options: SshOptions): Promise<SftpConnection> {
  const home = options.home ?? homedir();
  const said = sshSettings(await text(join(home, ".ssh", "config")), address.host);
  const host = said.hostName ?? address.host;
  const port = address.port ?? said.port ?? 22;
  const username = address.user ?? said.user ?? userInfo().username;
  const at = (path: string) => path.replace(/^~(?=\/)/, home).replaceAll("%d", home);
  const hostFiles = [
    ...(options.knownHosts ?? []),
    ...said.knownHosts.map(at),
    join(home, ".ssh", "known_hosts"),
    "/etc/ssh/ssh_known_hosts",
  ];
  const known = knownKeys((await Promise.all(hostFiles.map(text))).join("\n"), host, port);
  const keys = await privateKeys(options, [
    ...said.identityFiles.map(at),
    ...KEY_FILES.map((name) => join(home, ".ssh", name)),
  ]);
  const methods: AnyAuthMethod[] = keys.map((key) => ({ type: "publickey", username, key }));
  if (options.agent !== undefined) methods.unshift({ type: "agent", username, agent: options.agent });
  if (methods.length === 0) {
    throw new HubError(
      "backup-unusable",
      `There is no key to sign in to ${host} with. Make one with ssh-keygen in ${join(home, ".ssh")}, or run an agent, and let it in there.`,
    );
  }

  const client = new ssh2.Client();
  let refusal: HubError | undefined;
  const types = [...new Set(known.filter(({ revoked }) => !revoked).map(({ type }) => type))];
  const serverHostKey = types.flatMap((type) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]));
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).once("error", reject);
      client.connect({
        ...{ host, port, username, authHandler: methods, readyTimeout: CONNECT_MS },
        ...{ keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: KEEPALIVES },
        // The server shows one of its keys only: one that is known, when there is any.
        ...(serverHostKey.length === 0 ? {} : { algorithms: { serverHostKey: serverHostKey as never } }),
        hostVerifier: (key: Buffer) => {
          refusal = refusalOf(known, key, host, port, hostFiles[0] ?? "");
          return refusal === undefined;
        },
      });
    });
    client.on("error", () => undefined); // whoever waits for an answer is told
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    return {
      sftp,
      close: () =>
        new Promise((resolve) => {
          client.once("close", () => resolve());
          client.end();
        }),
    };
  } catch (error) {
    client.on("error", () => undefined).destroy();
    throw refusal ?? explained(error, host, port, username);
  }
}

function refusalOf(
  known: readonly KnownKey[],
  key: Buffer,
  host: string,
  port: number,
  file: string,
): HubError | undefined {
  const same = known.find((each) => each.key.equals(key));
  if (same?.revoked === false) return undefined;
  const shown = `${host} shows the key ${fingerprint(key)} (${keyType(key)})`;
  if (same !== undefined) return new HubError("backup-unusable", `${shown}, which is revoked. Do not go on; ask why.`);
  if (known.length > 0) {
    return new HubError(
      "backup-unusable",
      `${shown}, but another one is known: somebody may stand between. Only when you know why it changed, replace it in ${file} by this line:\n${knownHostsLine(host, port, key)}`,
    );
  }
  return new HubError(
    "backup-unusable",
    `${shown}, which is not known. If that is right, add this line to ${file}:\n${knownHostsLine(host, port, key)}`,
  );
}

function explained(error: unknown, host: string, port: number, username: string): HubError {
  if (error instanceof Error && "level" in error && error.level === "client-authentication") {
    return new HubError(
      "backup-unusable",
      `${host} lets nobody in as ${username} with the keys that are here. Add one's public half to authorized_keys there.`,
      { cause: error },
    );
  }
  return new HubError(
    "host-unreachable",
    `${host} port ${port} cannot be reached for backups: ${messageOf(error)}. Check the address, and that SFTP is allowed there.`,
    { cause: error },
  );
}

async function privateKeys(options: SshOptions, files: readonly string[]): Promise<readonly Buffer[]> {
  const given = options.privateKey === undefined ? [] : [Buffer.from(options.privateKey.reveal())];
  const read = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)));
  // One with a passphrase is the agent's business.
  return [...given, ...read].filter(
    (key) => key !== undefined && !(ssh2.utils.parseKey(key) instanceof Error),
  ) as Buffer[];
}

async function text(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}
