/** The proxy's routes, for those who may see them. */

import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, emptyAnswer } from "./caller.ts";

export function proxyApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/proxy`, async (request) => {
    callerWith(request, ["proxy"]);
    const routes = await services.routes.list();
    return Object.fromEntries(
      [...routes].map(([spec, route]) => [spec, { routespec: spec, target: route.target, data: route.data }]),
    );
  });
  app.post(`${api}/proxy`, async (request, reply) => {
    callerWith(request, ["proxy"]);
    await services.servers.checkRoutes();
    return emptyAnswer(reply, 200);
  });
}
