/** JSON log records as lines for people: `22:10:03 hub    message key=value`. */
import { z } from "zod";
import { printable } from "./printable.ts";

const recordSchema = z.looseObject({
  time: z.union([z.string(), z.number()]).optional(),
  level: z.union([z.string(), z.number()]).optional(),
  msg: z.string().optional(),
});
const HIDDEN = new Set(["time", "level", "msg", "pid", "hostname", "part"]);

/** One line for the terminal; text that is not a record is shown as it is. A newline in a record begins no line of its own. */
export function formatLogLine(part: string, raw: string): string {
  return printable(lineOf(part, raw)).replaceAll("\n", "\\n");
}

function lineOf(part: string, raw: string): string {
  const label = part.padEnd(6);
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    return `         ${label} ${raw}`;
  }
  const record = recordSchema.safeParse(parsed);
  if (!record.success) return `         ${label} ${raw}`;
  const { time, level, msg } = record.data;
  const at = time === undefined ? "        " : new Date(time).toTimeString().slice(0, 8);
  const mark = levelMark(level);
  const facts = Object.entries(record.data)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [`${at} ${label}`, mark, msg ?? "", ...facts].filter((piece) => piece !== "").join(" ");
}

function levelMark(level: string | number | undefined): string {
  if (level === "error" || level === "fatal" || level === 50 || level === 60) return "error:";
  if (level === "warn" || level === 40) return "warning:";
  return "";
}
