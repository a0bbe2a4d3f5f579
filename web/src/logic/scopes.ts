/** Scopes of tokens in words. Keys of words are in the catalogue (`scopes.*`); unknown scopes are shown as they are. */

/** What a person can pick for a token, widest first; `own` ones are limited to the person. */
export const CHOICES = [
  { scope: "access:servers", own: true, word: "accessOwn" },
  { scope: "servers", own: true, word: "serversOwn" },
  { scope: "read:servers", own: true, word: "readServersOwn" },
  { scope: "read:users", own: true, word: "readUserOwn" },
  { scope: "users:activity", own: true, word: "activityOwn" },
  { scope: "tokens", own: true, word: "tokensOwn" },
  { scope: "admin:users", own: false, word: "adminUsers" },
  { scope: "list:users", own: false, word: "listUsers" },
  { scope: "admin:servers", own: false, word: "adminServers" },
  { scope: "access:servers", own: false, word: "accessAll" },
  { scope: "read:metrics", own: false, word: "metrics" },
] as const;
export type ScopeChoice = (typeof CHOICES)[number];
export type ScopeWord = ScopeChoice["word"];

/** Smaller scopes that a chosen one brings along (contract of scopes, "includes"): not worth a line of their own. */
const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  servers: ["read:servers", "start:servers", "delete:servers", "read:users:name"],
  "read:servers": ["read:users:name"],
  "read:users": ["read:users:name", "read:users:groups", "read:users:activity"],
  "list:users": ["read:users:name"],
  "users:activity": ["read:users:activity"],
  tokens: ["read:tokens"],
  "admin:users": [
    "admin:auth_state",
    "users",
    "read:users",
    "read:users:name",
    "read:users:groups",
    "read:users:activity",
    "list:users",
    "users:activity",
    "read:roles:users",
    "delete:users",
  ],
  "admin:servers": [
    "admin:server_state",
    "servers",
    "read:servers",
    "start:servers",
    "delete:servers",
    "read:users:name",
  ],
};

/** The scope to ask for. */
export function scopeOf(choice: ScopeChoice, user: string): string {
  return choice.own ? `${choice.scope}!user=${user}` : choice.scope;
}

export interface ScopeWords {
  /** The token can do whatever its owner can. */
  readonly all: boolean;
  readonly words: readonly ScopeWord[];
  /** Scopes without words, raw. */
  readonly others: readonly string[];
}

/** Every person holds these about themselves: a token with all of them can do what its owner can. */
const SELF = ["access:servers", "servers", "tokens", "read:users", "users:activity", "read:shares", "users:shares"];

/** What a token may do, from its scopes (raw or expanded). */
export function describeScopes(scopes: readonly string[], user: string): ScopeWords {
  const held = new Set(scopes.map((scope) => scope.replace(/!user$/, `!user=${user}`)));
  const has = (name: string) => held.has(name) || held.has(`${name}!user=${user}`);
  if (held.has("inherit") || held.has("self") || SELF.every(has)) return { all: true, words: [], others: [] };
  const covered = new Set<string>();
  for (const scope of held) {
    const [name = "", filter] = scope.split("!");
    for (const inner of INCLUDES[name] ?? []) {
      covered.add(filter === undefined ? inner : `${inner}!${filter}`);
      if (filter === undefined) covered.add(`${inner}!user=${user}`);
    }
    if (filter === undefined) covered.add(`${name}!user=${user}`);
  }
  const chosen = CHOICES.filter((choice) => held.has(scopeOf(choice, user)) && !covered.has(scopeOf(choice, user)));
  const known = new Set(chosen.map((choice) => scopeOf(choice, user)));
  return {
    all: false,
    words: chosen.map(({ word }) => word),
    others: [...held].filter((scope) => !known.has(scope) && !covered.has(scope)).toSorted(),
  };
}
