/** The vault as one of the places where secrets of a configuration are. */
import type { Secret } from "../../kernel/index.ts";
import { formatProblem, type Problem } from "../diagnostics.ts";
import type { FileReader } from "../sources/reader.ts";
import type { SecretSource } from "../sources/secrets.ts";
import { openContents } from "./contents.ts";
import { MAX_VAULT_BYTES, parseVault } from "./file.ts";
import { findIdentities, type IdentityPlaces } from "./identities.ts";
import { openKey, vaultPath } from "./open.ts";

export interface VaultSource extends SecretSource {
  readonly file: string;
  /** Damage: nothing of the vault is used. */
  readonly problems: readonly Problem[];
}

/** The key of the last vault that was opened: the same wrapped text is not unwrapped twice. */
export class VaultKeys {
  #last: { readonly wrapped: string; readonly key: Secret } | undefined;

  get(wrapped: string): Secret | undefined {
    return this.#last?.wrapped === wrapped ? this.#last.key : undefined;
  }

  keep(wrapped: string, key: Secret): void {
    this.#last = { wrapped, key };
  }
}

export interface VaultSourceOptions extends IdentityPlaces {
  /** Absolute path of `hublet.yaml`. */
  readonly file: string;
}

/**
 * Reads and opens the vault beside a configuration, through the reader, so that changes of it and of private keys are seen.
 * A vault that nobody here can open is a problem only for the secrets that are in it.
 * @returns undefined when there is none
 */
export async function openVaultSource(
  options: VaultSourceOptions,
  reader: FileReader,
  keys = new VaultKeys(),
): Promise<VaultSource | undefined> {
  const file = vaultPath(options.file);
  // Kept with the configuration: it is sealed, and a hub that is started again needs what it worked with.
  const read = reader.read(file, { limit: MAX_VAULT_BYTES, keep: true });
  if (!("bytes" in read))
    return read.missing ? undefined : unusable(file, [{ file, path: "", message: `the vault ${read.why}` }]);
  const parsed = parseVault(read.bytes, file);
  if ("problems" in parsed) return unusable(file, parsed.problems);
  const { text } = parsed;
  const identities = findIdentities(options, reader);
  const known = keys.get(text.vault.key);
  const opened = known === undefined ? await openKey(text, identities.keys) : { key: known };
  if ("problem" in opened) {
    if (!opened.locked) return unusable(file, [opened.problem]);
    const why = [formatProblem(opened.problem), ...identities.problems].join("; ");
    return {
      ...{ file, problems: [] },
      find: (name) =>
        text.vault.values.has(name) ? { problem: `it is in the vault, and ${why}. ${HOW_TO_OPEN}` } : undefined,
    };
  }
  keys.keep(text.vault.key, opened.key);
  const contents = openContents(text, opened.key);
  if ("problems" in contents) return unusable(file, contents.problems);
  return {
    ...{ file, problems: [] },
    find: (name) => {
      const value = contents.values.get(name);
      return value === undefined ? undefined : { value, where: file };
    },
  };
}

const HOW_TO_OPEN =
  "Name your key by HUBLET_IDENTITY, or let somebody who can open it say “hublet secrets share NAME PUBLIC-KEY”";

/** Nobody is told to set a secret that may be in it. */
function unusable(file: string, problems: readonly Problem[]): VaultSource {
  return { file, problems, find: () => ({ problem: "the vault, which may hold it, cannot be used" }) };
}
