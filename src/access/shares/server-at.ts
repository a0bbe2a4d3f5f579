/** The server that is shared, and what shares and their codes are made of alike. */
import { type Clock, HubError, type ServerName, type UserName } from "../../kernel/index.ts";
import { findServer, findServerOwner, insertServer, type Store } from "../../store/index.ts";
import type { Authority } from "../authority.ts";

export interface ServerAt {
  readonly user: UserName;
  /** `""` is the default server, which everybody has. */
  readonly server: ServerName;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface SharesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly authority: Authority;
}

/** Undefined for servers that are not there, and for a default server that was never started: nothing hangs on them. */
export async function serverIdOf({ db }: Store, { user, server }: ServerAt): Promise<number | undefined> {
  return (await findServer(db, user, server))?.id;
}

/** Shares need a row to hang on, which the default server gets at its first start otherwise. @throws HubError `not-found` */
export async function requireServer(store: Store, at: ServerAt, now: string): Promise<number> {
  const known = await serverIdOf(store, at);
  if (known !== undefined) return known;
  const owner = at.server === "" ? await findServerOwner(store.db, at.user) : undefined;
  if (owner === undefined) throw noServer(at.user, at.server);
  const row = await insertServer(store.db, { owner, name: at.server, displayName: "", options: {}, now });
  const id = row?.id ?? (await serverIdOf(store, at));
  if (id === undefined) throw noServer(at.user, at.server);
  return id;
}

function noServer(user: UserName, server: ServerName): HubError {
  return new HubError("not-found", `No such server: ${user}/${server}`);
}
