/** Events of servers: written in the transaction of the change they tell of (`servers.ts`), read by streams and pages. */
import type { Selectable } from "kysely";
import { failureSchema, type ServerEvent, serverEventSchema } from "../contract/index.ts";
import type { Database } from "./database.ts";
import type { ServerEventsTable } from "./tables.ts";

export interface NewServerEvent extends Omit<ServerEvent, "id"> {
  /** Progress within a state: replaces the earlier events of that state in this start, so that a long pull stays one row. */
  readonly replaces: boolean;
}

/** Inserts an event of start number `generation`. */
export async function insertServerEvent(
  db: Database,
  serverId: number,
  generation: number,
  event: NewServerEvent,
): Promise<ServerEvent> {
  if (event.replaces) {
    await db
      .deleteFrom("server_events")
      .where("server_id", "=", serverId)
      .where("generation", "=", generation)
      .where("state", "=", event.state)
      .execute();
  }
  const row = await db
    .insertInto("server_events")
    .values({
      server_id: serverId,
      generation,
      at: event.at,
      state: event.state,
      step: event.step,
      message: event.message,
      progress: event.progress,
      bytes_done: event.bytesDone,
      bytes_total: event.bytesTotal,
      failure: event.failure === null ? null : JSON.stringify(event.failure),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toEvent(row);
}

/** Events of one start in order, only those with an id above `afterId`. */
export async function listServerEvents(
  db: Database,
  serverId: number,
  generation: number,
  afterId = 0,
): Promise<readonly ServerEvent[]> {
  const rows = await db
    .selectFrom("server_events")
    .selectAll()
    .where("server_id", "=", serverId)
    .where("generation", "=", generation)
    .where("id", ">", afterId)
    .orderBy("id")
    .execute();
  return rows.map(toEvent);
}

/** Forgets the events of starts before `generation`. */
export async function dropServerEventsBefore(db: Database, serverId: number, generation: number): Promise<void> {
  await db.deleteFrom("server_events").where("server_id", "=", serverId).where("generation", "<", generation).execute();
}

function toEvent(row: Selectable<ServerEventsTable>): ServerEvent {
  return serverEventSchema.parse({
    id: row.id,
    at: row.at,
    state: row.state,
    step: row.step,
    message: row.message,
    progress: row.progress,
    bytesDone: row.bytes_done,
    bytesTotal: row.bytes_total,
    failure: row.failure === null ? null : failureSchema.parse(JSON.parse(row.failure)),
  });
}
