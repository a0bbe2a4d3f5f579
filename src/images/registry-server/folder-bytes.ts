import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../kernel/index.ts";

/** Bytes of disk below a folder, without following links; 0 when there is none. What goes away meanwhile counts nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const item of await gone(readdir(next, { withFileTypes: true }), [])) {
      const path = join(next, item.name);
      if (item.isDirectory()) waiting.push(path);
      else
        bytes += await gone(
          lstat(path).then(({ blocks }) => blocks * 512),
          0,
        );
    }
  }
  return bytes;
}

async function gone<T>(asked: Promise<T>, instead: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return instead;
    throw error;
  }
}
