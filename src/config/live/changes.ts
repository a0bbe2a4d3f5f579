/** What differs between two configurations, by the keys that say it. */
import { type ConfigChange, RESTART_KEYS } from "../../contract/index.ts";
import { secretRefs } from "../build/secret-values.ts";
import { maskedConfig, type ShownConfig } from "../shown/masked.ts";
import type { ConfigSnapshot } from "../snapshot.ts";

/** A port that is listened on, so it needs a restart as `listen` does; all else of `tls` applies live. */
export const REDIRECT_KEY = "tls.redirectFrom";

type Data = Readonly<Record<string, unknown>>;

/**
 * Every key that differs, as deep as maps go; profiles by their names. Secrets are seen by name only, and passwords in
 * addresses not at all.
 */
export function diffConfigs(before: ShownConfig, after: ShownConfig): ConfigChange[] {
  const changes: ConfigChange[] = [];
  compare(shaped(before), shaped(after), []);
  return changes;

  function compare(one: unknown, other: unknown, path: readonly string[]): void {
    if (isMap(one) && isMap(other)) {
      for (const key of keysOf(one, other)) compare(one[key], other[key], [...path, key]);
      return;
    }
    if (same(one, other)) return;
    changes.push({ path: path.join("."), before: one ?? null, after: other ?? null, live: isLive(path, one, other) });
  }

  function isLive(path: readonly string[], one: unknown, other: unknown): boolean {
    if (path.length === 1 && path[0] === "tls") return one !== undefined && other !== undefined;
    if (path.join(".") === REDIRECT_KEY) return false;
    if (path[0] === "registry" && path.length > 1) return path[1] !== "port";
    return !(RESTART_KEYS as readonly string[]).includes(path[0] ?? "");
  }
}

/** Plain data, as it also comes from a running hub. */
function shaped(config: ShownConfig): unknown {
  const masked = maskedConfig(config);
  const list = Array.isArray(config.profiles) ? config.profiles : [];
  const profiles = Object.fromEntries(list.map((profile, index) => [nameOf(profile) ?? String(index), profile]));
  return JSON.parse(JSON.stringify({ ...masked, profiles }));
}

function nameOf(profile: unknown): string | undefined {
  return isMap(profile) && typeof profile.name === "string" ? profile.name : undefined;
}

/**
 * Keys whose effect differs between two snapshots, at most two names deep: `logLevel`, `server.memory`, `groups.staff`;
 * also for what is read from other files: `people.usersFile`, `people.hostAccounts`, `tls`, and whoever names a secret.
 */
export function changedPaths(before: ConfigSnapshot, after: ConfigSnapshot): readonly string[] {
  const changed = new Set<string>();
  const one: Data = before.config;
  const other: Data = after.config;
  for (const key of keysOf(one, other)) {
    const [a, b] = [one[key], other[key]];
    if (!isMap(a) || !isMap(b)) {
      if (!same(a, b)) changed.add(key);
      continue;
    }
    for (const inner of keysOf(a, b)) if (!same(a[inner], b[inner])) changed.add(`${key}.${inner}`);
  }
  for (const source of ["people.usersFile", "people.hostAccounts"] as const)
    if (declaredBy(before, source) !== declaredBy(after, source)) changed.add(source);
  if (before.tls?.certificate !== after.tls?.certificate || before.tls?.key.reveal() !== after.tls?.key.reveal())
    changed.add("tls");
  for (const address of new Set([...before.authorities.keys(), ...after.authorities.keys()]))
    if (before.authorities.get(address) !== after.authorities.get(address)) changed.add(`registries.${address}`);
  for (const { path, ref } of secretRefs(after.config)) {
    const old = secretRefs(before.config).find((each) => each.ref.secret === ref.secret);
    if (old !== undefined && before.secret(old.ref).reveal() !== after.secret(ref).reveal())
      changed.add(path.slice(0, 2).join("."));
  }
  return [...changed];
}

/** Keys that the running processes cannot take over. */
export function restartPaths(started: ConfigSnapshot, now: ConfigSnapshot): readonly string[] {
  const changed = changedPaths(started, now);
  // Of the registry, the limit applies live; its port is another place to listen at.
  const keys = RESTART_KEYS.filter(
    (key) => changed.includes(key) || (key === "registry" && changed.includes("registry.port")),
  );
  if ((started.tls === undefined) !== (now.tls === undefined)) return [...keys, "tls"];
  return redirectFrom(started) === redirectFrom(now) ? keys : [...keys, REDIRECT_KEY];
}

function redirectFrom({ config }: ConfigSnapshot): number | undefined {
  return config.tls?.redirectFrom;
}

function declaredBy(snapshot: ConfigSnapshot, source: string): string {
  return JSON.stringify(
    [...snapshot.declared.values()].flatMap((person) =>
      person.source === source ? [[person.name, person.admin]] : [],
    ),
  );
}

function isMap(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keysOf(one: Data, other: Data): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Maps in one order of keys, since the order in a file says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
