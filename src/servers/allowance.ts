/**
 * How many servers one person may have (`maximumServers`). The default server counts always, whether it was ever started
 * or not, and can always be started; so there may be one named server less than the number says. What is there when the
 * number becomes lower stays, runs on and can be stopped; of those, as many may be started as may run side by side.
 */
import { DEFAULT_SERVER, HubError } from "../kernel/index.ts";
import { listServersOf, type ServerRow } from "../store/index.ts";
import { isIdle } from "./record.ts";
import type { Room } from "./room.ts";
import type { Shelf } from "./shelf.ts";
import type { ServerKey } from "./types.ts";

/** Looking and taking must not be parted: named servers of one person are made and taken for a start one at a time. */
export function inTurn<T>(room: Pick<Room, "queue">, key: ServerKey, work: () => Promise<T>): Promise<T> {
  // No name of a person has a slash, and each key of a server's own work has one.
  return key.server === DEFAULT_SERVER ? work() : room.queue.run(`allowance:${key.user}`, work);
}

/**
 * @param before the row of the server that is to be started; undefined when it is to be made
 * @throws HubError `too-many-servers`, `not-found` (no such person)
 */
export async function allowOneMore(
  room: Pick<Room, "journal" | "policyOf">,
  shelf: Shelf,
  key: ServerKey,
  before: ServerRow | undefined,
): Promise<void> {
  if (key.server === DEFAULT_SERVER) return;
  const owner = await shelf.owner(key.user);
  const { value: most, from, place } = room.policyOf(key.user).maximumServers;
  const others = (await listServersOf(room.journal.db, [owner.id])).filter(
    (row) => row.name !== DEFAULT_SERVER && row.id !== before?.id,
  );
  const taken = before === undefined ? others.length : others.filter((row) => !isIdle(row.state)).length;
  if (taken + 1 < most) return;
  const options = { detail: `said by ${from}${place === null ? "" : ` (${place})`}` };
  const allowed = `${key.user} may have ${most === 1 ? "one server" : `${most} servers`}, the default one included`;
  throw before === undefined
    ? new HubError("too-many-servers", `${allowed}. Use one that is there, or remove one first.`, options)
    : new HubError("too-many-servers", `${allowed}, and as many run. Stop another one first.`, options);
}
