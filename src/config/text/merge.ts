/** Several files say one configuration: maps merge, lists append, and what is said twice is a mistake. */
import { type Problem, problemAt } from "../diagnostics.ts";
import type { Located, LocatedEntry } from "./located.ts";

/** `first` with what `second` adds. Problems name both places. */
export function merge(first: Located, second: Located, problems: Problem[], path: readonly string[] = []): Located {
  if (first.kind === "map" && second.kind === "map") {
    const entries = new Map<string, LocatedEntry>(first.entries);
    for (const [key, entry] of second.entries) {
      const before = entries.get(key);
      const node = before === undefined ? entry.node : merge(before.node, entry.node, problems, [...path, key]);
      entries.set(key, { keyPlace: before?.keyPlace ?? entry.keyPlace, node });
    }
    return { ...first, entries };
  }
  if (first.kind === "list" && second.kind === "list") return { ...first, items: [...first.items, ...second.items] };
  // A key with nothing after it says nothing.
  if (second.kind === "scalar" && second.value === null) return first;
  if (first.kind === "scalar" && first.value === null) return second;
  const { file, line, column } = first.place;
  problems.push(
    problemAt(second.place, path, `this is said already at ${file}:${line}:${column}; say it in one place`),
  );
  return first;
}
