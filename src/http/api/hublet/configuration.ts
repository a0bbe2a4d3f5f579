/** The working configuration, for admins: its state, itself, and reading the files now. */
import type { FastifyRequest } from "fastify";
import type { ConfigurationView } from "../../../contract/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith } from "../caller.ts";

export function configurationApi(app: ZodApp, services: HubServices, api: string): void {
  const path = `${api}/hublet/configuration`;

  app.get(path, async (request): Promise<ConfigurationView> => {
    requireAdmin(request);
    return services.live.status();
  });

  app.get(`${path}/effective`, async (request) => {
    requireAdmin(request);
    return { config: { ...services.live.effective() } };
  });

  app.post(`${path}/reload`, async (request): Promise<ConfigurationView> => {
    const identity = requireAdmin(request);
    services.log.info({ by: identity.user.name }, "configuration is read on request");
    return services.live.reload();
  });
}

/** Places and values of the configuration are for those who may see both the admin pages and the hub's details. */
function requireAdmin(request: FastifyRequest) {
  callerWith(request, ["admin-ui"]);
  return callerWith(request, ["read:hub"]);
}
