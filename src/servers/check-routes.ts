/** The proxy's routes against what runs (contract 8, check_routes), and the activity that the proxy has seen (5.1). */
import { isoTime } from "../kernel/index.ts";
import { findServerById, listServersIn, type ServerRow, touchServerActivity } from "../store/index.ts";
import { announceActivity } from "./activity.ts";
import type { Route } from "./ports.ts";
import { ACTIVE_STATES } from "./record.ts";
import { prefixOf, queueKey, type Room } from "./room.ts";
import { routeOf, sameRoute } from "./route.ts";
import { parseTime } from "./times.ts";

/** The proxy's word counts when it is newer than what is stored by this much (contract 5.1). */
const ACTIVITY_RESOLUTION_MS = 30_000;

/** @throws HubError `proxy-unreachable` */
export async function checkRoutesOnce(room: Room): Promise<void> {
  // Routes first: a server that becomes ready afterwards is added once more, which does no harm.
  const routes = await room.routes.list(room.leaving);
  const hub: Route = { spec: room.baseUrl, target: room.hubTarget, data: { hub: true } };
  if (!sameRoute(hub, routes.get(hub.spec))) {
    room.log.info({ route: hub.spec }, "the proxy lacked the hub's route");
    await room.routes.add(hub, room.leaving);
  }
  const active = new Map<string, ServerRow>();
  for (const row of await listServersIn(room.journal.db, ACTIVE_STATES)) active.set(prefixOf(room, row), row);
  for (const [spec, row] of active) await checkServer(room, row, routes.get(spec));
  for (const [spec, route] of routes) {
    if (spec !== hub.spec && !active.has(spec)) {
      room.log.info({ route: spec, target: route.target }, "a route that leads nowhere is removed");
      await room.routes.remove(spec, room.leaving);
    }
  }
}

async function checkServer(room: Room, row: ServerRow, found: Route | undefined): Promise<void> {
  // Whatever is pending is in somebody's hands.
  if (!room.journal.record(row).ready || row.url === null) return;
  const wanted = routeOf(room, row, row.url);
  if (!sameRoute(wanted, found)) {
    await room.queue.run(queueKey(row), async () => {
      const current = await findServerById(room.journal.db, row.id);
      if (current?.state !== "ready" || current.generation !== row.generation) return;
      room.log.info({ route: wanted.spec }, "the proxy lacked a server's route");
      await room.routes.add(wanted, room.leaving);
    });
    return;
  }
  const seen = parseTime(found?.data.last_activity);
  // A route added is activity in the proxy's eyes; the start has said so already.
  if (seen === undefined || seen > room.clock.now()) return;
  const at = isoTime(seen);
  await touchServerActivity(room.journal.db, {
    userId: row.userId,
    at,
    servers: new Map([[row.id, at]]),
    resolutionMs: ACTIVITY_RESOLUTION_MS,
  });
  announceActivity(room.journal, row, at, ACTIVITY_RESOLUTION_MS);
}
