/** What people may choose from the lab's registry: repositories, and the tags of each. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { CatalogueView, TagsView } from "../../../contract/index.ts";
import type { Chooser } from "../../../images/index.ts";
import { chooserOf } from "../../choosing.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, callerWith } from "../caller.ts";
import { flag, parse } from "../input.ts";

/** Somebody who may choose whatever the catalogue offers at all. */
const EVERYTHING: Chooser = { images: ["*"] };

const asked = z.object({ repository: z.string().min(1).max(255) });

export function catalogueApi(app: ZodApp, services: HubServices, api: string): void {
  const { catalogue } = services;

  app.get(`${api}/hublet/catalogue`, async (request): Promise<CatalogueView> => {
    return catalogue.view(chooser(request, services));
  });

  app.get(`${api}/hublet/catalogue/tags`, async (request): Promise<TagsView> => {
    const who = chooser(request, services);
    return catalogue.tags(who, parse(asked, request.query).repository);
  });
}

/** Who asks, by their policy; with `?all=1` an admin, whatever their own policy gives. @throws HubError `not-signed-in`, `forbidden` */
function chooser(request: FastifyRequest, services: HubServices): Chooser {
  if (!flag(request.query, "all")) return chooserOf(services.people.policyOf(callerOf(request).user.name));
  callerWith(request, ["admin-ui"]);
  return EVERYTHING;
}
