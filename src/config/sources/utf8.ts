/** Bytes → text, or the line that is not UTF-8. */
import { isUtf8 } from "node:buffer";
import { type Problem, problemAt } from "../diagnostics.ts";

export function decode(bytes: Buffer, file: string): { readonly text: string } | { readonly problem: Problem } {
  // UTF-8 with a byte order mark is what some editors write.
  if (isUtf8(bytes)) return { text: bytes.toString("utf8").replace(/^\ufeff/, "") };
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const next = bytes.indexOf(0x0a, start);
    const end = next === -1 ? bytes.length : next;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  const message = "this line is not text in UTF-8; save the file with that encoding";
  return { problem: problemAt({ file, line, column: 1 }, "", message) };
}
