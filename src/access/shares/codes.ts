/** Share codes: a link by which whoever has it lets themselves into a server (contract 3.4, 3.5). */
import { HubError, isoTime, randomHex, Secret, sha256, type UserName } from "../../kernel/index.ts";
import {
  deleteShareCodes,
  exchangeShareCode,
  findServerOwner,
  findShareCode,
  insertShareCode,
  inTransaction,
  listShareCodes,
  purgeShareCodes,
  type ShareCodeRow,
  type ShareRow,
} from "../../store/index.ts";
import type { Identity, Person } from "../identity.ts";
import { wordsOf } from "../scopes/words.ts";
import { requireHeld, sharedScopes } from "./scopes.ts";
import { type Page, requireServer, type ServerAt, type SharesParts, serverIdOf } from "./server-at.ts";

/** Seconds (contract 3.5). */
const LIFE = { shortest: 60, usual: 86_400, longest: 31_536_000 } as const;

export interface ShareCodes {
  /** Unexpired codes of one server, or of all servers of a person. */
  list(
    of: ServerAt | { readonly owner: UserName },
    page: Page,
  ): Promise<{ readonly rows: readonly ShareCodeRow[]; readonly total: number }>;
  /**
   * The code is returned here and never again.
   * @throws HubError `bad-request` (scopes, lifetime), `forbidden` for scopes that `by` does not hold, `not-found` (server)
   */
  create(request: {
    readonly by: Identity;
    readonly server: ServerAt;
    /** Absent: access alone. */
    readonly scopes?: readonly string[] | undefined;
    /** Absent: a day. */
    readonly expiresInSeconds?: number | undefined;
  }): Promise<{ readonly row: ShareCodeRow; readonly code: Secret }>;
  /** What was taken by it stays. False when there is no such code of this server; all of none is fine. */
  remove(server: ServerAt, which: { readonly id: string } | { readonly code: string } | "all"): Promise<boolean>;
  /** What a person is asked to accept. @throws HubError `not-found` for unknown and expired codes, `bad-request` for one's own */
  inspect(code: string, person: Person): Promise<ShareOffer>;
  /** Gives the person the share. @throws HubError as `inspect` */
  exchange(code: string, person: Person): Promise<ShareRow>;
  /** Deletes expired rows and says how many. */
  purgeExpired(): Promise<number>;
}

export interface ShareOffer extends ShareCodeRow {
  /** What each scope allows, in plain English. */
  readonly words: readonly string[];
}

export function createShareCodes({ store, clock }: SharesParts): ShareCodes {
  const { db } = store;
  const now = () => isoTime(clock.now());

  async function inspect(code: string, person: Person): Promise<ShareOffer> {
    const row = await findShareCode(db, sha256(code), now());
    if (row === undefined) throw unknownCode();
    if (row.server.user === person.name)
      throw new HubError("bad-request", "You cannot accept your own share: the server is yours. Send the link on.");
    const filter = `!server=${row.server.user}/${row.server.name}`;
    return { ...row, words: row.scopes.map((scope) => wordsOf(`${scope}${filter}`, person.name)) };
  }

  return {
    async list(of, page) {
      if ("server" in of) {
        const serverId = await serverIdOf(store, of);
        return serverId === undefined
          ? { rows: [], total: 0 }
          : listShareCodes(db, { serverId }, { ...page, now: now() });
      }
      const owner = await findServerOwner(db, of.owner);
      return owner === undefined
        ? { rows: [], total: 0 }
        : listShareCodes(db, { ownerId: owner.id }, { ...page, now: now() });
    },

    async create({ by, server, scopes, expiresInSeconds }) {
      const shared = sharedScopes(server, scopes ?? ["access:servers"]);
      requireHeld(by, server, shared);
      const life = lifeOf(expiresInSeconds);
      const code = new Secret(randomHex());
      const row = await inTransaction(db, async (trx) => {
        const created = clock.now();
        const times = { now: isoTime(created), expiresAt: isoTime(created + life * 1000) };
        const serverId = await requireServer({ ...store, db: trx }, server, times.now);
        return insertShareCode(trx, { serverId, hash: sha256(code.reveal()), scopes: shared, ...times });
      });
      return { row, code };
    },

    async remove(server, which) {
      const serverId = await serverIdOf(store, server);
      if (serverId === undefined) return which === "all";
      if (which === "all") {
        await deleteShareCodes(db, serverId, "all");
        return true;
      }
      if ("code" in which) return (await deleteShareCodes(db, serverId, { hash: sha256(which.code) })) > 0;
      const number = /^sc_([1-9]\d{0,8})$/.exec(which.id)?.[1];
      return number !== undefined && (await deleteShareCodes(db, serverId, { id: Number(number) })) > 0;
    },

    inspect,

    async exchange(code, person) {
      await inspect(code, person);
      const share = await exchangeShareCode(db, { hash: sha256(code), userId: person.id, now: now() });
      if (share === undefined) throw unknownCode();
      return share;
    },

    purgeExpired: () => purgeShareCodes(db, now()),
  };
}

/** Guessed, used up by time, deleted: all look alike. */
function unknownCode(): HubError {
  return new HubError(
    "not-found",
    "This link does not work: it has expired, was taken back, or part of it is missing. Ask whoever sent it for a new one.",
  );
}

function lifeOf(seconds: number = LIFE.usual): number {
  if (Number.isSafeInteger(seconds) && seconds >= LIFE.shortest && seconds <= LIFE.longest) return seconds;
  throw new HubError(
    "bad-request",
    `expires_in must be a whole number of seconds from ${LIFE.shortest} to ${LIFE.longest}.`,
  );
}
