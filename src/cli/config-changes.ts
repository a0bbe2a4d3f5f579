/** Changed keys of the configuration in lines for people. */
import type { ConfigChange } from "../contract/index.ts";

const MAX_NAMES = 10;

/** `server.memory: 2147483648 → 4294967296 (live)`; lists by what came and went. */
export function changeLines(change: ConfigChange): string[] {
  const effect = change.live ? "live" : "needs a restart of hublet up";
  const { before, after, path } = change;
  if (isPlainList(before) && isPlainList(after)) {
    const added = after.filter((each) => !before.includes(each));
    const removed = before.filter((each) => !after.includes(each));
    if (added.length + removed.length > 0)
      return [`${path}: ${[...named("+", added), ...named("−", removed)].join(" ")} (${effect})`];
  }
  return [`${path}: ${shown(before)} → ${shown(after)} (${effect})`];
}

function named(sign: string, values: readonly unknown[]): string[] {
  const few = values.slice(0, MAX_NAMES).map((value) => `${sign}${String(value)}`);
  return values.length > MAX_NAMES ? [...few, `${sign}${values.length - MAX_NAMES} more`] : few;
}

function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
