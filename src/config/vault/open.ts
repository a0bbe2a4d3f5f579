/** Opening a vault: the private key opens the vault's own key, which opens and proves everything else. */
import { dirname, join } from "node:path";
import { HubError, type Secret } from "../../kernel/index.ts";
import { type Problem, problemAt } from "../diagnostics.ts";
import { FileReader } from "../sources/reader.ts";
import { unwrap } from "./age.ts";
import { openContents } from "./contents.ts";
import { MAX_VAULT_BYTES, parseVault, VAULT_FILE, type Vault, type VaultText, vaultError } from "./file.ts";

/** A vault that was opened and proved to be whole. */
export interface OpenVault {
  readonly file: string;
  readonly vault: Vault;
  /** The vault's own key. */
  readonly key: Secret;
  readonly values: ReadonlyMap<string, Secret>;
}

/** The vault of a configuration, whether there is one or not. */
export function vaultPath(configFile: string): string {
  return join(dirname(configFile), VAULT_FILE);
}

/**
 * Reads a vault without opening it: recipients and names may be anybody's words.
 * @returns undefined when there is none
 * @throws HubError `vault-unusable` with the line of each mistake
 */
export function readVault(file: string): Vault | undefined {
  return readText(file)?.vault;
}

function readText(file: string): VaultText | undefined {
  const read = new FileReader().read(file, { limit: MAX_VAULT_BYTES });
  if (!("bytes" in read)) {
    if (read.missing) return undefined;
    throw new HubError("vault-unusable", `The vault ${file} ${read.why}.`);
  }
  const parsed = parseVault(read.bytes, file);
  if ("problems" in parsed) throw vaultError(file, parsed.problems);
  return parsed.text;
}

/**
 * Opens a vault with any of these private keys.
 * @throws HubError `vault-unusable`: there is none, none of the keys fits, or somebody without a key changed it
 */
export async function openVault(file: string, identities: readonly Secret[]): Promise<OpenVault> {
  const text = readText(file);
  if (text === undefined)
    throw new HubError("vault-unusable", `There is no vault ${file}. “hublet secrets init” makes one.`);
  const key = await openKey(text, identities);
  if ("problem" in key) throw vaultError(file, [key.problem]);
  const contents = openContents(text, key.key);
  if ("problems" in contents) throw vaultError(file, contents.problems);
  return { file, vault: text.vault, key: key.key, values: contents.values };
}

/** Names and public keys of everybody who can open a vault, proved. @throws HubError as `openVault` */
export async function vaultRecipients(
  file: string,
  identities: readonly Secret[],
): Promise<ReadonlyMap<string, string>> {
  return (await openVault(file, identities)).vault.recipients;
}

/** @returns `locked` when the vault is for other keys, which is no damage */
export async function openKey(
  { vault, placeOf }: VaultText,
  identities: readonly Secret[],
): Promise<{ readonly key: Secret } | { readonly problem: Problem; readonly locked: boolean }> {
  const key = await unwrap(vault.key, identities);
  const at = placeOf(["key"]);
  if (key === "foreign") {
    const names = [...vault.recipients.keys()].join(", ");
    const message =
      identities.length === 0
        ? `there is no private key here to open it (it is for: ${names})`
        : `no private key here opens it (it is for: ${names})`;
    return { locked: true, problem: problemAt(at, "key", message) };
  }
  if (key === "damaged" || !/^[0-9a-f]{64}$/.test(key.reveal()))
    return { locked: false, problem: problemAt(at, "key", "is damaged: it cannot be decrypted") };
  return { key };
}
