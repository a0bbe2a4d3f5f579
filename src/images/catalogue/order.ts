/** The order in which repositories are offered. */
import { matchesText } from "./matches.ts";

export interface OrderedRepository {
  readonly name: string;
  readonly preferred: boolean;
}

/** Those of the first pattern of `prefer` first, and so on, then all others; by name within each. */
export function orderRepositories(names: readonly string[], prefer: readonly string[]): OrderedRepository[] {
  const ranked = [...new Set(names)].map((name) => {
    const rank = prefer.findIndex((pattern) => matchesText(pattern, name));
    return { name, rank: rank === -1 ? prefer.length : rank };
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  return ranked.map(({ name, rank }) => ({ name, preferred: rank < prefer.length }));
}
