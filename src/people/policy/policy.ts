/**
 * What members of some groups get. Grants add up; limits take the largest of what the groups say, and `server` speaks
 * only when none of them does; of two that set the same variable or target, the higher priority holds, then the
 * earlier name. So the order in which groups are listed anywhere does not matter.
 */
import type { ConfigSnapshot } from "../../config/index.ts";
import type { GroupConfig, PolicyView, Said } from "../../contract/index.ts";
import { type Path, placeText } from "../rules/cause.ts";
import { anyYes, first, largest, type Voice } from "./limits.ts";
import { mergeMounts } from "./mounts.ts";

type Limit = "memory" | "cpus" | "pids" | "maximumServers";
type Time = "idleTimeout" | "maximumAge";

interface Speaker {
  readonly name: string;
  readonly says: GroupConfig;
}

/** @param names configured groups, sorted */
export function policyOfGroups(
  snapshot: ConfigSnapshot,
  groups: ReadonlyMap<string, GroupConfig>,
  names: readonly string[],
): PolicyView {
  const { server } = snapshot.config;
  const speakers = names.flatMap((name): Speaker[] => {
    const says = groups.get(name);
    return says === undefined ? [] : [{ name, says }];
  });
  // Stable, so that equals stay in the order of names.
  const weighty = speakers.toSorted((a, b) => b.says.priority - a.says.priority);
  const place = (path: Path) => placeText(snapshot.placeOf(path));
  const voiceOf = <T>(value: T, path: Path): Voice<T> => ({ value, from: path.join("."), place: place(path) });

  const voices = <T>(key: keyof GroupConfig, read: (says: GroupConfig) => T | undefined): Voice<T>[] =>
    speakers.flatMap(({ name, says }) => {
      const value = read(says);
      return value === undefined ? [] : [voiceOf(value, ["groups", name, key])];
    });
  const limit = (key: Limit): Said<number> =>
    largest(
      voices(key, (says) => says[key]),
      voiceOf(server[key], ["server", key]),
    );
  const time = (key: Time): Said<number | null> =>
    largest(
      voices(key, (says) => says[key]),
      voiceOf(server[key], ["server", key]),
    );

  const variables = [
    ...weighty.map(({ name, says }) => ({ path: ["groups", name, "environment"], variables: says.environment })),
    { path: ["server", "environment"], variables: server.environment },
  ];
  const environment: [string, Said<string>][] = [];
  for (const variable of new Set(variables.flatMap((from) => Object.keys(from.variables)).sort())) {
    const said = first(
      variables.flatMap(({ path, variables: from }) => {
        const value = Object.hasOwn(from, variable) ? from[variable] : undefined;
        return value === undefined ? [] : [voiceOf(value, [...path, variable])];
      }),
    );
    if (said !== undefined) environment.push([variable, said]);
  }

  const mounts = [
    ...weighty.map(({ name, says }) => ({ path: ["groups", name, "mounts"], mounts: says.mounts })),
    { path: ["server", "mounts"], mounts: server.mounts },
  ].flatMap((from) =>
    from.mounts.map((mount, index) => ({ mount, from: from.path.join("."), place: place([...from.path, index]) })),
  );

  const policy = {
    memory: limit("memory"),
    cpus: limit("cpus"),
    pids: limit("pids"),
    maximumServers: limit("maximumServers"),
    idleTimeout: time("idleTimeout"),
    maximumAge: time("maximumAge"),
    sharing: anyYes(
      voices("sharing", (says) => says.sharing),
      voiceOf(server.sharing, ["server", "sharing"]),
    ),
    environment: Object.fromEntries(environment),
    mounts: mergeMounts(mounts),
    profiles: profilesFor(snapshot, speakers),
    images: imagesFor(snapshot, speakers),
    groupIds: groupIdsFor(snapshot, speakers),
  };
  freeze(policy);
  // Its lists are frozen, which the contract's type, made for JSON, does not say.
  return policy as PolicyView;
}

/** In the order of the start page. */
function profilesFor(snapshot: ConfigSnapshot, speakers: readonly Speaker[]): PolicyView["profiles"] {
  return snapshot.config.profiles.flatMap(({ name, everyone }, index) => {
    if (everyone) {
      return [{ name, from: `profiles.${name}`, place: placeText(snapshot.placeOf(["profiles", index])) }];
    }
    const speaker = speakers.find(({ says }) => says.profiles.includes(name));
    if (speaker === undefined) return [];
    const path = ["groups", speaker.name, "profiles", speaker.says.profiles.indexOf(name)];
    return [{ name, from: `groups.${speaker.name}.profiles`, place: placeText(snapshot.placeOf(path)) }];
  });
}

function imagesFor(snapshot: ConfigSnapshot, speakers: readonly Speaker[]): PolicyView["images"] {
  const images = new Map<string, PolicyView["images"][number]>();
  for (const { name, says } of speakers) {
    for (const [index, reference] of says.images.entries()) {
      const place = placeText(snapshot.placeOf(["groups", name, "images", index]));
      if (!images.has(reference)) images.set(reference, { reference, from: `groups.${name}.images`, place });
    }
  }
  return [...images.values()];
}

/** All that are said, by number; who said one first is named. */
function groupIdsFor(snapshot: ConfigSnapshot, speakers: readonly Speaker[]): PolicyView["groupIds"] {
  const said = [
    { path: ["server", "groupIds"], ids: snapshot.config.server.groupIds },
    ...speakers.map(({ name, says }) => ({ path: ["groups", name, "groupIds"], ids: says.groupIds })),
  ];
  const groups = new Map<number, PolicyView["groupIds"][number]>();
  for (const { path, ids } of said) {
    for (const [index, value] of ids.entries()) {
      const place = placeText(snapshot.placeOf([...path, index]));
      if (!groups.has(value)) groups.set(value, { value, from: path.join("."), place });
    }
  }
  return [...groups.values()].sort((a, b) => a.value - b.value);
}

/** Everybody with the same groups is given the same object. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const inner of Object.values(value)) freeze(inner);
  Object.freeze(value);
}
