/** A policy as lines to be read: what somebody gets, who said it, and what was said too and lost. Pure; words come later. */
import type { PolicyView, Said } from "../../../src/contract/index.ts";

/** Who says something. `group` only when the rule is a group's. */
export interface Origin {
  readonly kind: "default" | "everybody" | "group" | "profile" | "other";
  readonly group: string | null;
  /** The key in the configuration: `groups.staff.memory`. */
  readonly path: string;
  /** `hublet.yaml:12:3`, when it is written anywhere. */
  readonly place: string | null;
}

export type Value =
  | { readonly kind: "bytes" | "cpus" | "pids" | "servers"; readonly value: number }
  /** Seconds; null is never. */
  | { readonly kind: "time"; readonly value: number | null }
  | { readonly kind: "sharing"; readonly value: boolean }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "mount"; readonly source: string; readonly target: string; readonly readOnly: boolean };

/** `what` names the line in the catalogue; `of` is the variable, for the environment. */
export interface PolicyLine {
  readonly what: LineName;
  readonly of: string | null;
  readonly value: Value;
  readonly origin: Origin;
  readonly over: readonly { readonly value: Value; readonly origin: Origin }[];
}
export type LineName =
  | "memory"
  | "cpus"
  | "pids"
  | "maximumServers"
  | "idleTimeout"
  | "maximumAge"
  | "sharing"
  | "mount"
  | "profile"
  | "image"
  | "groupId"
  | "environment";

interface From {
  readonly from: string;
  readonly place: string | null;
}

/** In the order in which people ask: limits, times, then what is granted. */
export function policyLines(policy: PolicyView, groups: readonly string[]): readonly PolicyLine[] {
  const line = <T>(what: LineName, said: Said<T>, value: (one: T) => Value, of: string | null = null): PolicyLine => ({
    what,
    of,
    value: value(said.value),
    origin: originOf(said, groups),
    over: said.over.map((one) => ({ value: value(one.value), origin: originOf(one, groups) })),
  });
  const grant = (what: LineName, from: From, value: Value): PolicyLine => ({
    what,
    of: null,
    value,
    origin: originOf(from, groups),
    over: [],
  });
  return [
    line("memory", policy.memory, (value) => ({ kind: "bytes", value })),
    line("cpus", policy.cpus, (value) => ({ kind: "cpus", value })),
    line("pids", policy.pids, (value) => ({ kind: "pids", value })),
    line("maximumServers", policy.maximumServers, (value) => ({ kind: "servers", value })),
    line("idleTimeout", policy.idleTimeout, (value) => ({ kind: "time", value })),
    line("maximumAge", policy.maximumAge, (value) => ({ kind: "time", value })),
    line("sharing", policy.sharing, (value) => ({ kind: "sharing", value })),
    ...policy.mounts.map((mount) =>
      grant("mount", mount, {
        kind: "mount",
        source: mount.source,
        target: mount.target,
        readOnly: mount.readOnly,
      }),
    ),
    ...policy.profiles.map((profile) => grant("profile", profile, { kind: "text", value: profile.name })),
    ...policy.images.map((image) => grant("image", image, { kind: "text", value: image.reference })),
    ...policy.groupIds.map((group) => grant("groupId", group, { kind: "text", value: String(group.value) })),
    ...Object.entries(policy.environment).map(([name, said]) =>
      line("environment", said, (value) => ({ kind: "text", value }), name),
    ),
  ];
}

/**
 * Whose rule it is. Names of groups may contain dots, so the known ones are tried, longest first; what is not written
 * anywhere is Hublet's own default.
 */
export function originOf({ from, place }: From, groups: readonly string[]): Origin {
  if (from.startsWith("groups.")) {
    const rest = from.slice("groups.".length);
    const fits = groups.filter((name) => rest === name || rest.startsWith(`${name}.`));
    const group = fits.toSorted((a, b) => b.length - a.length)[0] ?? rest.split(".")[0] ?? rest;
    return { kind: "group", group, path: from, place };
  }
  const said = from.startsWith("server") ? "everybody" : from.startsWith("profiles") ? "profile" : "other";
  const kind = place === null && said === "everybody" ? "default" : said;
  return { kind, group: null, path: from, place };
}

/** What one group gives here: the lines that hold because of it. */
export function givenBy(lines: readonly PolicyLine[], group: string): readonly PolicyLine[] {
  return lines.filter(({ origin }) => origin.group === group);
}
