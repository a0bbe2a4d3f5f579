/** What the frame of every page shows, as configured now. */
import type { PageContext } from "./pages/layout.ts";
import type { HubServices } from "./services.ts";

export function frameOf(services: Pick<HubServices, "config" | "baseUrl">): PageContext {
  const { name, banner } = services.config();
  return { hubName: name, baseUrl: services.baseUrl, banner };
}
