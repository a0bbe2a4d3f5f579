/** What the parts of `hublet restore` have in common. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigSnapshot } from "../../config/index.ts";
import { type HomePart, type Repository, restoreHomes, restoreKeys, type Snapshot } from "../../deploy/index.ts";
import type { Driver } from "../../drivers/index.ts";
import { containerName, DEFAULT_SERVER, HubError, type Secret, userName } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import type { CliContext } from "../context.ts";
import { configurationOf, openEngine, progressNotes } from "./backup-place.ts";

export const NOTHING: CommandResult = { json: { restored: false }, text: "Nothing was changed." };

export interface Work {
  readonly context: CliContext;
  readonly repository: Repository;
  readonly snapshot: Snapshot;
  /** With the private key that was given: the restored vault is opened by it, too. */
  readonly env: CliContext["env"];
  readonly identities: readonly Secret[];
  readonly signal: AbortSignal;
  readonly yes: boolean;
}

export async function withEngine<T>({ context, snapshot }: Work, work: (driver: Driver) => Promise<T>): Promise<T> {
  const loaded: ConfigSnapshot | HubError = await configurationOf(context);
  const driver = await openEngine(context, snapshot.hub, loaded);
  try {
    await driver.ping(AbortSignal.timeout(20_000));
    return await work(driver);
  } finally {
    await driver.close();
  }
}

/** @throws HubError `conflict` */
export async function mustNotRun(driver: Driver, snapshot: Snapshot, { user }: HomePart): Promise<void> {
  if (user === null) return; // the driver itself looks who uses a volume
  const first = containerName(userName(user), DEFAULT_SERVER);
  const running = (await driver.list(snapshot.hub)).find(
    ({ name, running: runs }) => runs && (name === first || name.startsWith(`${first}--`)),
  );
  if (running === undefined) return;
  throw new HubError(
    "conflict",
    `A server of ${user} runs. Stop it first (“hublet server stop ${user}”), or leave out --replace.`,
  );
}

/** Puts all homes in the place of what is there. */
export async function putHomes(work: Work, driver: Driver): Promise<CommandResult> {
  const { context, repository, snapshot, signal } = work;
  const failures = await restoreHomes(repository, snapshot, { driver, signal, onProgress: progressNotes(context) });
  const text = [
    `${snapshot.homes.length - failures.length} of ${snapshot.homes.length} homes are as they were on ${snapshot.at}.`,
    ...failures.map(({ what, message }) => `Not restored: ${what}: ${message}`),
  ];
  return { json: { restored: true, failures }, text: text.join("\n"), exitCode: failures.length === 0 ? 0 : 1 };
}

/** Into a new folder of this account alone. */
export async function writeKeys(repository: Repository, snapshot: Snapshot, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, value] of await restoreKeys(repository, snapshot))
    writeFileSync(join(folder, name), `${value.reveal()}\n`, { mode: 0o600, flag: "wx" });
}
