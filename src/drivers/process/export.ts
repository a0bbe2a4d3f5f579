import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { Readable } from "node:stream";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import { writeArchive } from "../archive.ts";

/** Packs a folder by tar. @throws HubError as `Driver.exportVolume` */
export async function exportFolder(folder: string, name: string, file: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await mustExist(folder, name);
  await writeArchive(Readable.from(tarOf(folder, name)), file, signal);
}

/** @throws HubError `not-found` */
export async function mustExist(folder: string, name: string): Promise<void> {
  await access(folder).catch((error: unknown) => {
    if (systemCode(error) !== "ENOENT") throw error;
    throw new HubError("not-found", `There is no volume ${name}: the folder ${folder} does not exist.`);
  });
}

/** Tar is started by the first read: Node throws away what a process that has ended wrote before anybody listened. */
async function* tarOf(folder: string, name: string): AsyncGenerator<Buffer> {
  const argv = ["--create", "--file=-", "--numeric-owner", "--warning=no-file-ignored", "--directory", folder, "."];
  const tar = spawn("tar", argv, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
  });
  let said = "";
  tar.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-1000);
  });
  const ended = once(tar, "exit").then(
    ([code]: unknown[]) => (code === 0 ? undefined : `exit code ${String(code)}`),
    (error: unknown) => messageOf(error),
  );
  try {
    yield* tar.stdout;
    // Before the archive gets its name: a tar that missed a file is no archive.
    const trouble = await ended;
    if (trouble === undefined) return;
    throw new HubError(
      "command-failed",
      `The files of ${name} could not be packed by tar: ${said.trim() || trouble}. Nothing was kept. Mend that, then try again.`,
    );
  } finally {
    tar.kill("SIGKILL");
    await ended;
  }
}
