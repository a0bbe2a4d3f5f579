/** `hublet tls import`: from whatever an authority sent to a pair that can be served. */
import { Secret } from "../../kernel/index.ts";
import { readEntries } from "./entries.ts";
import { type AskPassword, unusable } from "./entry.ts";
import { judge } from "./judge.ts";
import { materialOf } from "./material.ts";
import { called, type FoundPair, pairOf } from "./pair.ts";
import type { Pair } from "./place.ts";

export interface Imported {
  readonly pair: Pair;
  readonly found: FoundPair;
  /** What is not quite right, and what was left out, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Finds certificate, key and chain in files and archives, by what they hold.
 * @param options.host that people type, when it is known: the certificate must be for it
 * @param options.now milliseconds since 1970
 * @throws HubError `certificate-unusable` with everything that is wrong; `not-found`
 */
export async function importCertificate(
  paths: readonly string[],
  options: { readonly host: string | undefined; readonly now: number; readonly ask: AskPassword },
): Promise<Imported> {
  const { host, now, ask } = options;
  const material = await materialOf(await readEntries(paths, ask), ask);
  const found = pairOf(material, paths.join(", "), host, now);
  const { errors, warnings } = judge(found, host, now);
  if (errors.length > 0) throw unusable(`${errors.join(" ")} Nothing was changed.`);
  const { leaf, key, chain, root, others } = found;
  const notes = [
    ...warnings,
    ...(root === undefined ? [] : [`The root ${called(root)} is left out: whoever checks the chain has it.`]),
    ...(others.length === 0 ? [] : [`Left out, of another chain: ${others.map(called).join("; ")}.`]),
  ];
  return {
    pair: {
      certificate: [leaf, ...chain].map(({ certificate }) => certificate.toString()).join(""),
      key: new Secret(String(key.key.export({ type: "pkcs8", format: "pem" }))),
    },
    found,
    notes,
  };
}
