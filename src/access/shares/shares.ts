/** Letting others into a server: shares and share codes (contract 3.4, 3.5). */
import { HubError, isoTime, type UserName } from "../../kernel/index.ts";
import {
  deleteSharesOf,
  findGroup,
  findServerOwner,
  findShare,
  findUser,
  type GranteeRef,
  grantShare,
  inTransaction,
  listShares,
  revokeShare,
  type ShareRow,
  type Store,
} from "../../store/index.ts";
import type { Identity } from "../identity.ts";
import { createShareCodes, type ShareCodes } from "./codes.ts";
import { requireHeld, sharedScopes } from "./scopes.ts";
import { type Page, requireServer, type ServerAt, type SharesParts, serverIdOf } from "./server-at.ts";

/** Who is let in. A group needs its row: one of the configuration has none until the caller has seen to it. */
export type Grantee = { readonly user: UserName } | { readonly group: string };

export interface ShareRequest {
  /** Who shares: nobody gives what they do not hold themselves. */
  readonly by: Identity;
  readonly server: ServerAt;
  readonly to: Grantee;
  /** With or without this server's filter; absent: access alone (to give), everything (to take). */
  readonly scopes?: readonly string[] | undefined;
}

export interface Shares {
  /** Of one server, of all servers of a person, or those given to a person (alone and by their groups) or a group. */
  list(
    of: ServerAt | { readonly owner: UserName } | { readonly to: Grantee },
    page: Page,
  ): Promise<{ readonly rows: readonly ShareRow[]; readonly total: number }>;
  /** What this very person or group was given; undefined when nothing. */
  find(server: ServerAt, to: Grantee): Promise<ShareRow | undefined>;
  /**
   * Gives, beside what was given before. It counts from the next request on.
   * @throws HubError `bad-request` for unknown people, groups and scopes or other filters, `forbidden` for scopes that `by` does
   *   not hold, `not-found` (server)
   */
  grant(request: ShareRequest): Promise<ShareRow>;
  /** Takes away; what is left, or undefined. It counts from the next request on. @throws HubError `bad-request` (scopes) */
  revoke(request: Omit<ShareRequest, "by">): Promise<ShareRow | undefined>;
  /** Takes away every share of a server; its codes stay. */
  revokeAll(server: ServerAt): Promise<void>;
  readonly codes: ShareCodes;
}

export function createShares(parts: SharesParts): Shares {
  const { store, clock, authority } = parts;
  const { db } = store;

  return {
    async list(of, page) {
      if ("to" in of) {
        const to = await granteeOf(store, of.to);
        if (to === undefined) return { rows: [], total: 0 };
        const groups = "user" in of.to ? authority.groupsOf(of.to.user) : [];
        return listShares(db, "userId" in to ? { ...to, groups } : to, page);
      }
      if ("server" in of) {
        const serverId = await serverIdOf(store, of);
        return serverId === undefined ? { rows: [], total: 0 } : listShares(db, { serverId }, page);
      }
      const owner = await findServerOwner(db, of.owner);
      return owner === undefined ? { rows: [], total: 0 } : listShares(db, { ownerId: owner.id }, page);
    },

    async find(server, to) {
      const [serverId, grantee] = [await serverIdOf(store, server), await granteeOf(store, to)];
      return serverId === undefined || grantee === undefined ? undefined : findShare(db, serverId, grantee);
    },

    async grant({ by, server, to, scopes }) {
      const shared = sharedScopes(server, scopes ?? ["access:servers"]);
      requireHeld(by, server, shared);
      return inTransaction(db, async (trx) => {
        const inside = { ...store, db: trx };
        const now = isoTime(clock.now());
        const serverId = await requireServer(inside, server, now);
        return grantShare(trx, { serverId, to: await requireGrantee(inside, to), scopes: shared, now });
      });
    },

    async revoke({ server, to, scopes }) {
      const taken = scopes === undefined ? undefined : sharedScopes(server, scopes);
      const [serverId, grantee] = [await serverIdOf(store, server), await granteeOf(store, to)];
      if (serverId === undefined || grantee === undefined) return undefined;
      return revokeShare(db, { serverId, to: grantee, scopes: taken });
    },

    async revokeAll(server) {
      const serverId = await serverIdOf(store, server);
      if (serverId !== undefined) await deleteSharesOf(db, serverId);
    },

    codes: createShareCodes(parts),
  };
}

async function granteeOf({ db }: Store, to: Grantee): Promise<GranteeRef | undefined> {
  const row = "user" in to ? await findUser(db, to.user) : await findGroup(db, to.group);
  if (row === undefined) return undefined;
  return "user" in to ? { userId: row.id } : { groupId: row.id };
}

/** @throws HubError `bad-request` */
async function requireGrantee(store: Store, to: Grantee): Promise<GranteeRef> {
  const found = await granteeOf(store, to);
  if (found !== undefined) return found;
  throw new HubError("bad-request", `No such ${"user" in to ? `user: ${to.user}` : `group: ${to.group}`}`);
}
