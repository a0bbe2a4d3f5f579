/** Pressing Start: what is asked for is checked, the server is taken, and the work begins in the background. */
import { allowOneMore } from "./allowance.ts";
import { claimStart, joinOrRefuse } from "./claim.ts";
import { launchSettings } from "./launch-settings.ts";
import { isIdle } from "./record.ts";
import type { Room } from "./room.ts";
import type { Shelf } from "./shelf.ts";
import type { ServerRecord, StartRequest } from "./types.ts";
import type { Works } from "./works.ts";

/** @throws HubError as `Servers.start` */
export async function beginStart(room: Room, shelf: Shelf, works: Works, request: StartRequest): Promise<ServerRecord> {
  const said = request.options ?? undefined;
  const before = await shelf.seek(request);
  if (before !== undefined && !isIdle(before.state)) return joinOrRefuse(room, shelf, request);
  const options = said === undefined ? (before?.options ?? {}) : { ...said };
  // Before a named server is made for a choice that does not exist, or beyond the number that is allowed.
  const settings = launchSettings(room.config(), room.policyOf(request.user), options, said === undefined);
  await allowOneMore(room, shelf, request, before);
  const found = before ?? (await shelf.findOrInsert(request));
  const row = await claimStart(room, shelf, found, request, options);
  if (row === undefined) return joinOrRefuse(room, shelf, request);
  works.start(row, settings);
  return room.journal.record(row);
}
