/** Pages and what is around them: everything of the hub that is not its API. */
import type { HubServices } from "../services.ts";
import type { Statics } from "../static.ts";
import type { ZodApp } from "../zod-app.ts";
import { acceptShareRoutes } from "./accept-share.ts";
import { accountRoutes } from "./account.ts";
import { assetRoutes } from "./assets.ts";
import { changePasswordRoutes } from "./change-password.ts";
import { claimRoutes } from "./claim.ts";
import { gateRoutes } from "./gate.ts";
import { providerRoutes } from "./providers.ts";
import { redirectRoutes } from "./redirects.ts";
import { secondFactorRoutes } from "./second-factor.ts";
import { serverVisitRoutes } from "./server-visits.ts";
import { appRoutes } from "./shell.ts";
import { signUpRoutes } from "./sign-up.ts";
import { startRoutes } from "./start.ts";
import { answerStrays } from "./strays.ts";

/** What people open on purpose. */
export function siteRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  assetRoutes(app, services, statics);
  accountRoutes(app, services);
  secondFactorRoutes(app, services);
  providerRoutes(app, services);
  claimRoutes(app, services);
  signUpRoutes(app, services);
  changePasswordRoutes(app, services);
  appRoutes(app, services, statics);
  startRoutes(app, services, statics);
  gateRoutes(app, services);
  acceptShareRoutes(app, services);
  redirectRoutes(app, services);
}

/** What was meant for a server that is not there, or for nobody. `closing`: the hub does not wait any more. */
export function strayRoutes(app: ZodApp, services: HubServices, closing: AbortSignal): void {
  serverVisitRoutes(app, services, closing);
  answerStrays(app, services);
}
