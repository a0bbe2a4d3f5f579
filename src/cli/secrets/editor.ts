/** A text that is edited in memory only, and never left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HubError, messageOf } from "../../kernel/index.ts";

/** File systems that keep nothing on a disk of their own: tmpfs, ramfs (statfs(2)). */
const IN_MEMORY = [0x01021994, 0x858458f6];

/**
 * Shows a text in the person's editor until `accept` takes it. The file has mode 0600, lies in memory, and is removed at the
 * end, also on signals.
 * @param accept undefined asks for another round
 * @throws HubError `state-unusable` without a folder in memory, `command-failed` when the editor fails; what `accept` throws
 */
export async function editText<T>(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  accept: (edited: string) => Promise<T | undefined>,
): Promise<T> {
  const folder = mkdtempSync(join(memoryFolder(environment), "hublet-edit-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  let editor: ChildProcess | undefined;
  const end = (signal: NodeJS.Signals): void => {
    editor?.kill(signal);
    remove();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  // Ctrl-C belongs to the editor while it runs.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore).on("SIGTERM", end).on("SIGHUP", end);
  try {
    const file = join(folder, "secrets.yaml");
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
    for (;;) {
      await runEditor(file, environment, (child) => {
        editor = child;
      });
      const accepted = await accept(readFileSync(file, "utf8"));
      if (accepted !== undefined) return accepted;
    }
  } finally {
    remove();
    process.off("SIGINT", ignore).off("SIGTERM", end).off("SIGHUP", end);
  }
}

function memoryFolder(environment: Readonly<Record<string, string | undefined>>): string {
  for (const folder of [environment.XDG_RUNTIME_DIR, "/dev/shm"]) {
    if (folder === undefined || folder === "") continue;
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
      if (IN_MEMORY.includes(statfsSync(folder).type)) return folder;
    } catch {
      // not there, or not this person's: the next one
    }
  }
  throw new HubError(
    "state-unusable",
    "There is no folder in memory (XDG_RUNTIME_DIR, /dev/shm) for the secrets while they are edited. Use “hublet secrets set”.",
  );
}

/** `EDITOR` may have options, as in `code --wait`. */
function runEditor(
  file: string,
  { VISUAL, EDITOR }: Readonly<Record<string, string | undefined>>,
  onStart: (child: ChildProcess) => void,
): Promise<void> {
  const words = [VISUAL, EDITOR, "vi"].map((word) => word?.trim() ?? "").find((word) => word !== "") ?? "vi";
  const [program = "vi", ...options] = words.split(/\s+/);
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(new HubError("command-failed", `The editor ${program} ${why}. Set EDITOR. Nothing was changed.`));
    const child = spawn(program, [...options, file], { stdio: "inherit" });
    onStart(child);
    child.on("error", (error) => failed(`cannot be started: ${messageOf(error)}`));
    child.on("exit", (code) => (code === 0 ? resolve() : failed("failed")));
  });
}
