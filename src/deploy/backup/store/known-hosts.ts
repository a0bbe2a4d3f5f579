/** OpenSSH's file of known host keys (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), also with hashed names. */
import { createHash, createHmac } from "node:crypto";

export interface KnownKey {
  /** `ssh-ed25519` and the like. */
  readonly type: string;
  readonly key: Buffer;
  readonly revoked: boolean;
}

/** The keys that `text` has for a host. Certificate authorities are left out: keys are compared as they are. */
export function knownKeys(text: string, host: string, port: number): readonly KnownKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [names = "", type = "", key = ""] = words;
    if (names === "" || names.startsWith("#") || marker === "@cert-authority" || key === "") return [];
    if (!matches(names, name)) return [];
    return [{ type, key: Buffer.from(key, "base64"), revoked: marker === "@revoked" }];
  });
}

/** The line that makes a key known. */
export function knownHostsLine(host: string, port: number, key: Buffer): string {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return `${name} ${keyType(key)} ${key.toString("base64")}`;
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type that begins a key (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? "" : key.toString("latin1", 4, 4 + key.readUInt32BE(0));
}

function matches(names: string, name: string): boolean {
  if (names.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = names.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  const patterns = names.split(",");
  if (patterns.some((pattern) => pattern.startsWith("!") && likeness(pattern.slice(1)).test(name))) return false;
  return patterns.some((pattern) => likeness(pattern).test(name));
}

/** `*` and `?` as OpenSSH has them (ssh_config(5), PATTERNS). */
export function likeness(pattern: string): RegExp {
  const text = pattern
    .replace(/[\\^$+.()|[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${text}$`, "i");
}
