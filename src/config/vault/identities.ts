/** Where private keys are looked for, and which files are refused. */
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HubError, messageOf, Secret } from "../../kernel/index.ts";
import { FileReader } from "../sources/reader.ts";
import type { VaultIdentity } from "./age.ts";

/** Name of the hub's own private key, among its other secrets. */
export const HUB_IDENTITY = "vault.key";
const MAX_BYTES = 64 * 1024;

export interface IdentityPlaces {
  /** `HUBLET_IDENTITY`, `HUBLET_SECRETS`, `XDG_CONFIG_HOME`, `HOME`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** State folder of a hub. */
  readonly state?: string;
}

export interface Identities {
  readonly keys: readonly Secret[];
  /** Files that were there and are not used, in sentences without a full stop. */
  readonly problems: readonly string[];
  /** Every path that was looked at, in order. */
  readonly looked: readonly string[];
}

/** The file of a person's own key. */
export function personIdentity({ HUBLET_IDENTITY, XDG_CONFIG_HOME, HOME }: IdentityPlaces["environment"]): string {
  if (isSaid(HUBLET_IDENTITY)) return HUBLET_IDENTITY;
  const folder = isSaid(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(isSaid(HOME) ? HOME : "/", ".config");
  return join(folder, "hublet", "identity");
}

/**
 * All private keys that there are: of `HUBLET_IDENTITY`, of the folder `HUBLET_SECRETS`, of the state folder, of the person.
 * A file that others may read is refused, but for that of `HUBLET_SECRETS`: whoever mounts it makes it for one process.
 */
export function findIdentities({ environment, state }: IdentityPlaces, reader = new FileReader()): Identities {
  const { HUBLET_IDENTITY, HUBLET_SECRETS } = environment;
  const places: { readonly path: string; readonly strict: boolean; readonly needed?: boolean }[] = [
    ...(isSaid(HUBLET_IDENTITY) ? [{ path: HUBLET_IDENTITY, strict: true, needed: true }] : []),
    ...(isSaid(HUBLET_SECRETS) ? [{ path: join(HUBLET_SECRETS, HUB_IDENTITY), strict: false }] : []),
    ...(state === undefined ? [] : [{ path: join(state, "secrets", HUB_IDENTITY), strict: true }]),
    { path: personIdentity({ ...environment, HUBLET_IDENTITY: undefined }), strict: true },
  ];
  const keys: Secret[] = [];
  const problems: string[] = [];
  for (const { path, strict, needed = false } of places) {
    const file = reader.read(path, { limit: MAX_BYTES, own: true });
    if (!("bytes" in file)) {
      if (!file.missing || needed)
        problems.push(`${path} ${file.missing ? "does not exist" : "cannot be read by this account"}`);
      continue;
    }
    if (strict && (file.mode & 0o077) !== 0) {
      problems.push(`${path} can be read by others and is not used (chmod 600 ${path}, and a new key if they did)`);
      continue;
    }
    const found = identitiesOfText(file.bytes.toString("utf8"));
    if (found.length === 0) problems.push(`${path} holds no private key (AGE-SECRET-KEY-…)`);
    keys.push(...found);
  }
  return { keys, problems, looked: places.map(({ path }) => path) };
}

/** The keys of a file as age-keygen writes it: one on each line, and comments. */
export function identitiesOfText(text: string): Secret[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(line))
    .map((line) => new Secret(line));
}

/** The text of a file with one key, as age-keygen writes it. */
export function identityFile({ identity, recipient }: VaultIdentity): string {
  return `# public key: ${recipient}\n${identity.reveal()}\n`;
}

/**
 * Writes a new private key, mode 0600. Never over another: what only that one opens would be lost.
 * @throws HubError `conflict`, `state-unusable`
 */
export function writeIdentity(path: string, identity: VaultIdentity): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const opened = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeFileSync(opened, identityFile(identity));
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw new HubError("state-unusable", `The private key ${path} cannot be written: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function isSaid(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
