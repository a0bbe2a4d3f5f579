/** Commands that need what the hub has, but not the hub: in a container of their own, on the terminal of the caller. */
import { readFileSync } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { engineOn, presentHub, withoutHub } from "../../deploy/index.ts";
import { HubError, messageOf, Secret, systemCode } from "../../kernel/index.ts";
import type { Beside } from "../command.ts";
import type { CliContext } from "../context.ts";
import { runEngine } from "./engine-process.ts";
import { PLACES, PROGRAM, withoutOptions } from "./inside.ts";
import { withHost } from "./with-host.ts";

/** @returns its exit code. @throws HubError `usage`, `conflict`, `account-unusable`, `command-failed`; as `withoutHub` */
export async function runBeside(context: CliContext, beside: Beside, argv: readonly string[]): Promise<number> {
  const { interactive, json } = context;
  const identity = beside.identity.length === 0 ? undefined : keysOf(context, beside.identity);
  const output = beside.output === undefined ? undefined : await newFile(resolve(context.cwd, beside.output.file));
  return await withHost(context, undefined, async (host) => {
    const { account, hub, backupFolder } = await presentHub(host, context.instance().account, context.env);
    const { stopsHub } = beside;
    if (stopsHub !== undefined && !(await agrees(context, stopsHub))) return 0;
    const place = beside.place?.startsWith("sftp:") === false ? resolve(context.cwd, beside.place) : beside.place;
    const folder = place === undefined ? backupFolder : place.startsWith("/") ? place : undefined;
    if (folder !== undefined) await mustBeFolder(folder, account.name);
    const terminal = interactive && !json && identity === undefined && output === undefined;
    const command = rewritten(argv, beside, { place, keys: identity !== undefined });
    const engine = await engineOn(host, account.name);
    const words = await engine.programWords(host, account, hub, {
      command: [...PROGRAM.slice(1), ...command],
      engine: true,
      folders: folder === undefined ? [] : [folder],
      // What it says is the caller's, not the journal's.
      options: ["--interactive", "--log-driver=none", ...(terminal ? ["--tty"] : [])],
    });
    const run = () => runEngine(engine.inside(account, words), { input: identity, output: output?.fd });
    return stopsHub === undefined ? run() : withoutHub(host, account, new AbortController().signal, run);
  }).then(
    async (code) => {
      await output?.close(code !== 0);
      return code;
    },
    async (error: unknown) => {
      await output?.close(true);
      throw error;
    },
  );
}

/** The same command line, with what the container can see in place of the caller's paths. */
export function rewritten(
  argv: readonly string[],
  { placeOption, output, stopsHub }: Beside,
  { place, keys }: { readonly place: string | undefined; readonly keys: boolean },
): string[] {
  const names = new Set([...PLACES, placeOption, "--identity", ...(output === undefined ? [] : [output.option])]);
  const kept = withoutOptions(argv, names);
  const end = kept.indexOf("--");
  const said = [
    ...(place === undefined ? [] : [`${placeOption}=${place}`]),
    ...(keys ? ["--identity=-"] : []),
    ...(output === undefined ? [] : [`${output.option}=-`]),
    // The question was asked before the hub was stopped.
    ...(stopsHub === undefined || stopsHub.yes ? [] : ["--yes"]),
  ];
  return end === -1 ? [...kept, ...said] : [...kept.slice(0, end), ...said, ...kept.slice(end)];
}

/** By standard input, since the account may not read these files, and arguments are everybody's to see. */
function keysOf(context: CliContext, files: readonly string[]): Secret {
  const texts = files.map((file) => {
    try {
      return readFileSync(file === "-" ? 0 : resolve(context.cwd, file), "utf8");
    } catch (cause) {
      throw new HubError("usage", `${file} cannot be read: ${messageOf(cause)}. Check the path.`, { cause });
    }
  });
  return new Secret(texts.join("\n"));
}

async function agrees(context: CliContext, { warning, yes }: NonNullable<Beside["stopsHub"]>): Promise<boolean> {
  context.note(warning);
  if (yes) return true;
  if (!context.interactive) throw new HubError("usage", `${warning} Add --yes to say that you mean it.`);
  return context.confirm("Go on?", { byDefault: false });
}

async function mustBeFolder(folder: string, account: string): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() === true) return;
  throw new HubError(
    "not-found",
    `There is no folder ${folder} on this host. Make it for the account: install -d -o ${account} -g ${account} -m 0700 ${folder}`,
  );
}

async function newFile(path: string): Promise<{ readonly fd: number; close(failed: boolean): Promise<void> }> {
  try {
    const handle = await open(path, "wx", 0o600);
    return {
      fd: handle.fd,
      close: async (failed) => {
        await handle.close();
        if (failed) await rm(path, { force: true });
      },
    };
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") throw new HubError("conflict", `${path} exists. Name another file.`, { cause });
    throw new HubError("usage", `${path} cannot be written: ${messageOf(cause)}. Check the path.`, { cause });
  }
}
