/** Takes everything of a server away but its volume and its row (contract 1.10): route, container, token, OAuth client. */
import { messageOf } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import { identityOf, nameOf, prefixOf, type Room } from "./room.ts";

/** A proxy that is away does not hold a stop up: `checkRoutes` removes the route later. */
const ROUTE_TIMEOUT_MS = 5000;
/** On top of the grace given to the server: for the engine's own work. */
const ENGINE_TIMEOUT_MS = 60_000;

/** @throws what the driver throws when the container could not be removed; the rest is done all the same */
export async function tearDown(room: Room, row: ServerRow, graceSeconds: number): Promise<void> {
  try {
    await room.routes.remove(prefixOf(room, row), AbortSignal.timeout(ROUTE_TIMEOUT_MS));
  } catch (error) {
    room.log.warn({ server: nameOf(row), reason: messageOf(error) }, "the route could not be removed yet");
  }
  try {
    await room.driver.stop(nameOf(row), {
      graceSeconds,
      signal: AbortSignal.timeout(graceSeconds * 1000 + ENGINE_TIMEOUT_MS),
    });
  } finally {
    await room.credentials.revoke(identityOf(row));
  }
}

/** The last lines of a server's output; never fails, since it only explains. */
export async function lastLines(room: Room, row: ServerRow, lines: number): Promise<string> {
  try {
    return await room.driver.logs(nameOf(row), lines);
  } catch {
    // No container, or no engine: then there is nothing to show.
    return "";
  }
}
