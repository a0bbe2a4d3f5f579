/** Activity that servers report (contract 5.2). */
import { z } from "zod";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerWith, emptyAnswer, personOf } from "./caller.ts";
import { nameOf } from "./input.ts";

export function activityApi(app: ZodApp, services: HubServices, api: string): void {
  app.post(
    `${api}/users/:name/activity`,
    { schema: { params: z.object({ name: z.string() }) } },
    async (request, reply) => {
      const name = nameOf(request.params.name);
      callerWith(request, ["users:activity"], { user: name });
      const person = await personOf(services, name);
      await services.servers.recordActivity(person.name, request.body);
      return emptyAnswer(reply, 200);
    },
  );
}
