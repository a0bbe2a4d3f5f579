/** Python's own `dbm.dumb`: a text file of places, `'name', (position, size)`, and a file of values. */
import type { Entries } from "./read.ts";

const LINE = /^(['"])(.*)\1, \((\d+), (\d+)\)$/;

/** @throws RangeError for a line that is none of this format, or leads beyond the values */
export function readDumb(directory: Buffer, values: Buffer): Entries {
  const entries = new Map<string, string>();
  for (const line of directory.toString("latin1").split("\n").filter(Boolean)) {
    const [, , key, position, size] = LINE.exec(line.trim()) ?? [];
    if (key === undefined) throw new RangeError(`“${line.slice(0, 60)}” is no place of a value`);
    const from = Number(position);
    const to = from + Number(size);
    if (to > values.length) throw new RangeError("a value lies beyond the end of its file");
    entries.set(Buffer.from(unescaped(key), "latin1").toString("utf8"), values.toString("utf8", from, to));
  }
  return entries;
}

/** As Python's `repr` writes text. */
function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_whole, hex: string | undefined, plain: string | undefined) =>
    hex === undefined ? (plain ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
