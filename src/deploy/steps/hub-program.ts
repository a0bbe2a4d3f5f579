/** What `src/main/deployed.ts` of the hub's image answers on a host: health, copies of the database, rehearsed migrations. */
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { DeploymentEngine } from "../engines/port.ts";
import type { HostUser } from "../host/port.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import type { StepRun } from "../plan/types.ts";
import type { RunResult } from "../run.ts";

export const HUB = "hublet-hub";
export const PROXY = "hublet-proxy";
const PROGRAM = ["--disable-warning=ExperimentalWarning", "/app/src/main/deployed.ts"];
/** Milliseconds for a large database. */
const DATABASE_MS = 30 * 60 * 1000;

/** Whose database, and by which program and engine. */
export interface HubWork {
  readonly engine: DeploymentEngine;
  readonly account: HostUser;
  readonly hub: ContainerUnit;
}

const healthSchema = z.object({
  healthy: z.boolean(),
  problems: z.array(z.string()),
  /** Name of the last migration that was applied. */
  database: z.string().optional(),
  /** Where people reach it. */
  address: z.string().optional(),
  /** Name of the first admin, as long as nobody has become that. */
  firstAdmin: z.string().optional(),
});
export type HubHealth = z.infer<typeof healthSchema>;

const rehearsalSchema = z.object({
  /** Names of the last migration before and after. */
  before: z.string().nullable(),
  after: z.string(),
});
export type Rehearsal = z.infer<typeof rehearsalSchema>;

/** Never throws for a hub that does not answer. */
export async function askHealth(run: StepRun, engine: DeploymentEngine, account: HostUser): Promise<HubHealth> {
  const { stdout, stderr } = await inHub(run, engine, account, ["health"], 30_000);
  const parsed = healthSchema.safeParse(jsonOf(stdout));
  if (parsed.success) return parsed.data;
  const said = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  return { healthy: false, problems: [said === "" ? "The hub's container does not answer." : said.slice(0, 300)] };
}

/**
 * Copies the database consistently to `file`, a path in the state folder: by the hub when it runs, else by a container of
 * `hub`'s image. @throws HubError `command-failed`, `database-unusable`
 */
export async function dumpDatabase(run: StepRun, work: HubWork, file: string): Promise<void> {
  const running = await inHub(run, work.engine, work.account, ["dump", file], DATABASE_MS);
  if (running.code === 0) return;
  await runOnce(run, work, ["dump", file]);
}

/** In the hub's container, as long as that runs. */
function inHub(
  { host, signal }: StepRun,
  engine: DeploymentEngine,
  account: HostUser,
  command: readonly string[],
  timeout: number,
): Promise<RunResult> {
  const { argv, as } = engine.inside(account, ["exec", engine.containerName(HUB), "/node", ...PROGRAM, ...command]);
  return host.run(argv, { signal, timeout, ...(as === undefined ? {} : { as }) });
}

/**
 * Migrates the copy in `file` with the program of `hub`'s image.
 * @throws HubError `database-unusable` with what it said when its migrations fail
 */
export async function rehearse(run: StepRun, work: HubWork, file: string): Promise<Rehearsal> {
  try {
    return rehearsalSchema.parse(jsonOf(await runOnce(run, work, ["rehearse", file])));
  } catch (error) {
    run.signal.throwIfAborted();
    throw new HubError(
      "database-unusable",
      `The new version could not take over a copy of the database, so nothing was changed: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Puts a copy in place of the database; the hub is stopped. @throws HubError `command-failed` */
export async function restoreDatabase(run: StepRun, work: HubWork, file: string): Promise<void> {
  await runOnce(run, work, ["restore", file]);
}

/** Makes the folders of the own registry, and its password file. @throws HubError `command-failed` */
export async function openRegistry(run: StepRun, work: HubWork): Promise<void> {
  await runOnce(run, work, ["registry"]);
}

/** Runs it in a container of its own; the engine is no business of these commands. */
async function runOnce(run: StepRun, { engine, account, hub }: HubWork, command: readonly string[]): Promise<string> {
  const wish = { command: [...PROGRAM, ...command], engine: false };
  const words = await engine.programWords(run.host, account, hub, wish);
  return (await engine.command(run, account, words, { timeout: DATABASE_MS })).stdout;
}

/** The last line, since a program may say other things before. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}
