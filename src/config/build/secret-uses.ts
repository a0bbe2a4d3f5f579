/** Which secrets a configuration names, also one that has mistakes. */
import { checkTree } from "../parse.ts";
import { FileReader } from "../sources/reader.ts";
import { openVaultSource, type VaultSourceOptions } from "../vault/source.ts";
import { readFiles } from "./files.ts";
import { completeGithub } from "./github.ts";
import { secretRefs } from "./secret-values.ts";
import { secretSource } from "./snapshot-of.ts";

export interface SecretUse {
  readonly name: string;
  readonly state: "set" | "missing" | "unusable";
  readonly problem: string | undefined;
  /** The file it lies in, or `environment`; undefined unless it is set. */
  readonly where: string | undefined;
  /** Dotted paths of the keys that name it. */
  readonly usedBy: readonly string[];
}

export async function describeSecrets(options: VaultSourceOptions): Promise<readonly SecretUse[]> {
  const { file, environment } = options;
  const reader = new FileReader();
  const { written } = readFiles(file, reader);
  const checks = written === undefined ? undefined : checkTree(written, { crossChecks: false }).checks;
  if (checks === undefined) return [];
  completeGithub(checks, environment);
  const source = secretSource({ file, environment, vault: await openVaultSource(options, reader) }, reader);
  const paths = new Map<string, string[]>();
  for (const { path, ref } of secretRefs(checks.config))
    paths.set(ref.secret, [...(paths.get(ref.secret) ?? []), path.join(".")]);
  return [...paths].map(([name, usedBy]) => {
    const found = source.find(name);
    if (found === undefined) return { name, usedBy, state: "missing", problem: undefined, where: undefined };
    return "problem" in found
      ? { name, usedBy, state: "unusable", problem: found.problem, where: undefined }
      : { name, usedBy, state: "set", problem: undefined, where: found.where };
  });
}
