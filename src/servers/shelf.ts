/** Finding servers: rows by person and name, and records of them for the rooms above. */
import { DEFAULT_SERVER, HubError, type UserName } from "../kernel/index.ts";
import {
  findServer,
  findServerOwner,
  findServerOwners,
  insertServer,
  listServersIn,
  listServersOf,
  type ServerOwner,
  type ServerRow,
} from "../store/index.ts";
import type { Journal } from "./journal.ts";
import { ACTIVE_STATES, neverStarted } from "./record.ts";
import type { ServerKey, ServerRecord } from "./types.ts";

export class Shelf {
  readonly #journal: Journal;
  readonly #baseUrl: string;

  constructor(journal: Journal, baseUrl: string) {
    this.#journal = journal;
    this.#baseUrl = baseUrl;
  }

  async get(key: ServerKey): Promise<ServerRecord | undefined> {
    const row = await findServer(this.#journal.db, key.user, key.server);
    if (row !== undefined) return this.#journal.record(row);
    if (key.server !== DEFAULT_SERVER) return undefined;
    const owner = await findServerOwner(this.#journal.db, key.user);
    return owner === undefined ? undefined : neverStarted(owner, this.#baseUrl);
  }

  async list(user: UserName): Promise<readonly ServerRecord[]> {
    const owner = await this.owner(user);
    return this.#recordsOf(owner, await listServersOf(this.#journal.db, [owner.id]));
  }

  async listOf(users: readonly UserName[]): Promise<ReadonlyMap<UserName, readonly ServerRecord[]>> {
    const owners = await findServerOwners(this.#journal.db, users);
    const rows = Map.groupBy(
      await listServersOf(
        this.#journal.db,
        owners.map((owner) => owner.id),
      ),
      (row) => row.userId,
    );
    return new Map(owners.map((owner) => [owner.name, this.#recordsOf(owner, rows.get(owner.id) ?? [])]));
  }

  async listActive(): Promise<readonly ServerRecord[]> {
    return (await listServersIn(this.#journal.db, ACTIVE_STATES)).map((row) => this.#journal.record(row));
  }

  /** Undefined: the default server of a person who never started one. @throws HubError `not-found` */
  async find(key: ServerKey): Promise<ServerRow | undefined> {
    const row = await findServer(this.#journal.db, key.user, key.server);
    if (row !== undefined) return row;
    await this.owner(key.user);
    if (key.server !== DEFAULT_SERVER) throw noServer(key);
    return undefined;
  }

  /** Undefined: no such row yet, whether or not there could be one. */
  seek(key: ServerKey): Promise<ServerRow | undefined> {
    return findServer(this.#journal.db, key.user, key.server);
  }

  async findOrInsert(key: ServerKey & { displayName?: string | undefined }): Promise<ServerRow> {
    const found = await this.seek(key);
    if (found !== undefined) return found;
    const owner = await this.owner(key.user);
    const made = await insertServer(this.#journal.db, {
      owner,
      name: key.server,
      displayName: key.displayName ?? "",
      options: {},
      now: this.#journal.now(),
    });
    const row = made ?? (await findServer(this.#journal.db, key.user, key.server));
    if (row === undefined) throw noServer(key);
    return row;
  }

  async owner(user: UserName): Promise<ServerOwner> {
    const owner = await findServerOwner(this.#journal.db, user);
    if (owner === undefined) throw new HubError("not-found", `There is no user “${user}”.`);
    return owner;
  }

  #recordsOf(owner: ServerOwner, rows: readonly ServerRow[]): readonly ServerRecord[] {
    const records = rows.map((row) => this.#journal.record(row));
    return rows.some((row) => row.name === DEFAULT_SERVER) ? records : [neverStarted(owner, this.#baseUrl), ...records];
  }
}

export function noServer(key: ServerKey): HubError {
  return new HubError("not-found", `${key.user} has no server “${key.server}”.`);
}

/** “The server of alice”, to begin a sentence. */
export function nameText(key: ServerKey): string {
  return key.server === DEFAULT_SERVER ? `The server of ${key.user}` : `The server “${key.server}” of ${key.user}`;
}
