/** Values of which one holds: limits, sharing, environment. */
import type { Said } from "../../contract/index.ts";

/** One who says something, in the order of names. */
export interface Voice<T> {
  readonly value: T;
  readonly from: string;
  readonly place: string | null;
}

/**
 * The largest of what groups say, and `fallback` only when none says anything. Null (off) is larger than any number;
 * of equals the first holds.
 */
export function largest<T extends number | null>(groups: readonly Voice<T>[], fallback: Voice<T>): Said<T> {
  const [first, ...others] = groups;
  if (first === undefined) return { ...fallback, over: [] };
  const winner = others.reduce((best, next) => (sizeOf(next.value) > sizeOf(best.value) ? next : best), first);
  return over(winner, [...groups, fallback]);
}

function sizeOf(value: number | null): number {
  return value ?? Number.POSITIVE_INFINITY;
}

/** A grant: once anybody says yes, it is given. */
export function anyYes(groups: readonly Voice<boolean>[], fallback: Voice<boolean>): Said<boolean> {
  const all = [...groups, fallback];
  const winner = all.find((voice) => voice.value) ?? groups[0] ?? fallback;
  return over(winner, all);
}

/** The first of `voices`, which come in the order of their weight. */
export function first<T>(voices: readonly Voice<T>[]): Said<T> | undefined {
  const [winner] = voices;
  return winner === undefined ? undefined : over(winner, voices);
}

function over<T>(winner: Voice<T>, all: readonly Voice<T>[]): Said<T> {
  return { ...winner, over: all.filter((voice) => voice !== winner) };
}
