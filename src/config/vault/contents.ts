/** What is in a vault, for somebody who has its key. */
import { createSealer, equalInConstantTime, hmac, randomHex, Secret } from "../../kernel/index.ts";
import { type Problem, problemAt } from "../diagnostics.ts";
import type { Vault, VaultText } from "./file.ts";

/** A new key of a vault: 256 bits in hex. */
export function newVaultKey(): Secret {
  return new Secret(randomHex(32));
}

/** The format is part of it: what is sealed here opens nowhere else, and under no other name. */
function purposeOf(name: string): string {
  return `hublet-vault-1:value:${name}`;
}

/** Seals what differs from before; what is the same keeps its old text, so that a diff shows what was changed. */
export function sealValues(
  key: Secret,
  values: ReadonlyMap<string, Secret>,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const sealer = createSealer(key);
  return new Map(
    [...values].map(([name, value]) => {
      const old = before.get(name);
      const same = old !== undefined && sealer.open(purposeOf(name), old)?.reveal() === value.reveal();
      return [name, same ? old : sealer.seal(purposeOf(name), value.reveal())];
    }),
  );
}

/** Always the same for the same names and keys, so that two who add nothing do not disagree. */
export function authenticate(
  key: Secret,
  recipients: Iterable<readonly [string, string]>,
  names: Iterable<string>,
): Vault["authenticator"] {
  const proof = (part: string, list: readonly unknown[]): string =>
    hmac(hmac(key.reveal(), "hublet-vault-1:authenticator"), JSON.stringify([1, part, list]));
  return {
    recipients: proof("recipients", [...recipients].toSorted(byName)),
    names: proof("names", [...names].toSorted()),
  };
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Opens every value, or tells everything that somebody without the key must have done. */
export function openContents(
  { vault, placeOf }: VaultText,
  key: Secret,
): { readonly values: ReadonlyMap<string, Secret> } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const proof = authenticate(key, vault.recipients, vault.values.keys());
  if (!equalInConstantTime(proof.recipients, vault.authenticator.recipients))
    problems.push(problemAt(placeOf(["recipients"]), "recipients", FORGED_RECIPIENTS));
  if (!equalInConstantTime(proof.names, vault.authenticator.names))
    problems.push(problemAt(placeOf(["values"]), "values", FORGED_NAMES));
  const sealer = createSealer(key);
  const values = new Map<string, Secret>();
  for (const [name, text] of vault.values) {
    const value = sealer.open(purposeOf(name), text);
    if (value === undefined) problems.push(problemAt(placeOf(["values", name]), `values.${name}`, FORGED_VALUE));
    else values.set(name, value);
  }
  return problems.length > 0 ? { problems } : { values };
}

const FORGED_RECIPIENTS = "somebody who cannot open the vault added, changed or removed a recipient";
const FORGED_NAMES = "somebody who cannot open the vault added or removed a value";
const FORGED_VALUE =
  "this value was not sealed for this name by anybody who can open the vault: it was damaged, or moved here from elsewhere";
