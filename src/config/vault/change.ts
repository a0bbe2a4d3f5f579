/** Changes of a vault. Each opens it, proves it, and replaces the file in one step. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { HubError, messageOf, type Secret } from "../../kernel/index.ts";
import { isRecipient, wrap } from "./age.ts";
import { authenticate, newVaultKey, sealValues } from "./contents.ts";
import { MAX_VAULT_BYTES, recipientName, renderVault, type Vault } from "./file.ts";
import { type OpenVault, openVault } from "./open.ts";

/** Larger values are no secrets. */
const MAX_VALUE_BYTES = 64 * 1024;
/** It holds nothing in the clear, and the hub's account must be able to read it. */
const MODE = 0o644;

/** What a vault is to hold. */
interface Contents {
  readonly recipients: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, Secret>;
}

/**
 * Makes an empty vault.
 * @param recipients public keys by name; at least one
 * @throws HubError `conflict` when there is one, `name-invalid`, `vault-unusable`
 */
export async function createVault(file: string, recipients: ReadonlyMap<string, string>): Promise<void> {
  if (existsSync(file)) throw new HubError("conflict", `There is a vault already: ${file}. Nothing was changed.`);
  for (const [name, recipient] of recipients) checkRecipient(name, recipient);
  write(file, await sealed({ recipients, values: new Map() }, newVaultKey()), undefined);
}

/** Sets these values; `undefined` removes one. @throws HubError as `openVault`; `bad-request` for an unusable value */
export async function setValues(
  file: string,
  changes: ReadonlyMap<string, Secret | undefined>,
  identities: readonly Secret[],
): Promise<void> {
  const open = await openVault(file, identities);
  const values = new Map(open.values);
  for (const [name, value] of changes) {
    if (value === undefined) values.delete(name);
    else values.set(name, checkedValue(name, value));
  }
  await replace(open, { recipients: open.vault.recipients, values });
}

/**
 * Lets one more person or host open the vault. Whoever had the name before cannot any more, as a host that was made anew;
 * the vault's own key stays the same (see `rotateVault`).
 * @returns false when they could already
 * @throws HubError as `openVault`; `name-invalid`, `bad-request` for a name or public key that is none
 */
export async function addRecipient(
  file: string,
  name: string,
  recipient: string,
  identities: readonly Secret[],
): Promise<boolean> {
  checkRecipient(name, recipient);
  const open = await openVault(file, identities);
  if (open.vault.recipients.get(name) === recipient) return false;
  const others = [...open.vault.recipients].filter(([each, key]) => each !== name && key !== recipient);
  await replace(open, { recipients: new Map([...others, [name, recipient]]), values: open.values });
  return true;
}

/**
 * Takes a recipient out: a new key of the vault, everything sealed anew. What they have seen they keep.
 * @throws HubError as `openVault`; `not-found`; `conflict` for the last one
 */
export async function removeRecipient(file: string, name: string, identities: readonly Secret[]): Promise<void> {
  const open = await openVault(file, identities);
  const recipients = new Map(open.vault.recipients);
  if (!recipients.delete(name))
    throw new HubError(
      "not-found",
      `“${name}” is no recipient of the vault. They are: ${[...recipients.keys()].join(", ")}.`,
    );
  if (recipients.size === 0)
    throw new HubError("conflict", `“${name}” is the only one who can open the vault. Share it with somebody first.`);
  await rekey(open, { recipients, values: open.values });
}

/** A new key of the vault, everything sealed anew. @throws HubError as `openVault` */
export async function rotateVault(file: string, identities: readonly Secret[]): Promise<void> {
  const open = await openVault(file, identities);
  await rekey(open, { recipients: open.vault.recipients, values: open.values });
}

/** @throws HubError `bad-request` */
function checkedValue(name: string, value: Secret): Secret {
  const text = value.reveal();
  if (text === "" || Buffer.byteLength(text) > MAX_VALUE_BYTES || text.includes("\0"))
    throw new HubError("bad-request", `The value of the secret ${name} is empty or no text. Nothing was changed.`);
  return value;
}

function checkRecipient(name: string, recipient: string): void {
  if (!recipientName.safeParse(name).success)
    throw new HubError(
      "name-invalid",
      `“${name.slice(0, 80)}” cannot be the name of a recipient: use 1 to 64 letters.`,
    );
  if (!isRecipient(recipient))
    throw new HubError("bad-request", `That is no public key: it must begin with age1, as “age-keygen -y” prints it.`);
}

async function replace(open: OpenVault, contents: Contents): Promise<void> {
  write(open.file, await sealed(contents, open.key, open.vault), open.vault);
}

async function rekey(open: OpenVault, contents: Contents): Promise<void> {
  write(open.file, await sealed(contents, newVaultKey()), open.vault);
}

/** @param before sealed under the same key: what did not change keeps its text */
async function sealed({ recipients, values }: Contents, key: Secret, before?: Vault): Promise<Vault> {
  const text = before !== undefined && sameMap(before.recipients, recipients) ? before.key : undefined;
  return {
    recipients,
    key: text ?? (await wrap(key, recipients.values())),
    values: sealValues(key, values, before?.values),
    authenticator: authenticate(key, recipients, values.keys()),
  };
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** In one step, with owner and mode of the file before; not when somebody else changed it meanwhile. */
function write(file: string, vault: Vault, before: Vault | undefined): void {
  const text = renderVault(vault);
  if (Buffer.byteLength(text) > MAX_VAULT_BYTES)
    throw new HubError(
      "vault-unusable",
      `The vault would be larger than ${MAX_VAULT_BYTES / 1024} KiB. Nothing was changed.`,
    );
  try {
    const path = before === undefined ? file : realpathSync(file);
    if (before !== undefined && readFileSync(path, "utf8") === text) return;
    const next = `${path}.new`;
    rmSync(next, { force: true });
    const opened = openSync(next, "wx", MODE);
    try {
      writeFileSync(opened, text);
      const old = before === undefined ? undefined : statSync(path);
      fchmodSync(opened, old === undefined ? MODE : old.mode & 0o777);
      if (old !== undefined && process.geteuid?.() === 0) fchownSync(opened, old.uid, old.gid);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    renameSync(next, path);
  } catch (error) {
    throw new HubError("state-unusable", `The vault ${file} cannot be written: ${messageOf(error)}.`, { cause: error });
  }
}
