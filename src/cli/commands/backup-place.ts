/** What commands about backups need: the place, the keys, the hub's parts. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  type ConfigSnapshot,
  findIdentities,
  identitiesOfText,
  loadSnapshot,
  newIdentity,
  openVault,
  recipientOf,
  secretPath,
  vaultPath,
  vaultRecipients,
  writeIdentity,
} from "../../config/index.ts";
import {
  type BackupProgress,
  ensureRepository,
  findAccount,
  openBackupStore,
  openRepository,
  type Repository,
} from "../../deploy/index.ts";
import { createDockerDriver, createPodmanDriver, createProcessDriver, type Driver } from "../../drivers/index.ts";
import { HubError, messageOf, Secret, systemClock } from "../../kernel/index.ts";
import type { StoreLocation } from "../../store/index.ts";
import type { Beside } from "../command.ts";
import type { CliContext } from "../context.ts";
import { engineHere } from "../deployed/engine-here.ts";
import { isDeployedHere } from "../deployed/find.ts";
import { readLaunch, type StatePaths, statePaths } from "../instance.ts";

export const placeOptions = {
  from: z.string().optional().describe("Where the backups are; default: backup.to of the configuration."),
  identity: z
    .array(z.string())
    .default([])
    .describe("File with a private key (age), “-” for standard input; can be given more than once."),
} as const;

/** How commands that look into backups are run in a deployment. */
export function besideHub({ from, identity }: PlaceOptions): Beside {
  return { place: from, placeOption: "--from", identity };
}

/** Name of the secret with a private SSH key for backups over SFTP. */
const SSH_KEY = "backup-ssh-key";
const STDIN = 0;
const MIB = 1024 * 1024;

