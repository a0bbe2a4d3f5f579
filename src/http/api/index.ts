/** The REST API: JupyterHub's resources, and Hublet's own below `hublet/`. */
import { HubError } from "../../kernel/index.ts";
import type { ZodApp } from "../app.ts";
import type { HubServices } from "../services.ts";
import { activityApi } from "./activity.ts";
import { generalApi } from "./general.ts";
import { accountApi } from "./hublet/account.ts";
import { eventsApi } from "./hublet/events.ts";
import { homeApi } from "./hublet/home.ts";
import { peopleApi } from "./hublet/people.ts";
import { timelineApi } from "./hublet/timelines.ts";
import { oauthApi } from "./oauth.ts";
import { progressApi } from "./progress.ts";
import { proxyApi } from "./proxy.ts";
import { serversApi } from "./servers.ts";
import { tokensApi } from "./tokens.ts";
import { usersApi } from "./users.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export function apiRoutes(app: ZodApp, services: HubServices): void {
  const paths = new Map<string, Set<string>>();
  app.addHook("onRoute", (route) => {
    const known = paths.get(route.url) ?? new Set<string>();
    for (const method of [route.method].flat()) known.add(method);
    paths.set(route.url, known);
  });
  for (const resource of [
    generalApi,
    usersApi,
    activityApi,
    serversApi,
    progressApi,
    tokensApi,
    oauthApi,
    proxyApi,
    accountApi,
    homeApi,
    eventsApi,
    peopleApi,
    timelineApi,
  ]) {
    resource(app, services, `${services.baseUrl}hub/api`);
  }
  refuseOtherMethods(app, paths);
}

/** A known path with another method is 405, not 404, and OPTIONS is 200 without a body (contract 3.1). */
function refuseOtherMethods(app: ZodApp, paths: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of [...paths]) {
    const others = METHODS.filter((method) => !methods.has(method));
    if (others.length > 0) {
      app.route({
        method: others,
        url,
        handler: async () => {
          throw new HubError("method-not-allowed", "Method Not Allowed");
        },
      });
    }
    app.route({ method: "OPTIONS", url, handler: async (_request, reply) => reply.code(200).send("") });
  }
}
