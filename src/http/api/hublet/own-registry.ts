/** The hub's own registry, for admins. */
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { imageAdmin } from "./images.ts";

export function ownRegistryApi(app: ZodApp, { ownRegistry, log }: HubServices, api: string): void {
  app.post(`${api}/hublet/registry/gc`, async (request) => {
    const { name } = imageAdmin(request);
    if (ownRegistry === undefined)
      throw new HubError("not-found", "This hub has no registry of its own. Set “registry: {}” in hublet.yaml.");
    const { freedBytes, note } = await ownRegistry.clean();
    log.info({ by: name, freedBytes }, "space of the registry freed");
    return { freedBytes, note: note ?? null };
  });
}
