/** Certificates of authorities that signed those of registries, as they are now. */
import { dirname, resolve } from "node:path";
import type { Checks } from "../check/context.ts";
import type { Place } from "../snapshot.ts";
import { certificatesIn } from "../sources/certificate-facts.ts";
import type { FileReader } from "../sources/reader.ts";

/** PEM text by the registry's address; what cannot be used is a problem where it is named. */
export function registryAuthorities(
  checks: Checks,
  sources: {
    readonly reader: FileReader;
    readonly placeOf: (path: readonly (string | number)[]) => Place | undefined;
    readonly file: string;
  },
): ReadonlyMap<string, string> {
  const authorities = new Map<string, string>();
  for (const [address, { certificate }] of Object.entries(checks.config.registries)) {
    if (certificate === undefined) continue;
    const key = ["registries", address, "certificate"];
    const path = resolve(dirname(sources.placeOf(key)?.file ?? sources.file), certificate);
    const result = sources.reader.read(path);
    const text = "bytes" in result ? result.bytes.toString("utf8") : undefined;
    if ("why" in result) checks.problem(key, `${path} ${result.why}`);
    else if (text === undefined || !holdsCertificate(text))
      checks.problem(key, `${path} holds no certificate in PEM form`);
    else authorities.set(address, text);
  }
  return authorities;
}

function holdsCertificate(text: string): boolean {
  try {
    return certificatesIn(text).length > 0;
  } catch {
    return false; // damaged
  }
}
