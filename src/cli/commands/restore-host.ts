/** A lost hub on a new host: its state for the account, then “hublet apply”, then the homes. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import {
  addRecipient,
  type ConfigSnapshot,
  loadSnapshot,
  newIdentity,
  personIdentity,
  vaultPath,
  writeIdentity,
} from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import {
  applyPlan,
  ensureRepository,
  type Host,
  nameInVault,
  type Plan,
  planDeployment,
  type RestoredConfiguration,
  restoreArchives,
  restoreDatabase,
  targetOf,
} from "../../deploy/index.ts";
import { HubError, messageOf, systemClock } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import type { CliContext } from "../context.ts";
import { carryOut, planOptions } from "../deploy/confirm.ts";
import { ownProgram } from "../deploy/program.ts";
import { runBeside } from "../deployed/beside.ts";
import { recordsFolder } from "../deployed/find.ts";
import { withHost } from "../deployed/with-host.ts";
import { databaseOf, mustAgree } from "./backup-place.ts";
import { putHomes, type Work, withEngine, writeKeys } from "./restore-work.ts";

/** Unpacks the folder $2 into the account's $3. The account writes, so that no link there leads root elsewhere. */
const HAND_OVER = `
set -eu
runuser -u "$1" -- install -d -m 0700 -- "$3"
tar -C "$2" -cf - . | runuser -u "$1" -- tar -C "$3" -xf - --no-same-owner
`;

/** The usual folders of root on a host with systemd, and an engine that “apply” sets up. */
export function isForApply(context: CliContext, { engine, deploy }: Config): boolean {
  const { config, state, account } = context.instance();
  const usual = dirname(config) === "/etc/hublet" && account === "hublet" && state === `/var/lib/${account}/state`;
  const can = deploy.engine === "docker" || existsSync("/run/systemd/system");
  return usual && context.uid === 0 && can && (engine === "auto" || engine === deploy.engine);
}

/**
 * Makes the account and gives it keys, database and archives.
 * @returns false when the person does not want it
 * @throws HubError as `planDeployment`, `applyPlan`; `vault-unusable` when the given key does not open the vault
 */
export async function prepareHost(
  work: Work,
  loaded: ConfigSnapshot,
  { file, written }: RestoredConfiguration,
): Promise<boolean> {
  const { context, snapshot, signal, yes } = work;
  const question = `This host becomes the hub of ${snapshot.at}: ${written.length} files in ${dirname(file)}, then “hublet apply”, then ${snapshot.homes.length} homes.`;
  if (!(await mustAgree(context, question, yes))) return false;
  await withHost(context, undefined, async (host) => {
    const plan = await planner(work, host, file);
    const first = async (): Promise<Plan> => accountAlone(await plan());
    await applyPlan({ host, shown: await first(), plan: first, signal, note: context.note });
    await handOver(work, host, loaded);
  });
  return true;
}

/** @throws HubError as `applyPlan`; what is there already stays, and “apply” goes on from it */
export async function setUpHost(work: Work, { file }: RestoredConfiguration): Promise<CommandResult> {
  const { context, snapshot, signal } = work;
  context.note(
    `Configuration, keys, database (${snapshot.database.rows} rows) and archives are in place. If this is broken off: “hublet apply”, then “hublet restore ${snapshot.id} --homes”.`,
  );
  return await withHost(context, undefined, async (host) => {
    const applied = await carryOut(context, {
      ...{ host, signal, plan: await planner(work, host, file), dryRun: false, yes: true, question: "" },
      done: "The hub runs",
    });
    if (readsOwnPostgres(await loadSnapshot({ file, environment: work.env }))) await intoOwnPostgres(work);
    const homes = await withEngine(work, (driver) => putHomes(work, driver));
    return { ...homes, text: [applied.text, homes.text].join("\n") };
  });
}

async function planner({ context, env }: Work, host: Host, file: string): Promise<() => Promise<Plan>> {
  const program = await ownProgram(context);
  const options = planOptions(context, host, false);
  return async () => planDeployment(host, await targetOf({ file, environment: env, local: true, ...program }), options);
}

function readsOwnPostgres({ config }: ConfigSnapshot): boolean {
  return config.deploy.postgres !== undefined;
}

/** What must be there before anything can belong to the account. */
function accountAlone(plan: Plan): Plan {
  return { ...plan, steps: plan.steps.filter(({ kind }) => kind === "packages" || kind === "account") };
}

/** Keys, database and archives go to the account's state folder; “apply” makes Podman secrets of the keys. */
async function handOver(work: Work, host: Host, loaded: ConfigSnapshot): Promise<void> {
  const { context, repository, snapshot, signal } = work;
  const { account, config, state } = context.instance();
  mkdirSync(recordsFolder(account), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(recordsFolder(account), "restore-"));
  try {
    await writeKeys(repository, snapshot, join(folder, "secrets"));
    if (!readsOwnPostgres(loaded)) {
      const paths = { database: join(folder, "hublet.db") };
      await restoreDatabase(repository, snapshot, databaseOf(loaded, paths, work.env));
    }
    await restoreArchives(repository, snapshot, join(folder, "archives"));
    await openVaultHere(work, host, config, join(folder, "secrets", "vault.key"));
    await host.mustRun(["sh", "-c", HAND_OVER, "sh", account, folder, state], { signal, timeout: 30 * 60_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new host has a new key: with it vault and backups are opened from now on, without anybody's help. */
async function openVaultHere(work: Work, host: Host, config: string, file: string): Promise<void> {
  const { context, repository, identities } = work;
  const made = await newIdentity();
  writeIdentity(file, made);
  const vault = vaultPath(config);
  const { stdout } = await host.run(["hostname", "--fqdn"]);
  const name = nameInVault(stdout.trim() || hostname());
  if (existsSync(vault)) {
    await addRecipient(vault, name, made.recipient, identities);
    // Root can read the account's secrets anyway, and needs a key for the next “apply”.
    const own = personIdentity({ ...context.env, HUBLET_IDENTITY: undefined });
    if (!existsSync(own)) writeIdentity(own, made);
  }
  const recipients = [...repository.recipients, made.recipient];
  try {
    await ensureRepository(repository.store, { identities, recipients, clock: systemClock });
  } catch (error) {
    context.note(`This host will not be able to read these backups without a key of yours: ${messageOf(error)}`);
  }
}

/** That one is there only now, and the hub's container alone reaches it. */
async function intoOwnPostgres({ context, repository, snapshot }: Work): Promise<void> {
  const argv = ["restore", snapshot.id, "--database", "--yes"];
  const code = await runBeside(
    context,
    {
      ...{ place: repository.store.where, placeOption: "--from", identity: [] },
      stopsHub: { warning: "The hub is stopped while its database is restored.", yes: true },
    },
    argv,
  );
  if (code === 0) return;
  throw new HubError(
    "command-failed",
    `The database was not restored; the hub has an empty one. Try again: hublet ${argv.join(" ")}`,
  );
}
