/** What a configuration says, with the place of each thing: the same shape whichever of its files said it. */
import type { Place } from "../snapshot.ts";

export interface LocatedMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}
export interface LocatedEntry {
  readonly keyPlace: Place;
  readonly node: Located;
}
export interface LocatedList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Located[];
}
export interface LocatedScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
}
export type Located = LocatedMap | LocatedList | LocatedScalar;

export type KeyPath = readonly (string | number)[];

/** The thing at a path; undefined when nobody says it. */
export function find(node: Located | undefined, path: KeyPath): Located | undefined {
  let current = node;
  for (const segment of path) {
    if (current?.kind === "map") current = current.entries.get(String(segment))?.node;
    else if (current?.kind === "list") current = current.items[Number(segment)];
    else return undefined;
  }
  return current;
}

/** Where the thing at a path is written, or the nearest thing around it. */
export function placeNear(node: Located, path: KeyPath): Place {
  let place = node.place;
  let current: Located = node;
  for (const segment of path) {
    const next = find(current, [segment]);
    if (next === undefined) break;
    place = next.place;
    current = next;
  }
  return place;
}

/** Where the last key of a path is written; for items of lists, the item's place. */
export function keyPlaceNear(node: Located, path: KeyPath): Place {
  const parent = find(node, path.slice(0, -1));
  const entry = parent?.kind === "map" ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyPlace ?? placeNear(node, path);
}

/** How many things it is, with everything that aliases repeat. */
export function sizeOf(node: Located, known = new Map<Located, number>()): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  const inner =
    node.kind === "map"
      ? [...node.entries.values()].map((entry) => entry.node)
      : node.kind === "list"
        ? node.items
        : [];
  const size = inner.reduce((sum, child) => sum + sizeOf(child, known), 1);
  known.set(node, size);
  return size;
}

/** Plain data. */
export function toData(node: Located): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toData);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toData(entry.node)]));
}

/** Without the things at these paths; where nothing is at a path, without what is around it. */
export function prune(node: Located, paths: readonly KeyPath[]): Located | undefined {
  if (paths.some((path) => path.length === 0)) return undefined;
  if (paths.length === 0) return node;
  if (node.kind === "scalar") return undefined;
  const bySegment = Map.groupBy(paths, (path) => String(path[0]));
  const below = (segment: string): KeyPath[] => (bySegment.get(segment) ?? []).map((path) => path.slice(1));
  if (node.kind === "list") {
    const items = node.items.flatMap((item, index) => prune(item, below(String(index))) ?? []);
    return { ...node, items };
  }
  if (paths.some((path) => !node.entries.has(String(path[0])))) return undefined;
  const entries = [...node.entries].flatMap(([key, entry]) => {
    const inner = prune(entry.node, below(key));
    return inner === undefined ? [] : [[key, { ...entry, node: inner }] as const];
  });
  return { ...node, entries: new Map(entries) };
}
