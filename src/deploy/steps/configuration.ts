/** The files of the configuration in the host's folder, for root and the account's group alone. */
import { join } from "node:path";
import { needHostAccount } from "../host/find-account.ts";
import type { FileState } from "../host/state.ts";
import { diffLines, wholeText } from "../plan/diff.ts";
import { foldersDownTo, sameContent } from "../plan/situation.ts";
import type { ConfigurationFile, Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";

import { vaultChanges } from "./secrets.ts";

const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** One step for all files, since a hub that watches them should see them change together. */
export function planConfiguration(target: Target, situation: Situation): PlannedStep[] {
  return target.inPlace ? planPermissions(target, situation) : planFiles(target, situation);
}

function planFiles(target: Target, situation: Situation): PlannedStep[] {
  const { configFolder } = target.deployment;
  const { state } = situation;
  const gid = state.account?.gid;
  const vault = vaultChanges(target, situation) ? target.vault?.path : undefined;
  const changed = target.configuration.filter(({ path, content }) => {
    const file = state.files[join(configFolder, path)];
    return path === vault || !sameContent(file, content) || !isOurs(file, FILE_MODE, gid);
  });
  const gone = vanished(target, situation);
  const folders = foldersOf(target).filter((path) => !isOurs(state.files[path], FOLDER_MODE, gid));
  if (changed.length + gone.length + folders.length === 0) return [];
  const words = [
    ...changed.map(
      (file) => `${state.files[join(configFolder, file.path)] === undefined ? "add" : "change"} ${file.path}`,
    ),
    ...gone.map((path) => `remove ${path}`),
  ];
  return [
    {
      kind: "configuration",
      title: words.length === 0 ? `set the permissions of ${configFolder}` : `${words.join(", ")} in ${configFolder}`,
      diff: [...changed.flatMap((file) => diffOf(file)), ...gone.map((path) => `- ${path}`)],
      disturbs: undefined,
      run: (run) => writeAll(run, target, changed, gone),
    },
  ];

  function diffOf({ path, content, secret }: ConfigurationFile): string[] {
    const absolute = join(configFolder, path);
    const before = state.files[absolute];
    const sign = before === undefined ? "+" : "~";
    if (path === vault) return [`${sign} ${path} (this host may open it)`];
    if (sameContent(before, content)) return [`~ ${path} (permissions)`];
    const text = content.toString("utf8");
    const known = before === undefined ? "" : state.contents[absolute];
    // The vault and certificates are text, but what changed in them nobody could read.
    const unreadable = path === target.vault?.path || content.includes(0) || text.startsWith("-----BEGIN ");
    if (secret || unreadable || known === undefined)
      return [`${sign} ${path} (${before === undefined ? "new" : "changed"})`];
    const lines = before === undefined ? wholeText("+", text) : diffLines(known, text);
    return [`${sign} ${path}`, ...lines.map((line) => `  ${line}`)];
  }
}

/** Files that an earlier apply wrote and that are part of the configuration no more. */
function vanished({ deployment, configuration, keptFiles }: Target, { state, records }: Situation): string[] {
  const there = new Set(state.listings[deployment.configFolder] ?? []);
  const wished = new Set([...configuration.map(({ path }) => path), ...keptFiles]);
  return Object.keys(records.current?.configuration ?? {}).filter(
    (path) => !wished.has(path) && there.has(join(deployment.configFolder, path)),
  );
}

async function writeAll(
  run: StepRun,
  target: Target,
  changed: readonly ConfigurationFile[],
  gone: readonly string[],
): Promise<void> {
  const { configFolder, account } = target.deployment;
  const { gid } = await needHostAccount(run.host, account);
  for (const folder of foldersOf(target))
    await run.host.mustRun(["install", "-d", "-o", "root", "-g", String(gid), "-m", FOLDER_MODE.toString(8), folder]);
  const contents = await freshContents(target, changed);
  await run.host.writeFiles(
    contents.map(({ path, content }) => ({
      path: join(configFolder, path),
      content,
      mode: FILE_MODE,
      owner: { uid: 0, gid },
    })),
  );
  await run.host.remove(gone.map((path) => join(configFolder, path)));
}

/** The vault may have got another recipient since the plan was made. */
export async function freshContents(
  { vault }: Target,
  files: readonly ConfigurationFile[],
): Promise<readonly ConfigurationFile[]> {
  return Promise.all(
    files.map(async (file) => (file.path === vault?.path ? { ...file, content: await vault.content() } : file)),
  );
}

function foldersOf({ deployment, configuration }: Target): string[] {
  const below = configuration.flatMap(({ path }) =>
    foldersDownTo(deployment.configFolder, join(deployment.configFolder, path)),
  );
  return [...new Set([deployment.configFolder, ...below])];
}

/** Before the account is there its group is not known: the step will set it. */
function isOurs(file: FileState | undefined, mode: number, gid: number | undefined): boolean {
  return file !== undefined && (file.mode & 0o7777) === mode && file.uid === 0 && file.gid === gid;
}

/**
 * A configuration that is written on the host itself: what the account cannot read is opened to it, also when its group is
 * that of an account which was there before.
 */
function planPermissions(target: Target, { state }: Situation): PlannedStep[] {
  const { configFolder, account } = target.deployment;
  const paths = [...foldersOf(target), ...target.configuration.map(({ path }) => join(configFolder, path))];
  const closed = paths.filter((path) => {
    const file = state.files[path];
    return file !== undefined && file.uid === 0 && file.gid !== state.account?.gid && (file.mode & 0o007) === 0;
  });
  if (closed.length === 0) return [];
  return [
    {
      kind: "configuration",
      title: `let the account ${account} read ${closed.length === 1 ? (closed[0] ?? "") : `${closed.length} files of ${configFolder}`}`,
      diff: closed.map((path) => `~ ${path} (group ${account})`),
      disturbs: undefined,
      run: async ({ host }) => {
        const { gid } = await needHostAccount(host, account);
        await host.mustRun(["chgrp", "--no-dereference", String(gid), "--", ...closed]);
        await host.mustRun(["chmod", "g+rX", "--", ...closed]);
      },
    },
  ];
}
