/** The database before another version of the hub touches it: a copy is kept, and the new version tries on another. */
import { join } from "node:path";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import { databaseFile, generationFolder, nextGeneration, restoredFile, savedFile } from "../plan/records.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { QUADLET_FOLDER, readUnits, unitFolder } from "../plan/unit-texts.ts";
import { dumpDatabase, HUB, type HubWork, rehearse, restoreDatabase } from "./hub-program.ts";

/** Copies the account's file $2 to root's own $3: read by the account, so that a link in it leads nowhere else. */
const FETCH = `umask 077
mkdir -p -- "$(dirname -- "$3")"
runuser -u "$1" -- cat -- "$2" > "$3.new" && mv -T -- "$3.new" "$3"`;
/** Copies root's file $2 to the account's $3. */
const GIVE = `runuser -u "$1" -- sh -c 'umask 077; cat > "$1"' sh "$3" < "$2"`;

export function planDatabase(target: Target, situation: Situation): PlannedStep[] {
  const hub = target.deployment.containers.find(({ name }) => name === HUB);
  const present = situation.state.containers.find(({ name }) => name === HUB);
  if (hub === undefined) return [];
  const image = readUnits(target.units).images[HUB] ?? hub.image;
  if (target.databaseFrom !== undefined)
    return restores(target, situation) ? [restoreStep(target, situation, { ...hub, image }, target.databaseFrom)] : [];
  const { records } = situation;
  const before = present?.image ?? records.current?.images[HUB];
  const copied = records.withDatabase.includes(nextGeneration(records));
  // A new hub was begun already, and may have changed the tables: the copy that was made before is the one to keep.
  const keep = copied && wasSwitched(target, situation);
  if (before === undefined || before === image) return copied && !keep ? [forgetStep(target, situation)] : [];
  if (keep && present?.running !== true) return [];
  return [rehearsalStep(target, situation, { ...hub, image }, keep)];
}

/** Another hub than that of the present generation runs, or would by the units that are there. */
function wasSwitched({ deployment }: Target, { state, records }: Situation): boolean {
  const path = deployment.engine.kind === "docker" ? COMPOSE_FILE : `${QUADLET_FOLDER}/${HUB}.container`;
  const text = state.contents[join(unitFolder(deployment), path)];
  const present = state.containers.find(({ name, running }) => name === HUB && running);
  const image = present?.image ?? (text === undefined ? undefined : readUnits({ [path]: text }).images[HUB]);
  return image !== undefined && image !== "" && image !== records.current?.images[HUB];
}

/** Were it put back one day, all that people did since would be lost. */
function forgetStep({ deployment }: Target, { records }: Situation): PlannedStep {
  const folder = join(deployment.records, generationFolder(nextGeneration(records)));
  return {
    kind: "database",
    title: "remove the copy of the database that an apply left which ended before it switched anything",
    diff: [`- ${folder}`],
    disturbs: undefined,
    run: ({ host }) => host.remove([folder], { tree: true }),
  };
}

/** The hub is stopped for it: it is put back once, also when the rollback was begun before. */
export function restores({ databaseFrom }: Target, { records }: Situation): boolean {
  const number = nextGeneration(records);
  return (
    databaseFrom !== undefined && !records.restored.some((each) => each.number === number && each.from === databaseFrom)
  );
}

/** @param keep the copy is there already: the new version tries on one of the database as it is now */
function rehearsalStep(target: Target, situation: Situation, hub: ContainerUnit, keep: boolean): PlannedStep {
  const { deployment } = target;
  const number = nextGeneration(situation.records);
  return {
    kind: "database",
    title: `${keep ? "" : "keep a copy of the database, and "}try the new version on ${keep ? "a copy of the database" : "another copy"} before anything is switched`,
    diff: keep ? [] : [`+ ${join(deployment.records, databaseFile(number))}`],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, deployment.account);
      const copy = join(deployment.state, "run", "rehearsal");
      const kept = join(deployment.records, databaseFile(number));
      try {
        await run.host.remove([copy], { as: account });
        const work = { engine: engineFor(deployment), account, hub };
        await dumpDatabase(run, work, copy);
        if (!keep) await fetchFile(run, account, copy, kept);
        const tried = await rehearse(run, work, copy);
        const first = keep ? await readRehearsal(run.host, target, number) : undefined;
        const rehearsal = { ...tried, before: first === undefined ? tried.before : first.before };
        const file = join(deployment.records, rehearsalFile(number));
        await run.host.writeFiles([{ path: file, content: `${JSON.stringify(rehearsal)}\n`, mode: 0o600 }]);
        run.note(
          rehearsal.before === rehearsal.after
            ? "the database stays as it is"
            : `the database will be brought from ${rehearsal.before ?? "nothing"} to ${rehearsal.after}`,
        );
      } finally {
        await run.host.remove([copy], { as: account });
      }
    },
  };
}

