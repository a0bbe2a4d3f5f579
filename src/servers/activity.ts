/** `POST /users/{name}/activity` (contract 5.2). */
import { z } from "zod";
import type { UserName } from "../kernel/index.ts";
import { type Clock, HubError, isoTime } from "../kernel/index.ts";
import { findServerOwner, listServersOf, type ServerRow, touchServerActivity } from "../store/index.ts";
import type { Journal } from "./journal.ts";
import { parseTime } from "./times.ts";

/** A clock that is ahead by less than an hour is forgiven. */
const AHEAD_MS = 59 * 60_000;

const bodySchema = z
  .looseObject({
    last_activity: z.unknown().optional(),
    servers: z.record(z.string(), z.looseObject({ last_activity: z.unknown() })).optional(),
  })
  .refine((body) => body.last_activity !== undefined || body.servers !== undefined);

/**
 * Stores what a server reports of its person. Older values than the stored ones are accepted and ignored.
 * @throws HubError `bad-request` (nothing is stored then), `not-found` (no such person)
 */
export async function recordActivity(journal: Journal, clock: Clock, user: UserName, body: unknown): Promise<void> {
  const { db } = journal;
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    throw new HubError(
      "bad-request",
      "The activity could not be read: send an object with “last_activity”, or “servers” with a “last_activity” each.",
    );
  }
  const owner = await findServerOwner(db, user);
  if (owner === undefined) throw new HubError("not-found", `There is no user “${user}”.`);
  const { last_activity: own, servers = {} } = parsed.data;
  const rows = await listServersOf(db, [owner.id]);
  const ids = new Map(rows.map((row) => [row.name as string, row.id]));
  const times = new Map<number, string>();
  for (const [name, { last_activity: at }] of Object.entries(servers)) {
    const id = ids.get(name);
    const time = timeOf(at, clock);
    // The default server exists always, even when it was never started and has no row.
    if (id === undefined && name === "") continue;
    if (id === undefined) {
      throw new HubError(
        "bad-request",
        `“${user}” has no server “${name.slice(0, 80)}”. Report servers that exist only.`,
      );
    }
    times.set(id, time);
  }
  const at = own === undefined || own === null ? null : timeOf(own, clock);
  await touchServerActivity(db, { userId: owner.id, at, servers: times, resolutionMs: 0 });
  for (const row of rows) {
    const time = times.get(row.id);
    if (time !== undefined) announceActivity(journal, row, time, 0);
  }
}

/** Tells pages that a server will be stopped later now; the others need not know of every activity. */
export function announceActivity(journal: Journal, row: ServerRow, at: string, resolutionMs: number): void {
  if (row.lastActivity !== null && Date.parse(at) - resolutionMs <= Date.parse(row.lastActivity)) return;
  const current = { ...row, lastActivity: at };
  if (journal.record(current).stopsAt !== null) journal.announce(current, null);
}

function timeOf(value: unknown, clock: Clock): string {
  const time = parseTime(value);
  if (time === undefined) {
    throw new HubError(
      "bad-request",
      `“${String(value).slice(0, 80)}” is not a time. Send ISO-8601, for example ${isoTime(clock.now())}.`,
    );
  }
  if (time > clock.now() + AHEAD_MS) {
    throw new HubError(
      "bad-request",
      `${isoTime(time)} lies in the future. Check the clock of the machine that sent it.`,
    );
  }
  return isoTime(time);
}
