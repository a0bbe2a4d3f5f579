/** Where values of secrets come from: a small port, so that other stores can be added. */
import { join } from "node:path";
import { Secret } from "../../kernel/index.ts";
import type { FileReader } from "./reader.ts";

/** A secret's value and the place it has it from; or why it cannot be used; or undefined when this source does not have it. */
export type FoundSecret = { readonly value: Secret; readonly where: string } | { readonly problem: string } | undefined;

export interface SecretSource {
  find(name: string): FoundSecret;
}

/** The folder of secrets that belongs to a configuration file. */
export const SECRETS_FOLDER = "secrets";

/** Files of the hub itself: a configuration in a state folder has its secrets beside them. */
const HUB_FILES = ["hub.key", "gate.key", "proxy.token", "cli.token"];
/** Whether a name may be given to a secret at all. */
export function isFreeName(name: string): boolean {
  return !HUB_FILES.includes(name) && !name.endsWith(".new");
}

/**
 * A folder with a file for each secret; the newline that editors add at the end is not part of the value.
 * @param strict refuses files that everybody on the host may read
 */
export function folderSecrets(
  folder: string,
  reader: FileReader,
  { strict }: { readonly strict: boolean },
): SecretSource {
  return {
    find: (name) => {
      if (!isFreeName(name)) return { problem: "the hub itself uses this name; choose another" };
      const path = join(folder, name);
      const file = reader.read(path, { limit: 64 * 1024 });
      if (!("bytes" in file)) return file.missing ? undefined : { problem: `${path} ${file.why}` };
      if (strict && (file.mode & 0o007) !== 0)
        return { problem: `everybody on this host may read ${path}; give it mode 0640 or 0600 (chmod o= ${path})` };
      const value = file.bytes.toString("utf8").replace(/\r?\n$/, "");
      return value === "" ? { problem: `${path} is empty` } : { value: new Secret(value), where: path };
    },
  };
}

/** Values by name, as a test or the environment has them. */
export function namedSecrets(values: Readonly<Record<string, string | undefined>>): SecretSource {
  return {
    find: (name) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return value === undefined || value === "" ? undefined : { value: new Secret(value), where: "environment" };
    },
  };
}

/** The first source that has it. */
export function firstOf(sources: readonly SecretSource[]): SecretSource {
  return {
    find: (name) => {
      for (const source of sources) {
        const found = source.find(name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}
