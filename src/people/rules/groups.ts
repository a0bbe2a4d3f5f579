/** Who is in which group, as the configuration says it. */
import type { Config, GroupConfig } from "../../contract/index.ts";
import { possibleName, type UserName } from "../../kernel/index.ts";
import type { ProviderId } from "../port.ts";
import type { Cause } from "./cause.ts";

export interface Membership {
  readonly group: string;
  readonly cause: Cause;
}

export interface GroupRules {
  /** Sorted by name, in the order of code units. */
  readonly configured: ReadonlyMap<string, GroupConfig>;
  /** Groups with members by name. */
  readonly byName: ReadonlyMap<UserName, readonly Membership[]>;
  /** Groups whose members are everybody. */
  readonly ofEverybody: readonly Membership[];
  /** Groups whose members are those of a provider's group. */
  ofProvider(provider: ProviderId, group: string): readonly Membership[];
}

export function groupRules(groups: Config["groups"]): GroupRules {
  const configured = new Map(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
  const byName = new Map<UserName, Membership[]>();
  const byProvider = new Map<string, Membership[]>();
  const ofEverybody: Membership[] = [];
  for (const [group, { members }] of configured) {
    const rule = `groups.${group}.members`;
    const path = ["groups", group, "members"];
    for (const [index, raw] of members.names.entries()) {
      const name = possibleName(raw);
      if (name === undefined) continue; // reported where the configuration is checked
      const text = `${rule}.names names “${name}”.`;
      add(byName, name, { group, cause: { text, path: [...path, "names", index] } });
    }
    for (const [index, entry] of members.github.entries()) {
      const text = `${rule}.github takes in members of ${entry} at GitHub.`;
      const cause = { text, path: [...path, "github", index] };
      add(byProvider, providerKey("github", entry.toLowerCase()), { group, cause });
    }
    for (const [method, entries] of Object.entries(members.oidc)) {
      for (const [index, entry] of entries.entries()) {
        const text = `${rule}.oidc.${method} takes in members of its group ${entry}.`;
        const cause = { text, path: [...path, "oidc", method, index] };
        add(byProvider, providerKey(`oidc:${method}`, entry), { group, cause });
      }
    }
    for (const [index, entry] of members.header.entries()) {
      const text = `${rule}.header takes in members of the group ${entry}.`;
      add(byProvider, providerKey("header", entry), { group, cause: { text, path: [...path, "header", index] } });
    }
    if (members.everyone) {
      ofEverybody.push({ group, cause: { text: `${rule}.everyone takes in everybody.`, path: [...path, "everyone"] } });
    }
  }
  return {
    configured,
    byName,
    ofEverybody,
    ofProvider: (provider, group) => byProvider.get(providerKey(provider, group)) ?? [],
  };
}

function add<K>(map: Map<K, Membership[]>, key: K, membership: Membership): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [membership]);
  // One entry written twice is one reason.
  else if (!found.some((other) => other.group === membership.group && other.cause.text === membership.cause.text))
    found.push(membership);
}

function providerKey(provider: ProviderId, group: string): string {
  return `${provider}\0${group}`;
}