function restoreStep(target: Target, situation: Situation, hub: ContainerUnit, from: number): PlannedStep {
  const { deployment } = target;
  const { state } = situation;
  const number = nextGeneration(situation.records);
  return {
    kind: "database",
    title: `put back the database as it was before generation ${from}; a copy of the present one is kept`,
    diff: [
      `~ database: what people, tokens and settings changed since generation ${from} was applied is lost`,
      `+ ${join(deployment.records, databaseFile(number))}`,
    ],
    disturbs: "The hub is stopped while its database is put back. People signed in since then sign in again.",
    run: async (run) => {
      const account = await needHostAccount(run.host, deployment.account);
      const copy = join(deployment.state, "run", "restore");
      const work = { engine: engineFor(deployment), account, hub };
      const runs = state.containers.some(({ name, running }) => name === HUB && running);
      try {
        // A hub that is stopped already with a copy kept: an earlier run came so far, and the copy is not to be lost. One
        // that something else left is not that of the present database.
        const saved = join(deployment.records, savedFile(number, from));
        if (runs || (await run.host.readFile(saved)) === undefined) {
          await dumpDatabase(run, work, copy);
          await fetchFile(run, account, copy, join(deployment.records, databaseFile(number)));
          await run.host.writeFiles([{ path: saved, content: "", mode: 0o600 }]);
        }
        await putBack(run, target, work, from);
        const done = join(deployment.records, restoredFile(number, from));
        await run.host.writeFiles([{ path: done, content: "", mode: 0o600 }]);
      } finally {
        await run.host.remove([copy], { as: account });
      }
    },
  };
}

/** Stops the hub and puts the copy that was made before generation `from` in place of the database. */
export async function putBack(
  run: StepRun,
  { deployment }: Pick<Target, "deployment">,
  work: HubWork,
  from: number,
): Promise<void> {
  const copy = join(deployment.state, "run", "restore");
  try {
    await run.host.mustRun(
      ["sh", "-c", GIVE, "sh", deployment.account, join(deployment.records, databaseFile(from)), copy],
      { signal: run.signal, timeout: 30 * 60 * 1000 },
    );
    await work.engine.stop(run, work.account, HUB);
    await restoreDatabase(run, work, copy);
  } finally {
    await run.host.remove([copy], { as: work.account });
  }
}

const rehearsalRecord = z.object({ before: z.string().nullable(), after: z.string() });

/** Whether generation `number` changes the database's tables; undefined when nothing was rehearsed for it. */
export async function migrates(host: Host, target: Target, number: number): Promise<boolean | undefined> {
  const rehearsal = await readRehearsal(host, target, number);
  return rehearsal === undefined ? undefined : rehearsal.before !== rehearsal.after;
}

async function readRehearsal(
  host: Host,
  target: Target,
  number: number,
): Promise<z.output<typeof rehearsalRecord> | undefined> {
  const file = await host.readFile(join(target.deployment.records, rehearsalFile(number)));
  if (file === undefined) return undefined;
  const parsed = rehearsalRecord.safeParse(JSON.parse(file.toString("utf8")));
  if (!parsed.success)
    throw new HubError("state-unusable", `The record of the rehearsal for generation ${number} is damaged.`);
  return parsed.data;
}

function rehearsalFile(number: number): string {
  return join(generationFolder(number), "rehearsal.json");
}

async function fetchFile(run: StepRun, account: HostUser, from: string, to: string): Promise<void> {
  await run.host.mustRun(["sh", "-c", FETCH, "sh", account.name, from, to], {
    signal: run.signal,
    timeout: 30 * 60 * 1000,
  });
}
