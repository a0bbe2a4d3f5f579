/** Reading and writing the folders of homes as tars, by the same scripts as in containers. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import type { PackOptions, UnpackOptions, VolumeInfo } from "../port.ts";
import { FOLDER_TAKEN, PACK_SCRIPT, SETTLE_SCRIPT, UNPACK_SCRIPT } from "../tar-scripts.ts";
import { mustExist } from "./export.ts";
import { volumeNameOf } from "./paths.ts";

/** Of the script: files changed or went while they were read. */
const CHANGED = 1;

export async function listFolders(homes: string): Promise<readonly VolumeInfo[]> {
  const entries = await readdir(homes, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  });
  return entries
    .flatMap((entry) => (entry.isDirectory() ? (volumeNameOf(entry.name) ?? []) : []))
    .sort()
    .map((name) => ({ name, labels: {} }));
}

/** @throws HubError as `Driver.packVolume` */
export async function* packFolder(
  folder: string,
  name: string,
  { signal, onNote }: PackOptions,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  await mustExist(folder, name);
  const tar = startScript(PACK_SCRIPT, [folder], signal);
  try {
    yield* tar.child.stdout;
    const code = await tar.ended;
    signal.throwIfAborted();
    if (code === CHANGED) for (const line of tar.said().split("\n")) onNote(line);
    if (code !== 0 && code !== CHANGED) {
      const why = tar.said().slice(-1000) || `exit code ${code}`;
      throw new HubError(
        "command-failed",
        `Not all files of ${name} could be read: ${why}. Mend that, then try again.`,
      );
    }
  } finally {
    tar.child.kill("SIGKILL");
    await tar.ended;
  }
}

/** @throws HubError as `Driver.unpackVolume`; whether a server runs is the caller's to know */
export async function unpackFolder(
  folder: string,
  name: string,
  source: AsyncIterable<Buffer>,
  { signal, folder: below = "", extended }: UnpackOptions,
): Promise<void> {
  signal.throwIfAborted();
  await mustExist(folder, name);
  const owners = process.geteuid?.() === 0 ? "owners" : "";
  const settle = async (how: string) => {
    await finish(startScript(SETTLE_SCRIPT, [folder, how, below, owners]), name, below);
  };
  const tar = startScript(UNPACK_SCRIPT, [folder, below, extended ? "extended" : "", owners]);
  tar.child.stdout.resume();
  try {
    // Tar that gives up closes its input: its own words are better than “broken pipe”.
    await pipeline(Readable.from(source), tar.child.stdin, { signal }).catch((error: unknown) => {
      if (systemCode(error) !== "EPIPE" && systemCode(error) !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    });
    await finish(tar, name, below);
    await settle(below === "" ? "replace" : "folder");
  } catch (error) {
    tar.child.kill("SIGKILL");
    await tar.ended;
    await settle("discard").catch(() => undefined); // the first error is the one that tells
    if (signal.aborted) throw signal.reason;
    throw error;
  }
}

async function finish(script: Script, name: string, below: string): Promise<void> {
  const code = await script.ended;
  if (code === 0) return;
  if (code === FOLDER_TAKEN)
    throw new HubError("conflict", `There is something called ${below} in ${name} already. Choose another name.`);
  const said = script.said().slice(-1000) || `exit code ${code}`;
  const full = /no space left|quota exceeded/i.test(said);
  throw new HubError(
    full ? "disk-full" : "command-failed",
    `The files could not be unpacked into ${name}: ${said}. ${full ? "Free some space there" : "Mend that"}, then try again.`,
  );
}

export interface Script {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The exit code; the error's text when it could not be started. */
  readonly ended: Promise<number | string>;
  said(): string;
}

export function startScript(script: string, args: readonly string[], signal?: AbortSignal): Script {
  const child = spawn("/bin/sh", ["-c", script, "sh", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
    ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" as const }),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  child.stdin.on("error", () => undefined); // told by the pipeline, or by the exit code
  const ended = once(child, "close").then(
    ([code]: unknown[]) => (typeof code === "number" ? code : "it was killed"),
    (error: unknown) => messageOf(error),
  );
  return { child, ended, said: () => said.trim() };
}
