/** Where the own registry keeps things, below the state folder. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Secret, systemCode } from "../../kernel/index.ts";
import { htpasswdAdmits, registryHtpasswd } from "./config.ts";

export interface RegistryPlaces {
  /** `STATE/registry` */
  readonly folder: string;
  /** Images: written by the registry alone. */
  readonly data: string;
  /** What it reads: its password file, and under `hublet up` its configuration. */
  readonly settings: string;
  readonly htpasswd: string;
  readonly config: string;
  /** There while space is freed: nobody may push. */
  readonly cleaning: string;
}

export function registryPlaces(state: string): RegistryPlaces {
  const folder = join(state, "registry");
  const settings = join(folder, "settings");
  return {
    folder,
    data: join(folder, "data"),
    settings,
    htpasswd: join(settings, "htpasswd"),
    config: join(settings, "config.yml"),
    cleaning: join(folder, "cleaning"),
  };
}

/** Makes the folders and the password file where they are missing, and writes the latter anew for another password. */
export function openRegistryPlaces(state: string, password: Secret): RegistryPlaces {
  const places = registryPlaces(state);
  for (const folder of [places.folder, places.data, places.settings]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  const present = textOf(places.htpasswd);
  // A running registry reads it again when its time of change is another.
  if (present === undefined || !htpasswdAdmits(present, password)) replace(places.htpasswd, registryHtpasswd(password));
  return places;
}

/** Whole or not at all. */
export function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
