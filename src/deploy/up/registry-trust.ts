/** What Podman is told of registries while `hublet up` runs: written by the account, read again by Podman at SIGHUP. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RegistryTrust } from "../../images/index.ts";
import { renderRegistriesConf } from "./engine-settings.ts";

/** Files of this name in certs.d are ours to replace and remove. */
const AUTHORITY = "hublet-ca.crt";

export interface TrustPlaces {
  /** `STATE/engine/registries.conf` */
  readonly registriesConf: string;
  /** `HOME/.config/containers/certs.d` (containers-certs.d(5)), read at each connection. */
  readonly certificates: string;
}

export function trustPlaces(state: string, home: string): TrustPlaces {
  return {
    registriesConf: join(state, "engine/registries.conf"),
    certificates: join(home, ".config/containers/certs.d"),
  };
}

/** @returns whether a running Podman must be told */
export function writeRegistryTrust(places: TrustPlaces, { insecure, authorities }: RegistryTrust): boolean {
  for (const address of present(places.certificates))
    if (!authorities.has(address)) {
      const file = join(places.certificates, address, AUTHORITY);
      rmSync(file, { force: true });
    }
  for (const [address, pem] of authorities) replaced(join(places.certificates, address, AUTHORITY), pem);
  return replaced(places.registriesConf, renderRegistriesConf(insecure));
}

function present(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // there is none
  }
}

/** @returns whether its content was another one */
function replaced(file: string, text: string): boolean {
  if (textOf(file) === text) return false;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return true;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // it is written anew
  }
}
