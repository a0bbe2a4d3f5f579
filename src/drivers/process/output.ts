import { open } from "node:fs/promises";
import { systemCode } from "../../kernel/index.ts";

/** The end of the file that is looked at for lines. */
const MOST_BYTES = 1024 * 1024;

/** The last `lines` lines of a file; "" when there is none. */
export async function lastLines(path: string, lines: number): Promise<string> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, MOST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString("utf8", 0, bytesRead);
    const ended = text.endsWith("\n");
    const all = (ended ? text.slice(0, -1) : text).split("\n");
    const last = all.slice(Math.max(0, all.length - lines)).join("\n");
    return ended && last !== "" ? `${last}\n` : last;
  } finally {
    await file.close();
  }
}
