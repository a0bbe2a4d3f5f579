/** Taking a server for a start: one of several that ask gets it. */
import { HubError } from "../kernel/index.ts";
import { type ServerRow, touchServerActivity } from "../store/index.ts";
import { Superseded } from "./journal.ts";
import { IDLE_STATES, isIdle } from "./record.ts";
import type { Room } from "./room.ts";
import { nameText, noServer, type Shelf } from "./shelf.ts";
import type { ServerRecord, StartRequest } from "./types.ts";

/**
 * Moves an idle row to `queued` as a new start; undefined when it is not idle any more.
 * @throws HubError `forbidden` for a second person on the process driver
 */
export async function claimStart(
  room: Room,
  shelf: Shelf,
  row: ServerRow,
  request: StartRequest,
  options: Readonly<Record<string, unknown>>,
): Promise<ServerRow | undefined> {
  const { allowManyOnProcess } = room.config();
  const alone = room.driver.kind === "process" && !allowManyOnProcess;
  const now = room.journal.now();
  const message = request.by === request.user ? "Server requested" : `Server requested by ${request.by}`;
  const patch = {
    generation: row.generation + 1,
    options,
    failure: null,
    note: null,
    started: null,
    engineId: null,
    url: null,
    gate: null,
    lastActivity: now,
    ...(request.displayName === undefined ? {} : { displayName: request.displayName }),
  };
  try {
    const entry = { state: "queued", message, progress: 0 } as const;
    const queued = await room.journal.step(row, IDLE_STATES, entry, patch, { alone });
    await touchServerActivity(room.journal.db, { userId: row.userId, at: now, servers: new Map(), resolutionMs: 0 });
    return queued;
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    const current = await shelf.find(request);
    if (current === undefined) throw noServer(request);
    if (isIdle(current.state) && alone) {
      throw new HubError(
        "forbidden",
        "Somebody else has used local processes here, and those keep nobody apart: both could read each other's files. Use a container engine (engine: podman or docker), or set allowManyOnProcess: true if everybody here may see everything.",
      );
    }
    if (isIdle(current.state)) throw new HubError("server-busy", `${nameText(request)} is being changed. Try again.`);
    return undefined;
  }
}

/** Somebody was faster: a start under way is joined, anything else is refused. @throws HubError `server-running`, `server-busy` */
export async function joinOrRefuse(room: Room, shelf: Shelf, request: StartRequest): Promise<ServerRecord> {
  const row = await shelf.find(request);
  if (row === undefined) throw noServer(request);
  const record = room.journal.record(row);
  if (record.pending === "spawn") return record;
  if (record.ready)
    throw new HubError("server-running", `${nameText(request)} is already running. Open it, or stop it first.`);
  const what = record.pending === "check" ? "is being checked after a restart of the hub" : "is stopping";
  throw new HubError("server-busy", `${nameText(request)} ${what}. Wait a moment, then try again.`);
}
