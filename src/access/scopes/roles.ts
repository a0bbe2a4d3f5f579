/** The default roles as scopes (contract 4.2). There are no others yet. */

/** What `self` stands for, each limited to the owner (contract 4.4). */
export const SELF_SCOPES: readonly string[] = [
  "read:users",
  "users:shares",
  "read:shares",
  "users:activity",
  "servers",
  "tokens",
  "access:servers",
];

/** Identity scopes that every token may use on its owner (contract 4.5). */
export const IDENTITY_SCOPES: readonly string[] = ["read:users:name!user", "read:users:groups!user"];

/** What a server's own token may do (contract 2.4). */
export const SERVER_SCOPES: readonly string[] = ["users:activity!user", "access:servers!server"];

const ADMIN_SCOPES: readonly string[] = [
  "admin-ui",
  "admin:users",
  "admin:servers",
  "admin:services",
  "tokens",
  "admin:groups",
  "list:services",
  "read:services",
  "read:hub",
  "proxy",
  "shutdown",
  "access:services",
  "access:servers",
  "read:roles",
  "read:metrics",
  "shares",
];

const ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["user", ["self"]],
  ["admin", ADMIN_SCOPES],
  ["server", SERVER_SCOPES],
  ["token", ["inherit"]],
]);

/** Names of a person's roles, as `GET API/users/{name}` shows them. */
export function rolesOf(person: { readonly admin: boolean }): readonly string[] {
  return person.admin ? ["user", "admin"] : ["user"];
}

/** Raw scopes of a role; undefined when there is no such role. */
export function scopesOfRole(name: string): readonly string[] | undefined {
  return ROLES.get(name);
}
