/** Records what was applied, `current` last; then forgets what is too old to return to. */
import { join } from "node:path";
import { isoTime, messageOf, systemClock } from "../../kernel/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import { diffLines } from "../plan/diff.ts";
import {
  CURRENT,
  databaseFile,
  generationFolder,
  manifestFile,
  nextGeneration,
  readGeneration,
} from "../plan/records.ts";
import type { ConfigurationFile, Situation, Target } from "../plan/target.ts";
import type { Generation, PlannedStep, StepRun } from "../plan/types.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { freshContents } from "./configuration.ts";
import { vaultChanges } from "./secrets.ts";

export interface GenerationOptions {
  /** Who applies. */
  readonly by: string;
  /** The database's last migration as the hub's health told it; undefined when it was not asked. */
  readonly databaseVersion: () => string | undefined;
}

export function planGeneration(target: Target, situation: Situation, options: GenerationOptions): PlannedStep[] {
  const { current } = situation.records;
  const changed = !vaultChanges(target, situation) && current !== undefined && sameAs(current, target);
  if (changed && target.databaseFrom === undefined) return [];
  const number = nextGeneration(situation.records);
  return [
    {
      kind: "generation",
      title: `record generation ${number}`,
      // Elsewhere the step that writes the configuration shows it.
      diff: target.inPlace && current !== undefined ? configurationDiff(current, target.configuration) : [],
      disturbs: undefined,
      run: async (run) => {
        const { records } = target.deployment;
        const manifest = await manifestOf(run, target, situation, number, options);
        const file = (path: string, content: string) => ({ path: join(records, path), content, mode: 0o600 });
        await run.host.mustRun(["install", "-d", "-m", "0700", records]);
        await run.host.writeFiles([file(manifestFile(number), `${JSON.stringify(manifest, null, 2)}\n`)]);
        await run.host.writeFiles([file(CURRENT, `${number}\n`)]);
        await forgetOld(run, target, situation, number).catch((error: unknown) => {
          run.signal.throwIfAborted();
          run.note(`what is too old could not be removed: ${messageOf(error)}`);
        });
      },
    },
  ];
}

/** What was applied last is what is to be. */
export function sameAs(current: Generation, target: Target): boolean {
  return (
    sameUnits(current, target) && sameRecord(current.configuration, recorded(target.configuration, target.keptFiles))
  );
}

export function sameUnits(current: Generation, target: Target): boolean {
  return sameRecord(current.units, target.units);
}

function recorded(files: readonly ConfigurationFile[], keptFiles: readonly string[]): Record<string, string | null> {
  return Object.fromEntries([
    ...files.map(({ path, content, secret }) => [path, secret ? null : content.toString("utf8")]),
    ...keptFiles.map((path) => [path, null]),
  ]);
}

function sameRecord<V>(a: Readonly<Record<string, V>>, b: Readonly<Record<string, V>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function configurationDiff(current: Generation, files: readonly ConfigurationFile[]): string[] {
  const gone = Object.keys(current.configuration).filter((path) => !files.some((file) => file.path === path));
  return [
    ...files.flatMap(({ path, content, secret }) => {
      const before = current.configuration[path];
      if (before === undefined) return [`+ ${path}`];
      if (secret || before === null || before === content.toString("utf8")) return [];
      return [`~ ${path}`, ...diffLines(before, content.toString("utf8")).map((line) => `  ${line}`)];
    }),
    ...gone.map((path) => `- ${path}`),
  ];
}

async function manifestOf(
  { host }: StepRun,
  target: Target,
  { records }: Situation,
  number: number,
  { by, databaseVersion }: GenerationOptions,
): Promise<Generation> {
  const { deployment } = target;
  const database = databaseFile(number);
  const copied = (await host.run(["test", "-f", join(deployment.records, database)])).code === 0;
  return {
    number,
    created: isoTime(systemClock.now()),
    by,
    version: deployment.version,
    images: readUnits(target.units).images,
    units: target.units,
    configuration: recorded(await freshContents(target, target.configuration), target.keptFiles),
    databaseBackup: copied ? database : null,
    databaseVersion: databaseVersion() ?? records.current?.databaseVersion ?? null,
  };
}

/** Keeps this generation and the `keep` before it, and the images that these name or containers use. */
async function forgetOld(run: StepRun, target: Target, { records }: Situation, number: number): Promise<void> {
  const { deployment } = target;
  const account = await needHostAccount(run.host, deployment.account);
  const kept = [...records.numbers.filter((each) => each !== number).slice(-deployment.keep), number];
  const old = records.numbers.filter((each) => !kept.includes(each));
  await run.host.remove(
    old.map((each) => join(deployment.records, generationFolder(each))),
    { tree: true },
  );
  const generations = await Promise.all(kept.map((each) => readGeneration(run.host, deployment.records, each)));
  const named = new Set(generations.flatMap(({ images }) => Object.values(images)));
  const engine = engineFor(deployment);
  const used = await engine.command(run, account, ["ps", "--all", "--format", "{{.Image}}"]);
  for (const line of used.stdout.split("\n")) named.add(line.trim());
  const all = await engine.command(run, account, ["images", "--format", "{{.Repository}}:{{.Tag}}"]);
  const unused = all.stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((reference) => /^localhost\/hublet-(hub|proxy):/.test(reference) && !named.has(reference));
  for (const reference of unused) {
    await engine.command(run, account, ["rmi", "--", reference]);
    run.note(`removed the image ${reference}, which no generation names`);
  }
}
