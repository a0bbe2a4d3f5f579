/** The log of one build: kept in a file, bounded, and read by any number of listeners from its beginning. */
import { createWriteStream, type WriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { aborted, systemCode } from "../../kernel/index.ts";

/** Bytes of the beginning that are kept, and as many of the end, where errors stand. */
const HALF_BYTES = 2 * 1024 * 1024;
const LINE_CHARACTERS = 4000;

export interface BuildLogFile {
  add(text: string): void;
  /** Lines from the first on, and new ones as they come; ends with the log or the signal. */
  read(signal: AbortSignal): AsyncIterable<string>;
  /** Writes what is left, and lets readers end. */
  end(): Promise<void>;
}

/** @param halfBytes for tests */
export function openBuildLog(file: string, halfBytes = HALF_BYTES): BuildLogFile {
  const out: WriteStream = createWriteStream(file, { flags: "w", mode: 0o600 });
  let broken = false;
  // A full disk must not end the build that fills it twice over: the log is then only shown.
  out.on("error", () => {
    broken = true;
  });
  const head: string[] = [];
  let headBytes = 0;
  let tail: string[] = [];
  let tailBytes = 0;
  /** Number of the tail's first line, counted from 0 over all lines. */
  let tailStart = 0;
  let ended = false;
  let changed = Promise.withResolvers<void>();

  function wake(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  function addLine(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (tail.length === 0 && tailStart === head.length && headBytes + bytes <= halfBytes) {
      head.push(line);
      headBytes += bytes;
      tailStart = head.length;
      if (!broken) out.write(`${line}\n`);
      return;
    }
    // What came before the first line of the tail is full, also when this one would still have fitted.
    headBytes = halfBytes;
    tail.push(line);
    tailBytes += bytes;
    if (tailBytes > halfBytes) dropOldest();
  }

  /** A quarter at a time, since each time moves all that stays. */
  function dropOldest(): void {
    let dropped = 0;
    while (tailBytes > (halfBytes * 3) / 4 && dropped < tail.length - 1) {
      tailBytes -= Buffer.byteLength(tail[dropped] ?? "") + 1;
      dropped += 1;
    }
    tail = tail.slice(dropped);
    tailStart += dropped;
  }

  return {
    add(text) {
      if (ended) return;
      for (const line of cleanLines(text)) addLine(line);
      wake();
    },
    async *read(signal) {
      let next = 0;
      while (!signal.aborted) {
        if (next < head.length) yield head[next++] ?? "";
        else if (next < tailStart) {
          yield omitted(tailStart - next);
          next = tailStart;
        } else if (next - tailStart < tail.length) yield tail[next++ - tailStart] ?? "";
        else if (ended) return;
        else await Promise.race([changed.promise, aborted(signal)]);
      }
    },
    async end() {
      if (ended) return;
      ended = true;
      if (tailStart > head.length) out.write(`${omitted(tailStart - head.length)}\n`);
      out.end(tail.length === 0 ? "" : `${tail.join("\n")}\n`);
      await finished(out).catch(() => undefined);
      wake();
    },
  };
}

/** The log of a build that has ended; none when it was trimmed or never begun. */
export async function* readEndedLog(file: string, signal: AbortSignal): AsyncGenerator<string> {
  const handle = await open(file).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  // Reading to the end, and leaving early, both close it.
  for await (const line of handle?.readLines() ?? []) {
    if (signal.aborted) return;
    yield line;
  }
}

/** One entry for each line, without what steers terminals; of a bar that overwrites itself, what was last. */
export function cleanLines(text: string): string[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const parts = line.replace(/\r+$/, "").split("\r");
      return stripVTControlCharacters(parts.at(-1) ?? "")
        .replace(/(?!\t)\p{Cc}/gu, "")
        .slice(0, LINE_CHARACTERS);
    });
}

function omitted(lines: number): string {
  return `… ${lines} lines are left out here: a log keeps its beginning and its end …`;
}
