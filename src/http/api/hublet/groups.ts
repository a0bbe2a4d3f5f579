/** Groups as the admin page shows them; JupyterHub's own `/groups` is beside the users. */
import { z } from "zod";
import type { GroupView, MembersView } from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, callerWith, may } from "../caller.ts";
import { parse } from "../input.ts";

const byName = z.object({ name: z.string() });
const membersQuery = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function hubletGroupsApi(app: ZodApp, services: HubServices, api: string): void {
  const { groups } = services.people;

  app.get(`${api}/hublet/groups`, async (request): Promise<{ items: GroupView[] }> => {
    const identity = callerOf(request);
    const items = groups.list().filter(({ name }) => may(identity, "list:groups", { group: name }));
    if (items.length === 0) callerWith(request, ["list:groups"]);
    return { items };
  });

  app.get(
    `${api}/hublet/groups/:name/members`,
    { schema: { params: byName } },
    async (request): Promise<MembersView> => {
      const { name } = request.params;
      callerWith(request, ["read:groups"], { group: name });
      if (groups.find(name) === undefined) throw new HubError("not-found", `There is no group called “${name}”.`);
      return groups.members(name, parse(membersQuery, request.query));
    },
  );
}
