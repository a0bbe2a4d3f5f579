/** JupyterHub's models, as the caller may see them (contract 3.2–3.4). */
import type { Identity } from "../../access/index.ts";
import { fullServerName, urlName } from "../../kernel/index.ts";
import type { Person } from "../../people/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { HubServices } from "../services.ts";
import { may } from "./caller.ts";

type Key =
  | "name"
  | "admin"
  | "roles"
  | "groups"
  | "server"
  | "pending"
  | "created"
  | "last_activity"
  | "servers"
  | "auth_state"
  | "user_info";

/** Which keys each scope shows; a caller sees the union (contract 3.2). */
const KEYS_OF_SCOPE: readonly (readonly [scope: string, keys: readonly Key[]])[] = [
  ["read:users", ["name", "admin", "roles", "groups", "server", "pending", "created", "last_activity", "user_info"]],
  ["read:users:name", ["name", "admin", "user_info"]],
  ["read:users:groups", ["name", "groups"]],
  ["read:users:activity", ["name", "last_activity"]],
  ["read:servers", ["name", "servers"]],
  ["read:roles:users", ["name", "roles", "admin"]],
  ["admin:auth_state", ["name", "auth_state"]],
];

/** Scopes any of which lets a caller read something of a person. */
export const READ_USER_SCOPES = KEYS_OF_SCOPE.map(([scope]) => scope).filter((scope) => scope !== "admin:auth_state");

export interface UserModelOptions {
  /** Stopped servers too, the default one always. */
  readonly includeStopped: boolean;
}

export function userModel(
  services: HubServices,
  person: Person,
  servers: readonly ServerRecord[],
  identity: Identity,
  options: UserModelOptions,
): Record<string, unknown> {
  const keys = new Set(
    KEYS_OF_SCOPE.filter(([scope]) => may(identity, scope, { user: person.name })).flatMap(([, shown]) => shown),
  );
  const fallback = servers.find((server) => server.name === "");
  const values: Readonly<Record<Key, unknown>> = {
    name: person.name,
    admin: person.admin,
    roles: person.admin ? ["admin", "user"] : ["user"],
    groups: services.people.groupsOf(person.name),
    server: fallback?.ready === true ? fallback.url : null,
    pending: fallback?.pending ?? null,
    created: person.created,
    last_activity: person.lastActivity,
    servers: serversModel(services, servers, identity, options.includeStopped),
    auth_state: null,
    user_info: null,
  };
  return { kind: "user", ...Object.fromEntries(Object.entries(values).filter(([key]) => keys.has(key as Key))) };
}

function serversModel(
  services: HubServices,
  servers: readonly ServerRecord[],
  identity: Identity,
  includeStopped: boolean,
): Record<string, unknown> {
  const shown = servers.filter(
    (server) =>
      (includeStopped || server.ready || server.pending !== null) &&
      may(identity, "read:servers", { user: server.user, server: server.name }),
  );
  return Object.fromEntries(shown.map((server) => [server.name, serverModel(services, server, identity)]));
}

export function serverModel(services: HubServices, server: ServerRecord, identity: Identity): Record<string, unknown> {
  const path = `${services.baseUrl}hub/api/users/${urlName(server.user)}`;
  const { publicUrl } = services.config();
  const origin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const progress = `${path}/${server.name === "" ? "server" : `servers/${urlName(server.name)}`}/progress`;
  return {
    name: server.name,
    display_name: server.displayName,
    full_name: fullServerName(server.user, server.name),
    last_activity: server.lastActivity,
    started: server.started,
    pending: server.pending,
    ready: server.ready,
    stopped: !server.ready && server.pending === null,
    url: server.url,
    user_options: server.options,
    progress_url: progress,
    full_url: origin === undefined ? null : `${origin}${server.url}`,
    full_progress_url: origin === undefined ? null : `${origin}${progress}`,
    ...(may(identity, "admin:server_state", { user: server.user, server: server.name })
      ? { state: server.engineState }
      : {}),
  };
}

type GroupKey = "name" | "users" | "properties" | "roles";

const KEYS_OF_GROUP_SCOPE: readonly (readonly [scope: string, keys: readonly GroupKey[]])[] = [
  ["read:groups", ["name", "users", "properties"]],
  ["read:groups:name", ["name"]],
  ["read:roles:groups", ["name", "roles"]],
];

/** Scopes any of which lets a caller read something of a group. */
export const READ_GROUP_SCOPES = KEYS_OF_GROUP_SCOPE.map(([scope]) => scope);

/** `users` are all who are in it now, by whichever rule. */
export async function groupModel(
  services: HubServices,
  name: string,
  identity: Identity,
): Promise<Record<string, unknown>> {
  const { groups } = services.people;
  const keys = new Set(
    KEYS_OF_GROUP_SCOPE.filter(([scope]) => may(identity, scope, { group: name })).flatMap(([, shown]) => shown),
  );
  const values: Readonly<Record<GroupKey, unknown>> = {
    name,
    users: keys.has("users") ? groups.membersOf(name) : [],
    properties: keys.has("properties") ? await groups.propertiesOf(name) : {},
    roles: [],
  };
  return { kind: "group", ...Object.fromEntries(Object.entries(values).filter(([key]) => keys.has(key as GroupKey))) };
}
