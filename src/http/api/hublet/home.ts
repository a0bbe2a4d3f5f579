/** What the home page shows at first; afterwards it follows the event stream. */

import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf } from "../caller.ts";
import { homeView } from "./views.ts";

export function homeApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/hublet/home`, async (request) => homeView(services, callerOf(request)));
}
