/** One start as its parts see it. */
import type { ServerRow } from "../store/index.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { Leaving, type Room } from "./room.ts";

/** A server that never became ready has nothing to save. */
export const FAILED_GRACE_SECONDS = 1;

export interface StartWork {
  readonly row: ServerRow;
  readonly settings: LaunchSettings;
  /** Aborted by a stop: leave the cleaning to it. */
  readonly cancelled: AbortSignal;
}

/** Stops going on when a stop or the hub's end has come meanwhile. */
export function checkpoint(room: Room, work: StartWork): void {
  work.cancelled.throwIfAborted();
  if (room.leaving.aborted) throw new Leaving();
}
