/** What the endpoints of shares have in common: the server of a path, pages, and the models (contract 3.4, 3.6). */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Identity, ServerAt } from "../../access/index.ts";
import { fullServerName, HubError, type ServerName, serverName } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { ShareCodeRow, SharedServer, ShareRow } from "../../store/index.ts";
import type { HubServices } from "../services.ts";
import { callerWith, personOf } from "./caller.ts";
import { nameOf } from "./input.ts";
import { type Page, pageAnswer, pageOf } from "./paging.ts";

export const byOwner = z.object({ owner: z.string() });
/** The last segment is empty for the default server. */
export const byServer = z.object({ owner: z.string(), server: z.string() });

/**
 * The server of a path, when the caller holds one of the scopes for it.
 * @throws HubError `not-signed-in`, `forbidden`, `not-found`
 */
export async function serverOf(
  request: FastifyRequest,
  services: HubServices,
  scopes: readonly string[],
): Promise<{ readonly identity: Identity; readonly server: ServerAt }> {
  const params = request.params as z.output<typeof byServer>;
  const user = nameOf(params.owner);
  const identity = callerWith(request, scopes, { user, server: params.server });
  const server = { user, server: serverNamed(params.server) };
  await personOf(services, user);
  if ((await services.servers.get(server)) === undefined)
    throw new HubError("not-found", `No such server: ${fullServerName(user, server.server)}`);
  return { identity, server };
}

/** A server's name in a path; one that cannot exist is not found. @throws HubError `not-found` */
export function serverNamed(raw: string): ServerName {
  try {
    return serverName(raw);
  } catch (error) {
    throw new HubError("not-found", "No access to resources or resources not found", { cause: error });
  }
}

/** Shares come in pages, whatever the Accept header says (contract 3.6). */
export async function listAnswer<Row extends { readonly server: SharedServer }>(
  request: FastifyRequest,
  services: HubServices,
  list: (page: Page) => Promise<{ readonly rows: readonly Row[]; readonly total: number }>,
  model: (services: HubServices, row: Row, servers: Servers) => Record<string, unknown>,
): Promise<unknown> {
  const page = { ...pageOf(request), wrapped: true };
  const { rows, total } = await list(page);
  const servers = await serversOf(services, rows);
  return pageAnswer(
    request,
    page,
    rows.map((row) => model(services, row, servers)),
    total,
  );
}

/** Records by `user/server`. */
export type Servers = ReadonlyMap<string, ServerRecord>;

export async function serversOf(
  services: HubServices,
  rows: readonly { readonly server: SharedServer }[],
): Promise<Servers> {
  const owners = [...new Set(rows.map((row) => row.server.user))];
  const records = owners.length === 0 ? [] : [...(await services.servers.listOf(owners)).values()].flat();
  return new Map(records.map((record) => [fullServerName(record.user, record.name), record]));
}

export function shareModel(services: HubServices, share: ShareRow, servers: Servers): Record<string, unknown> {
  return {
    server: sharedServerModel(services, share.server, servers),
    scopes: scopesOf(share),
    user: share.user === null ? null : { name: share.user },
    group: share.group === null ? null : { name: share.group },
    kind: share.group === null ? "user" : "group",
    created_at: share.created,
  };
}

export function shareCodeModel(services: HubServices, code: ShareCodeRow, servers: Servers): Record<string, unknown> {
  return {
    server: sharedServerModel(services, code.server, servers),
    scopes: scopesOf(code),
    id: `sc_${code.id}`,
    created_at: code.created,
    expires_at: code.expiresAt,
    exchange_count: code.exchangeCount,
    last_exchanged_at: code.lastExchangedAt,
  };
}

/** As much of a server as those may know who only got into it. */
function sharedServerModel(services: HubServices, { user, name }: SharedServer, servers: Servers) {
  const record = servers.get(fullServerName(user, name));
  const { publicUrl } = services.config();
  const url = record?.url ?? null;
  return {
    user: { name: user },
    name,
    url,
    full_url: publicUrl === undefined || url === null ? null : `${new URL(publicUrl).origin}${url}`,
    ready: record?.ready ?? false,
  };
}

function scopesOf({ scopes, server }: { readonly scopes: readonly string[]; readonly server: SharedServer }): string[] {
  return scopes.map((scope) => `${scope}!server=${fullServerName(server.user, server.name)}`);
}
