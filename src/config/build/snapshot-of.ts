/** Everything a configuration is made of → one snapshot, or every problem. */
import { dirname, join } from "node:path";
import type { Checks } from "../check/context.ts";
import { type Problem, sortProblems } from "../diagnostics.ts";
import { checkTree, deepFreeze } from "../parse.ts";
import type { ConfigSnapshot, Place } from "../snapshot.ts";
import type { FileReader } from "../sources/reader.ts";
import { firstOf, folderSecrets, namedSecrets, SECRETS_FOLDER, type SecretSource } from "../sources/secrets.ts";
import type { KeyPath, Located } from "../text/located.ts";
import type { VaultSource } from "../vault/source.ts";
import { readFiles } from "./files.ts";
import { completeGithub, type Environment, environmentSecrets } from "./github.ts";
import { declaredPeople } from "./people.ts";
import { registryAuthorities } from "./registries.ts";
import { secretOf, secretRefs, secretValues } from "./secret-values.ts";
import { tlsFiles } from "./tls.ts";

export interface SnapshotSources {
  /** Absolute path of `hublet.yaml`. */
  readonly file: string;
  readonly environment: Environment;
  /** Path of the passwd file. Default: /etc/passwd. */
  readonly accounts?: string;
  /** Text of the main file, when it is not to be read. */
  readonly text?: string;
  /** Secrets that win over files. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The vault beside the file, opened; undefined when there is none. */
  readonly vault?: VaultSource | undefined;
  /** Milliseconds since 1970; default: now. */
  readonly now?: number;
}

export type Attempt = { readonly snapshot: ConfigSnapshot } | { readonly problems: readonly Problem[] };

/** Reads and checks all of it; every file asked for is known to `reader` afterwards. Throws only for bugs. */
export function snapshotOf(sources: SnapshotSources, reader: FileReader): Attempt {
  const { written, partial, problems } = readFiles(sources.file, reader, sources.text);
  const sorted = (found: readonly Problem[]): Attempt => ({
    problems: sortProblems(found, [sources.file, ...reader.files]),
  });
  if (written === undefined) return sorted(problems);
  const tree = checkTree(written, { crossChecks: !partial });
  const { checks } = tree;
  if (checks === undefined || partial) return sorted([...problems, ...tree.problems]);

  const placeOf = (path: KeyPath): Place | undefined => placeIn(written, path);
  const before = checks.problems.length;
  completeGithub(checks, sources.environment);
  const declared = declaredPeople(checks, {
    reader,
    accounts: sources.accounts ?? "/etc/passwd",
    placeOf,
    file: sources.file,
  });
  const now = sources.now ?? Date.now();
  const secrets = secretValues(checks, secretSource(sources, reader));
  warnOfTwice(checks, sources, reader);
  const tls = tlsFiles(checks, { reader, placeOf, file: sources.file, secrets, now });
  const authorities = registryAuthorities(checks, { reader, placeOf, file: sources.file });
  const found = [
    ...problems,
    ...tree.problems,
    ...checks.problems.slice(before),
    ...declared.problems,
    ...(sources.vault?.problems ?? []),
  ];
  if (found.length > 0) return sorted(found);
  return { snapshot: finished(checks) };

  function finished({ config, warnings }: Checks): ConfigSnapshot {
    const warningsAt = (when: number) => Object.freeze([...warnings, ...(tls?.warningsAt(when) ?? [])]);
    return Object.freeze({
      config: deepFreeze(config),
      declared: declared.people,
      accountOf: declared.accountOf,
      tls,
      authorities,
      files: Object.freeze([sources.file, ...reader.found.filter((file) => file !== sources.file)]),
      warnings: warningsAt(now),
      warningsAt,
      secret: (ref) => secretOf(secrets, ref),
      placeOf,
    } satisfies ConfigSnapshot);
  }
}

/** Where secrets of this configuration are looked for, in this order. */
export function secretSource(sources: SnapshotSources, reader: FileReader): SecretSource {
  const credentials = sources.environment.CREDENTIALS_DIRECTORY;
  return firstOf([
    namedSecrets(sources.secrets ?? {}),
    ...(sources.vault === undefined ? [] : [sources.vault]),
    folderSecrets(join(dirname(sources.file), SECRETS_FOLDER), reader, { strict: true }),
    // systemd made that folder, for this process alone.
    ...(credentials === undefined || credentials === "" ? [] : [folderSecrets(credentials, reader, { strict: false })]),
    namedSecrets(environmentSecrets(sources.environment)),
  ]);
}

/** Whoever changes the file wonders why nothing happens. */
function warnOfTwice(checks: Checks, { vault, file }: SnapshotSources, reader: FileReader): void {
  if (vault === undefined || vault.problems.length > 0) return;
  const folder = join(dirname(file), SECRETS_FOLDER);
  const files = folderSecrets(folder, reader, { strict: true });
  for (const name of new Set(secretRefs(checks.config).map(({ ref }) => ref.secret)))
    if (vault.find(name) !== undefined && files.find(name) !== undefined)
      checks.warn(
        `The secret ${name} is in the vault and in ${join(folder, name)}; the vault's is used. Remove the file.`,
      );
}

/** Where the value of a key is written; what is inside a value is where that is; undefined for what nobody wrote. */
function placeIn(node: Located, path: KeyPath): Place | undefined {
  let current = node;
  for (const segment of path) {
    if (current.kind === "scalar") break;
    const next: Located | undefined =
      current.kind === "map" ? current.entries.get(String(segment))?.node : current.items[Number(segment)];
    if (next === undefined && current.kind === "map") return undefined;
    if (next === undefined) break;
    current = next;
  }
  return current.place;
}
