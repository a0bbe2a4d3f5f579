/** The scopes there are, what each includes (contract 4.4), and what they mean in words. */

interface Scope {
  /**
   * What a person reads on the confirmation page; starts with a verb. `words.ts` fills in `{people}`, `{whose}` and
   * `{servers}` by the filter.
   */
  readonly words: string;
  readonly includes?: readonly string[];
}

const SCOPES = {
  "admin:users": {
    words: "Add, change and remove {people}",
    includes: ["admin:auth_state", "users", "read:roles:users", "delete:users"],
  },
  "admin:auth_state": { words: "See what the sign-in service said about {people}" },
  users: { words: "Change {whose} account", includes: ["read:users", "list:users", "users:activity"] },
  "read:users": {
    words: "See {whose} account",
    includes: ["read:users:name", "read:users:groups", "read:users:activity"],
  },
  "list:users": { words: "Find {people} in the list of people", includes: ["read:users:name"] },
  "read:users:name": { words: "See {whose} name" },
  "read:users:groups": { words: "See {whose} groups" },
  "read:users:activity": { words: "See {whose} last activity" },
  "users:activity": { words: "Report {whose} activity", includes: ["read:users:activity"] },
  "read:roles:users": { words: "See {whose} roles" },
  "delete:users": { words: "Remove {people} from the hub" },
  "admin:servers": {
    words: "Manage {servers}, with their inner state",
    includes: ["admin:server_state", "servers"],
  },
  "admin:server_state": { words: "See the inner state of {servers}" },
  servers: { words: "Start and stop {servers}", includes: ["read:servers", "start:servers", "delete:servers"] },
  "read:servers": { words: "See {servers}", includes: ["read:users:name"] },
  "start:servers": { words: "Start {servers}" },
  "delete:servers": { words: "Stop {servers}" },
  tokens: { words: "Make and revoke {whose} API tokens", includes: ["read:tokens"] },
  "read:tokens": { words: "See {whose} API tokens, but not their secrets" },
  "admin:groups": {
    words: "Add, change and remove groups",
    includes: ["groups", "read:roles:groups", "delete:groups"],
  },
  groups: { words: "Change groups", includes: ["read:groups", "list:groups"] },
  "read:groups": { words: "See groups", includes: ["read:groups:name"] },
  "list:groups": { words: "List groups", includes: ["read:groups:name"] },
  "read:groups:name": { words: "See groups’ names" },
  "read:roles:groups": { words: "See groups’ roles" },
  "delete:groups": { words: "Remove groups" },
  "admin:services": {
    words: "Add, change and remove services",
    includes: ["list:services", "read:services", "read:roles:services"],
  },
  "list:services": { words: "List services", includes: ["read:services:name"] },
  "read:services": { words: "See services", includes: ["read:services:name"] },
  "read:services:name": { words: "See services’ names" },
  "read:roles:services": { words: "See services’ roles" },
  "read:roles": {
    words: "See roles",
    includes: ["read:roles:users", "read:roles:services", "read:roles:groups"],
  },
  shares: {
    words: "Share {servers} with others",
    includes: ["access:servers", "read:shares", "users:shares", "groups:shares"],
  },
  "read:shares": { words: "See with whom {servers} are shared" },
  "users:shares": { words: "Leave servers shared with {people}", includes: ["read:users:shares"] },
  "read:users:shares": { words: "See servers shared with {people}" },
  "groups:shares": { words: "Leave servers shared with groups", includes: ["read:groups:shares"] },
  "read:groups:shares": { words: "See servers shared with groups" },
  "access:servers": { words: "Open and use {servers}" },
  "access:services": { words: "Open and use services" },
  "admin-ui": { words: "Open the admin pages" },
  "read:hub": { words: "See details of the hub" },
  "read:metrics": { words: "Read the hub’s metrics" },
  proxy: { words: "See and change the proxy’s routes" },
  shutdown: { words: "Shut down the hub" },
} as const satisfies Record<string, Scope>;

const TABLE: ReadonlyMap<string, Scope> = new Map<string, Scope>(Object.entries(SCOPES));

/** Every scope name with itself and all it includes, through all levels. */
const CLOSURES: ReadonlyMap<string, readonly string[]> = new Map(
  [...TABLE.keys()].map((name) => [name, [...new Set(withIncluded(name))]]),
);

/** All scope names, without the meta scopes `self` and `inherit`. */
export const SCOPE_NAMES: readonly string[] = [...TABLE.keys()];

/** The scope itself and everything it includes; undefined when there is no such scope. */
export function closureOf(name: string): readonly string[] | undefined {
  return CLOSURES.get(name);
}

/** What the scope allows, in words; undefined when there is no such scope. */
export function meaningOf(name: string): string | undefined {
  return TABLE.get(name)?.words;
}

function withIncluded(name: string): string[] {
  return [name, ...(TABLE.get(name)?.includes ?? []).flatMap(withIncluded)];
}
