import { createWriteStream } from "node:fs";
import type { Closable } from "../../kernel/index.ts";

/** The engine's own lines as records of the same form as those of hub and proxy. */
export function engineLog(file: string): Closable & { write(line: string): void } {
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  return {
    write: (line) => {
      stream.write(`${JSON.stringify({ time: new Date().toISOString(), level: "info", msg: line })}\n`);
    },
    close: () => new Promise((resolve) => void stream.end(() => resolve())),
  };
}