/** The configuration, or why it cannot be used: a backup can be read without it. */
export async function configurationOf(context: CliContext): Promise<ConfigSnapshot | HubError> {
  const { config, state } = context.instance();
  try {
    return await loadSnapshot({ file: config, environment: context.env, state });
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
}

/** @throws HubError `usage` when no place is known */
async function placeOf(context: CliContext, said: string | undefined): Promise<string> {
  if (said !== undefined) return said;
  const loaded = await configurationOf(context);
  if (loaded instanceof HubError) throw loaded;
  if (loaded.config.backup !== undefined) return loaded.config.backup.to;
  throw new HubError(
    "usage",
    "It is not known where backups are. Set backup.to in the configuration, or name the place: a folder, or sftp://USER@HOST/FOLDER.",
  );
}

export function identitiesFor(context: CliContext, files: readonly string[]): readonly Secret[] {
  const given = files.flatMap((file) => {
    const found = identitiesOfText(readText(file));
    if (found.length === 0)
      throw new HubError("usage", `${file === "-" ? "Standard input" : file} holds no private key (AGE-SECRET-KEY-…).`);
    return found;
  });
  return [...given, ...findIdentities({ environment: context.env, state: context.instance().state }).keys];
}

function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? STDIN : file, "utf8");
  } catch (error) {
    throw new HubError("usage", `${file === "-" ? "Standard input" : file} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

async function openStore(context: CliContext, place: string, identities: readonly Secret[]) {
  const { config } = context.instance();
  const privateKey = await sshKey(config, identities);
  return await openBackupStore(place, {
    ...(context.env.HOME === undefined ? {} : { home: context.env.HOME }),
    agent: context.env.SSH_AUTH_SOCK,
    knownHosts: [join(dirname(config), "known_hosts")],
    privateKey,
  });
}

async function sshKey(config: string, identities: readonly Secret[]): Promise<Secret | undefined> {
  const file = secretPath(config, SSH_KEY);
  if (existsSync(file)) return new Secret(readText(file));
  const vault = vaultPath(config);
  if (!existsSync(vault)) return undefined;
  // Somebody without a key of the vault may still have a key of their own for that host.
  return (await openVault(vault, identities).catch(() => undefined))?.values.get(SSH_KEY);
}

export interface PlaceOptions {
  readonly from: string | undefined;
  readonly identity: readonly string[];
}

/** Opens the repository to look into it; `work` is given it, and it is closed afterwards. */
export async function withRepository<T>(
  context: CliContext,
  options: PlaceOptions,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const identities = identitiesFor(context, options.identity);
  const store = await openStore(context, await placeOf(context, options.from), identities);
  try {
    return await work(await openRepository(store, { identities, clock: systemClock }));
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== "not-found" || !error.message.includes("key.json")) throw error;
    throw new HubError(
      "not-found",
      `There are no backups in ${store.where}. “hublet backup create” makes the first one.`,
    );
  } finally {
    await store.close();
  }
}

/** As `withRepository`, but makes it where there is none, and has it readable for everybody it is meant for. */
export async function withOwnRepository<T>(
  context: CliContext,
  options: {
    readonly to: string | undefined;
    readonly recipient: readonly string[];
    readonly identity: readonly string[];
  },
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  let identities = identitiesFor(context, options.identity);
  const place = await placeOf(context, options.to);
  const { config, secrets } = context.instance();
  const vault = vaultPath(config);
  if (identities.length === 0 && !existsSync(vault)) {
    const made = await newIdentity();
    const file = join(secrets, "vault.key");
    writeIdentity(file, made);
    identities = [made.identity];
    context.note(`A key for backups was made: ${file}. Keep a copy of it elsewhere: without it nobody can read them.`);
  }
  const people = existsSync(vault) ? [...(await vaultRecipients(vault, identities)).values()] : [];
  const own = await Promise.all(identities.slice(0, 1).map(recipientOf));
  const wanted = [...people, ...options.recipient];
  const store = await openStore(context, place, identities);
  try {
    if (wanted.length === 0 && context.env.HUBLET_SECRETS !== undefined && !(await store.exists("key.json")))
      throw new HubError(
        "usage",
        "Only this host could read these backups, and they are for when it is lost. Make a vault (“hublet secrets init”, then “hublet apply”), or name a public key of yours with --recipient.",
      );
    // Nobody is named: those it is for already stay.
    const known = wanted.length === 0 && (await store.exists("key.json"));
    const recipients = known ? [] : [...wanted, ...own.filter((each) => each !== undefined)];
    const remembered = join(context.instance().state, "backups.json");
    return await work(await ensureRepository(store, { identities, recipients, clock: systemClock, known: remembered }));
  } finally {
    await store.close();
  }
}

/** Where the hub's database is: what the deployment says, or the configuration. */
export function databaseOf(
  { config, secret }: ConfigSnapshot,
  paths: Pick<StatePaths, "database">,
  env: CliContext["env"],
): StoreLocation {
  if (env.HUBLET_DATABASE !== undefined) return { kind: "postgres", url: env.HUBLET_DATABASE };
  const url = typeof config.database === "string" ? config.database : secret(config.database).reveal();
  return url === "sqlite" ? { kind: "sqlite", file: paths.database } : { kind: "postgres", url };
}

/** The engine that the hub uses. @throws HubError `engine-missing` when no hub was ever started here */
export async function openEngine(context: CliContext, hub: string, loaded: ConfigSnapshot | HubError): Promise<Driver> {
  const { state, secrets, account } = context.instance();
  if (isDeployedHere(context.instance(), context)) {
    const owner = await findAccount(account);
    if (owner === undefined)
      throw new HubError("account-unusable", `The account “${account}” is missing on this host. Run “hublet apply”.`);
    const { deployed } = await engineHere(account);
    return deployed.kind === "docker"
      ? createDockerDriver({ socketPath: deployed.socket, hub })
      : createPodmanDriver({ socketPath: `/run/user/${owner.uid}/podman/podman.sock`, hub });
  }
  const paths = statePaths(state, secrets);
  const deployed = context.env.HUBLET_ENGINE_SOCKET;
  if (deployed !== undefined)
    return (context.env.HUBLET_ENGINE === "docker" ? createDockerDriver : createPodmanDriver)({
      socketPath: deployed,
      hub,
    });
  const kind = readLaunch(state)?.engine;
  const configured = loaded instanceof HubError ? undefined : loaded.config.engineSocket;
  if (kind === "podman") return createPodmanDriver({ socketPath: configured ?? paths.engineSocket, hub });
  if (kind === "docker") return createDockerDriver({ socketPath: configured ?? "/var/run/docker.sock", hub });
  if (kind === "process") return createProcessDriver({ hub, stateFolder: paths.processes, homes: paths.homes });
  throw new HubError(
    "engine-missing",
    `No hub was started with the state folder ${state} yet, so it is not known where homes are. Start it once (“hublet up”), then try again.`,
  );
}

/** Notes what is done, not more than every few seconds. */
export function progressNotes(context: CliContext): (progress: BackupProgress) => void {
  let told = Date.now();
  return ({ what, bytes, done }) => {
    if (!done && Date.now() - told < 5_000) return;
    if (done && bytes === 0) return;
    told = Date.now();
    context.note(`${what}: ${sizeText(bytes)}${done ? "" : " …"}`);
  };
}

export function sizeText(bytes: number): string {
  if (bytes < MIB) return `${Math.ceil(bytes / 1024)} KiB`;
  if (bytes < 1024 * MIB) return `${(bytes / MIB).toFixed(1)} MiB`;
  return `${(bytes / MIB / 1024).toFixed(2)} GiB`;
}

/** A signal of Ctrl-C and of a service that is stopped. */
export function interrupted(): { readonly signal: AbortSignal; end(): void } {
  const ending = new AbortController();
  const stop = () => ending.abort(new HubError("command-failed", "It was broken off. Nothing that was there is lost."));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return { signal: ending.signal, end: () => void process.off("SIGINT", stop).off("SIGTERM", stop) };
}

/** @throws HubError `usage` where nobody can be asked */
export async function mustAgree(context: CliContext, what: string, yes: boolean): Promise<boolean> {
  context.note(what);
  if (yes) return true;
  if (!context.interactive) throw new HubError("usage", `${what} Add --yes to say that you mean it.`);
  return await context.confirm("Go on?", { byDefault: false });
}
