/** Makes and checks the state folder, as the account that will use it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HubError, messageOf, randomHex, systemCode } from "../../kernel/index.ts";
import { type StatePaths, statePaths } from "../instance.ts";

/** Below this, starting would end in half-written files. */
const MINIMUM_FREE_BYTES = 64 * 1024 * 1024;
const SECRETS = ["hub.key", "gate.key", "proxy.token", "cli.token"] as const;
/** Of the own registry: in a container only where there is one. */
const REGISTRY_PASSWORD = "registry.password";
export type SecretName = (typeof SECRETS)[number] | typeof REGISTRY_PASSWORD;

/** A secret of the state folder, which `openStateFolder` has made. */
export function readSecret(paths: StatePaths, name: SecretName): string {
  return readFileSync(join(paths.secrets, name), "utf8").trim();
}

/**
 * Creates what is missing; nothing that exists is changed but too wide permissions.
 * @param secrets folder of the hub's keys, when somebody else made them
 * @throws HubError `state-unusable`, `disk-full`
 */
export function openStateFolder(state: string, secrets?: string): StatePaths {
  const paths = statePaths(state, secrets);
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const owner = statSync(state).uid;
    if (owner !== process.getuid?.()) {
      throw new HubError(
        "state-unusable",
        `The state folder ${state} belongs to another account (uid ${owner}). Run Hublet as that account, or choose another folder with --state.`,
      );
    }
    chmodSync(state, 0o700);
    checkSpace(state);
    const folders = [paths.run, paths.proxy, paths.logs, paths.processes, paths.homes];
    for (const folder of secrets === undefined ? [paths.secrets, ...folders] : folders)
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Earlier versions kept the key of the certificate there as plain text.
    rmSync(join(paths.run, "proxy.json"), { force: true });
    // Containers run as other ids of the account's range: they must be able to enter this one folder once it is mounted.
    mkdirSync(paths.bridge, { recursive: true, mode: 0o755 });
    chmodSync(paths.bridge, 0o755);
    for (const name of [...SECRETS, REGISTRY_PASSWORD]) {
      const file = join(paths.secrets, name);
      if (name === REGISTRY_PASSWORD && secrets !== undefined && !existsSync(file)) continue;
      if (secrets === undefined) makeSecret(file);
      checkSecret(file);
    }
  } catch (error) {
    if (error instanceof HubError) throw error;
    if (systemCode(error) === "ENOSPC")
      throw new HubError(
        "disk-full",
        `The disk of the state folder ${state} is full. Free some space, or choose another folder with --state.`,
        { cause: error },
      );
    throw new HubError(
      "state-unusable",
      `The state folder ${state} cannot be used: ${messageOf(error)}. Check its owner and permissions, or choose another with --state.`,
      { cause: error },
    );
  }
  return paths;
}

/**
 * Proves that there is room to begin, on the disk of the folder or of the nearest one above it that exists.
 * @throws HubError `disk-full`
 */
export function checkSpace(state: string): void {
  let there = state;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const disk = statfsSync(there);
  const free = disk.bavail * disk.bsize;
  if (free >= MINIMUM_FREE_BYTES) return;
  throw new HubError(
    "disk-full",
    `The disk of the state folder ${state} has only ${Math.floor(free / 1024 / 1024)} MiB left. Free at least 64 MiB, or choose another folder with --state.`,
  );
}

function makeSecret(file: string): void {
  if (!existsSync(file)) writeFileSync(file, `${randomHex(32)}\n`, { mode: 0o600, flag: "wx" });
}

function checkSecret(file: string): void {
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new HubError(
      "state-unusable",
      `The secret ${file} can be read by others (mode ${mode.toString(8)}). Run “chmod 600 ${file}”; if others may have read it, delete it and everybody signs in again.`,
    );
  }
  if (readFileSync(file, "utf8").trim().length < 32)
    throw new HubError(
      "state-unusable",
      `The secret ${file} is damaged (too short). Delete it: a new one is made, and everybody signs in again.`,
    );
}
