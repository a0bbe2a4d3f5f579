/** What happened to a server, and what it wrote. */
import { z } from "zod";
import type { TimelineView } from "../../../contract/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf } from "../caller.ts";
import { parse } from "../input.ts";
import { existing, onServer } from "../server-path.ts";
import { serverView } from "./views.ts";

const logQuery = z.looseObject({ lines: z.coerce.number().int().min(1).max(10_000).default(200) });
/** Seconds to wait for a start or stop under way to settle: callers need not ask again and again. */
const timelineQuery = z.looseObject({ wait: z.coerce.number().min(0).max(30).default(0) });

export function timelineApi(app: ZodApp, services: HubServices, api: string): void {
  onServer(
    app,
    services,
    { method: "GET", prefix: `${api}/hublet`, suffix: "/timeline", scopes: ["read:servers"] },
    async (target, request): Promise<TimelineView> => {
      const { wait } = parse(timelineQuery, request.query);
      const server = await existing(services, target);
      const settled =
        wait > 0 && server.pending !== null
          ? (await services.servers.settled(target, { withinMs: wait * 1000 })).server
          : server;
      return { server: serverView(settled, callerOf(request)), events: [...(await services.servers.timeline(target))] };
    },
  );

  // Output may hold what only the person and admins should see.
  onServer(
    app,
    services,
    { method: "GET", prefix: `${api}/hublet`, suffix: "/log", scopes: ["read:servers"] },
    async (target, request) => {
      const { lines } = parse(logQuery, request.query);
      await existing(services, target);
      return { text: await services.servers.log(target, lines) };
    },
  );
}
