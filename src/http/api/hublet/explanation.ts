/** Why somebody may enter, is an admin, is in a group, and gets what they get. */
import { z } from "zod";
import type { Explanation } from "../../../contract/index.ts";
import { HubError, type UserName, userName } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, callerWith, emptyAnswer, personOf } from "../caller.ts";
import { nameOf } from "../input.ts";
import { mayTouch } from "./touching.ts";

const byName = z.object({ name: z.string() });
const byProvider = z.object({ name: z.string(), provider: z.string() });

export function explanationApi(app: ZodApp, services: HubServices, api: string): void {
  const { people, signIn } = services;

  // Also one's own. For names that nobody has, too: what would become of them is what admins ask before they come.
  app.get(
    `${api}/hublet/people/:name/explanation`,
    { schema: { params: byName } },
    async (request): Promise<Explanation> => {
      callerOf(request);
      const name = askedName(request.params.name);
      callerWith(request, ["read:users"], { user: name });
      const [said, ways] = await Promise.all([people.explain(name), signIn.explainMethods(name)]);
      return { ...said, ...ways };
    },
  );

  // The person stays; the account elsewhere may become another person, or this one again where a rule names it.
  app.delete(
    `${api}/hublet/people/:name/identities/:provider`,
    { schema: { params: byProvider } },
    async (request, reply) => {
      const identity = callerWith(request, ["admin:users"]);
      const person = await personOf(services, nameOf(request.params.name));
      mayTouch(identity, person);
      await people.forgetIdentity(person.name, request.params.provider);
      services.log.info(
        { by: identity.user.name, user: person.name, provider: request.params.provider },
        "identity forgotten",
      );
      return emptyAnswer(reply, 204);
    },
  );
}

/** @throws HubError `name-invalid`: the answer to “may this name enter?” is why it cannot be a name */
function askedName(raw: string): UserName {
  if (raw === "") throw new HubError("not-found", "Not Found");
  return userName(raw);
}
