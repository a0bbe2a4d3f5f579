/** The REST API: JupyterHub's resources, and Hublet's own below `hublet/`. */
import { HubError } from "../../kernel/index.ts";
import { readForms } from "../bodies.ts";
import type { HubServices } from "../services.ts";
import type { Streams } from "../streams.ts";
import { withZod, type ZodApp } from "../zod-app.ts";
import { activityApi } from "./activity.ts";
import { generalApi } from "./general.ts";
import { groupsApi } from "./groups.ts";
import { accountApi } from "./hublet/account.ts";
import { beginBuildApi, buildsApi } from "./hublet/builds.ts";
import { catalogueApi } from "./hublet/catalogue.ts";
import { configurationApi } from "./hublet/configuration.ts";
import { doctorApi } from "./hublet/doctor.ts";
import { eventsApi } from "./hublet/events.ts";
import { explanationApi } from "./hublet/explanation.ts";
import { hubletGroupsApi } from "./hublet/groups.ts";
import { homeApi } from "./hublet/home.ts";
import { imagesApi } from "./hublet/images.ts";
import { importApi } from "./hublet/import.ts";
import { ownRegistryApi } from "./hublet/own-registry.ts";
import { peopleApi } from "./hublet/people.ts";
import { secondFactorApi } from "./hublet/second-factor.ts";
import { sessionsApi } from "./hublet/sessions.ts";
import { signUpsApi } from "./hublet/sign-ups.ts";
import { timelineApi } from "./hublet/timelines.ts";
import { oauthApi } from "./oauth.ts";
import { progressApi } from "./progress.ts";
import { proxyApi } from "./proxy.ts";
import { serversApi } from "./servers.ts";
import { shareCodesApi } from "./share-codes.ts";
import { sharedApi } from "./shared.ts";
import { sharesApi } from "./shares.ts";
import { tokensApi } from "./tokens.ts";
import { usersApi } from "./users.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Registers every resource, and afterwards the refusals of what they do not offer. */
export async function apiRoutes(app: ZodApp, services: HubServices, streams: Streams): Promise<void> {
  const api = `${services.baseUrl}hub/api`;
  const paths = watchPaths(app);
  for (const resource of [
    generalApi,
    usersApi,
    activityApi,
    serversApi,
    tokensApi,
    groupsApi,
    sharesApi,
    shareCodesApi,
    sharedApi,
    proxyApi,
    accountApi,
    secondFactorApi,
    sessionsApi,
    homeApi,
    catalogueApi,
    peopleApi,
    importApi,
    explanationApi,
    hubletGroupsApi,
    signUpsApi,
    configurationApi,
    doctorApi,
    timelineApi,
    imagesApi,
    ownRegistryApi,
  ]) {
    resource(app, services, api);
  }
  for (const resource of [progressApi, eventsApi, buildsApi]) resource(app, services, api, streams);
  await app.register(async (scope) => beginBuildApi(withZod(scope), services, api));
  // The only endpoints that take forms; everywhere else a form's content type is just a client's carelessness.
  await app.register(async (scope) => {
    await readForms(scope);
    oauthApi(withZod(scope), services, api);
  });
  refuseOtherMethods(app, paths);
}

/** Methods by path, of all routes added from now on. */
function watchPaths(app: ZodApp): ReadonlyMap<string, ReadonlySet<string>> {
  const paths = new Map<string, Set<string>>();
  app.addHook("onRoute", (route) => {
    const known = paths.get(route.url) ?? new Set<string>();
    for (const method of [route.method].flat()) known.add(method);
    paths.set(route.url, known);
  });
  return paths;
}

/** A known path with another method is 405, not 404, and OPTIONS is 200 without a body (contract 3.1). */
function refuseOtherMethods(app: ZodApp, paths: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of [...paths]) {
    const method = METHODS.filter((candidate) => !methods.has(candidate));
    const config = { open: true } as const;
    if (method.length > 0) {
      app.route({
        method,
        url,
        config,
        exposeHeadRoute: false,
        handler: async () => {
          throw new HubError("method-not-allowed", "Method Not Allowed");
        },
      });
    }
    app.route({ method: "OPTIONS", url, config, handler: async (_request, reply) => reply.code(200).send("") });
  }
}
