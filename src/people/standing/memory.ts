/** Everybody's standing in memory: derived from database and configuration, never the authority for either. */
import type { UserName } from "../../kernel/index.ts";
import type { PersonFacts } from "./facts.ts";
import type { Standing } from "./standing.ts";

export interface Entry {
  readonly facts: PersonFacts;
  readonly standing: Standing;
}

export interface Memory {
  byId(id: number): Entry | undefined;
  byName(name: UserName): Entry | undefined;
  /** True when groups, rights or name are others than before. */
  put(entry: Entry): boolean;
  forget(id: number): void;
  /** Names of a group's members, sorted. */
  membersOf(group: string): readonly UserName[];
  /** Ids of a group's members. */
  idsOf(group: string): readonly number[];
  countOf(group: string): number;
  /** Groups that have a row, with its id. */
  readonly groups: Map<string, number>;
  /** Puts all of this in the place of what was known. */
  replace(entries: Iterable<Entry>, groups: ReadonlyMap<string, number>): void;
}

export function createMemory(): Memory {
  const people = new Map<number, Entry>();
  const names = new Map<UserName, number>();
  const members = new Map<string, Set<number>>();
  /** Of groups that were asked for and have not changed since. */
  const sorted = new Map<string, readonly UserName[]>();
  const groups = new Map<string, number>();

  function join(group: string, id: number): void {
    const found = members.get(group);
    if (found === undefined) members.set(group, new Set([id]));
    else found.add(id);
    sorted.delete(group);
  }

  function forget(id: number): void {
    const entry = people.get(id);
    if (entry === undefined) return;
    people.delete(id);
    if (names.get(entry.facts.name) === id) names.delete(entry.facts.name);
    for (const group of entry.standing.groups) {
      members.get(group)?.delete(id);
      sorted.delete(group);
    }
  }

  function put(entry: Entry): boolean {
    const { id, name } = entry.facts;
    const before = people.get(id);
    forget(id);
    people.set(id, entry);
    names.set(name, id);
    for (const group of entry.standing.groups) join(group, id);
    return before === undefined || before.facts.name !== name || !sameStanding(before.standing, entry.standing);
  }

  return {
    byId: (id) => people.get(id),
    byName: (name) => {
      const id = names.get(name);
      return id === undefined ? undefined : people.get(id);
    },
    put,
    forget,
    membersOf: (group) => {
      let list = sorted.get(group);
      if (list === undefined) {
        const ids = [...(members.get(group) ?? [])];
        list = ids.flatMap((id) => people.get(id)?.facts.name ?? []).sort();
        sorted.set(group, list);
      }
      return list;
    },
    idsOf: (group) => [...(members.get(group) ?? [])],
    countOf: (group) => members.get(group)?.size ?? 0,
    groups,
    replace: (entries, rows) => {
      for (const map of [people, names, members, sorted, groups]) map.clear();
      for (const entry of entries) put(entry);
      for (const [name, id] of rows) groups.set(name, id);
    },
  };
}

export function sameStanding(a: Standing, b: Standing): boolean {
  return (
    a.admin === b.admin &&
    a.suspended === b.suspended &&
    a.groups.length === b.groups.length &&
    a.groups.every((group, index) => group === b.groups[index])
  );
}
