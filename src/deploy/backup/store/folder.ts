/** Backups in a folder of this host: another disk, or a mounted share. */
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HubError, isDiskFull, messageOf, randomHex, systemCode } from "../../../kernel/index.ts";
import { type BackupStore, UNFINISHED } from "./port.ts";

/** @param folder absolute; made when something is written */
export function folderStore(folder: string): BackupStore {
  const path = (name: string) => join(folder, name);
  const explained = (name: string, error: unknown): HubError => {
    if (systemCode(error) === "ENOENT")
      return new HubError("not-found", `There is no ${name} in the backup ${folder}.`);
    if (isDiskFull(error)) {
      return new HubError("disk-full", `No space is left for the backup in ${folder}. Free some space there.`, {
        cause: error,
      });
    }
    return new HubError(
      "backup-unusable",
      `The backup in ${folder} cannot be used: ${messageOf(error)}. Check that the folder is there and belongs to the account that makes backups.`,
      { cause: error },
    );
  };
  const telling = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explained(name, error);
    }
  };
  const moved = async (from: string, to: string) => {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await rename(from, to);
    await syncFolder(dirname(to));
  };

  return {
    where: folder,
    put: (name, content) =>
      telling(name, async () => {
        const part = path(`${UNFINISHED}/${randomHex(8)}`);
        await mkdir(dirname(part), { recursive: true, mode: 0o700 });
        try {
          const handle = await open(part, "wx", 0o600);
          try {
            for (const piece of content) await handle.writeFile(piece);
            await handle.sync();
          } finally {
            await handle.close();
          }
          await moved(part, path(name));
        } catch (error) {
          await rm(part, { force: true });
          throw error;
        }
      }),
    get: (name, range) =>
      telling(name, async () => {
        const handle = await open(path(name), "r");
        try {
          if (range === undefined) return await handle.readFile();
          const buffer = Buffer.allocUnsafe(range.length);
          let filled = 0;
          while (filled < range.length) {
            const { bytesRead } = await handle.read(buffer, filled, range.length - filled, range.offset + filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          return buffer.subarray(0, filled);
        } finally {
          await handle.close();
        }
      }),
    list: (sub) =>
      telling(sub, async () => {
        const entries = await readdir(path(sub), { withFileTypes: true }).catch(missing([]));
        const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
        const found = await Promise.all(
          files.map(async (name) => {
            const facts = await stat(path(`${sub}/${name}`)).catch(missing(undefined));
            return facts === undefined ? [] : [{ name, bytes: facts.size, modified: facts.mtimeMs }];
          }),
        );
        return found.flat();
      }),
    remove: (name) => telling(name, () => rm(path(name), { force: true })),
    rename: (from, to) => telling(from, () => moved(path(from), path(to))),
    exists: (name) => telling(name, async () => (await stat(path(name)).catch(missing(undefined))) !== undefined),
    close: () => Promise.resolve(),
  };
}

function missing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (systemCode(error) === "ENOENT") return instead;
    throw error;
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
