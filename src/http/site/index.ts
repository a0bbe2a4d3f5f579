/** Pages and what is around them: everything of the hub that is not its API. */
import type { ZodApp } from "../app.ts";
import type { HubServices } from "../services.ts";
import type { Statics } from "../static.ts";
import { accountRoutes } from "./account.ts";
import { assetRoutes } from "./assets.ts";
import { gateRoutes } from "./gate.ts";
import { redirectRoutes } from "./redirects.ts";
import { serverVisitRoutes } from "./server-visits.ts";
import { appRoutes } from "./shell.ts";

export function siteRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  assetRoutes(app, services, statics);
  accountRoutes(app, services);
  appRoutes(app, services, statics);
  serverVisitRoutes(app, services);
  gateRoutes(app, services);
  redirectRoutes(app, services);
}
