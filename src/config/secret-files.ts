/** The folder of secrets beside a configuration: written, listed and removed by the command line. */
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { secretRef } from "../contract/index.ts";
import { HubError, messageOf, type Secret, systemCode } from "../kernel/index.ts";
import { describeSecrets } from "./build/secret-uses.ts";
import { isFreeName, SECRETS_FOLDER } from "./sources/secrets.ts";
import { readVault, vaultPath } from "./vault/open.ts";
import type { VaultSourceOptions } from "./vault/source.ts";

/** Larger values are no secrets. */
const MAX_BYTES = 64 * 1024;

/** A secret by its name: whether it is there, and which keys name it. */
export interface SecretState {
  readonly name: string;
  /** `missing`: the configuration names it; `unused`: it does not. */
  readonly state: "set" | "missing" | "unusable" | "unused";
  readonly problem: string | undefined;
  /** The file it lies in, or `environment`; undefined when it lies nowhere, or cannot be used. */
  readonly where: string | undefined;
  readonly usedBy: readonly string[];
}

/** The path of a secret of this configuration. @throws HubError `name-invalid` */
export function secretPath(configFile: string, name: string): string {
  const checked = secretRef.safeParse({ secret: name });
  if (!checked.success || !isFreeName(name))
    throw new HubError(
      "name-invalid",
      `“${name.slice(0, 80)}” cannot be the name of a secret: use 1 to 64 of A–Z, a–z, 0–9, “.”, “_” and “-”, and no name that the hub itself uses.`,
    );
  return join(dirname(configFile), SECRETS_FOLDER, name);
}

/**
 * Writes a secret, in one step, so that a hub that watches never sees half of it.
 * @param options.group by root: the group of the service account, which may read it (mode 0640); otherwise mode 0600
 * @throws HubError `name-invalid`, `bad-request` for an unusable value, `state-unusable`
 */
export function writeSecret(
  configFile: string,
  name: string,
  value: Secret,
  options: { readonly group?: number } = {},
): string {
  const path = secretPath(configFile, name);
  const text = value.reveal();
  if (text === "" || Buffer.byteLength(text) > MAX_BYTES || text.includes("\0"))
    throw new HubError("bad-request", `The value of the secret ${name} is empty or no text. Nothing was changed.`);
  const folder = dirname(path);
  const next = `${path}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (options.group !== undefined && statSync(folder).uid === 0) {
      chownSync(folder, 0, options.group);
      chmodSync(folder, 0o750);
    }
    rmSync(next, { force: true });
    const opened = openSync(next, "wx", 0o600);
    try {
      writeFileSync(opened, `${text}\n`);
      if (options.group !== undefined) {
        fchownSync(opened, 0, options.group);
        fchmodSync(opened, 0o640);
      }
    } finally {
      closeSync(opened);
    }
    renameSync(next, path);
  } catch (error) {
    throw new HubError(
      "state-unusable",
      `The secret ${path} cannot be written: ${messageOf(error)}. Check who may write there.`,
      {
        cause: error,
      },
    );
  }
  return path;
}

/** @throws HubError `not-found`, `state-unusable` */
export function removeSecret(configFile: string, name: string): void {
  const path = secretPath(configFile, name);
  try {
    rmSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT")
      throw new HubError("not-found", `There is no secret ${name} in ${dirname(path)}. See “hublet secrets list”.`);
    throw new HubError("state-unusable", `The secret ${path} cannot be removed: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

/**
 * Every secret of vault and folder, and every one that the configuration names, by name. Values are not part of it.
 * @throws HubError `vault-unusable` for a damaged vault, `state-unusable`
 */
export async function listSecrets(options: VaultSourceOptions): Promise<SecretState[]> {
  const uses = new Map((await describeSecrets(options)).map((use) => [use.name, use]));
  const vault = vaultPath(options.file);
  const places = new Map([
    ...secretFiles(options.file).map((path) => [basename(path), path] as const),
    ...[...(readVault(vault)?.values.keys() ?? [])].map((name) => [name, vault] as const),
  ]);
  return [...new Set([...places.keys(), ...uses.keys()])]
    .toSorted()
    .map((name) => uses.get(name) ?? unused(name, places.get(name)));
}

function unused(name: string, where: string | undefined): SecretState {
  return { name, state: "unused", problem: undefined, where, usedBy: [] };
}

/** Paths of the secrets that lie as files beside a configuration. @throws HubError `state-unusable` */
export function secretFiles(configFile: string): string[] {
  const folder = join(dirname(configFile), SECRETS_FOLDER);
  return filesIn(folder).map((name) => join(folder, name));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && isFreeName(entry.name))
      .map((entry) => entry.name);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new HubError("state-unusable", `The folder ${folder} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
