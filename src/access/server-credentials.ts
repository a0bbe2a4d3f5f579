/** A server's own token and its OAuth client, given at each start and taken at each stop (contract 2.1, 2.4.5, 1.10). */
import {
  type Clock,
  fullServerName,
  HubError,
  isoTime,
  randomHex,
  Secret,
  type ServerName,
  serverClientId,
  serverPrefix,
  sha256,
  type UserName,
} from "../kernel/index.ts";
import { deleteToken, deleteTokensByNote, findUser, insertToken, inTransaction, type Store } from "../store/index.ts";
import type { Person } from "./identity.ts";
import { registerServerClient, removeServerClient } from "./oauth/clients.ts";
import { HUB_CLIENT, serverNote } from "./tokens.ts";

/** A server as its credentials name it. */
export interface ServerRef {
  /** Row of `servers`. */
  readonly serverId: number;
  readonly user: UserName;
  readonly server: ServerName;
}

/** Both at once, in one transaction: what the composition root plugs into the servers room. */
export interface ServerCredentials {
  /**
   * Replaces whatever the server had before: its token, its client, and all that the client gave out.
   * @throws HubError `not-found` when the person is gone, `conflict` when another server has the client id
   */
  issue(server: ServerRef): Promise<{ readonly tokenId: number; readonly token: Secret }>;
  /** Takes both, with every token and code of the client. Missing is fine. */
  revoke(server: ServerRef): Promise<void>;
}

export interface CredentialsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly baseUrl: string;
}

export function createServerCredentials(parts: CredentialsParts): ServerCredentials {
  const { store, baseUrl } = parts;
  return {
    issue: ({ serverId, user, server }) =>
      inTransaction(store.db, async (db) => {
        const inside = { ...parts, store: { ...store, db } };
        const owner = await findUser(db, user);
        if (owner === undefined) {
          throw new HubError("not-found", `The server cannot start: ${user} is not on this hub any more.`);
        }
        const prefix = serverPrefix(baseUrl, user, server);
        await deleteTokensByNote(db, owner.id, HUB_CLIENT, serverNote(prefix));
        const { tokenId, secret } = await issueServerToken(inside, { owner: { id: owner.id, name: user }, server });
        await registerServerClient(inside.store, {
          serverId,
          user,
          server,
          secret,
          redirectUri: `${prefix}oauth_callback`,
          description: serverNote(prefix),
          allowedScopes: [],
        });
        return { tokenId, token: secret };
      }),

    revoke: ({ serverId, user, server }) =>
      inTransaction(store.db, async (db) => {
        const owner = await findUser(db, user);
        if (owner === undefined) return;
        await deleteTokensByNote(db, owner.id, HUB_CLIENT, serverNote(serverPrefix(baseUrl, user, server)));
        await removeServerClient({ ...store, db }, serverClientId(user, server), serverId);
      }),
  };
}

/** The token alone. It does not expire: a server may run for months, and stopping it takes the token away. */
export async function issueServerToken(
  { store, clock, baseUrl }: CredentialsParts,
  { owner, server }: { readonly owner: Pick<Person, "id" | "name">; readonly server: ServerName },
): Promise<{ readonly tokenId: number; readonly secret: Secret }> {
  const secret = new Secret(randomHex());
  const tokenId = await insertToken(store.db, {
    userId: owner.id,
    hash: sha256(secret.reveal()),
    note: serverNote(serverPrefix(baseUrl, owner.name, server)),
    scopes: ["users:activity!user", `access:servers!server=${fullServerName(owner.name, server)}`],
    clientId: HUB_CLIENT,
    sessionId: null,
    created: isoTime(clock.now()),
    expiresAt: null,
  });
  return { tokenId, secret };
}

export async function revokeServerToken({ store }: CredentialsParts, tokenId: number): Promise<void> {
  await deleteToken(store.db, tokenId);
}
