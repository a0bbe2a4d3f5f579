/** The signed-in person's own account. */
import { changePasswordSchema, type SessionView } from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, emptyAnswer } from "../caller.ts";
import { parse } from "../input.ts";

export function accountApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/hublet/session`, async (request): Promise<SessionView> => {
    const identity = callerOf(request);
    const person = await services.people.byId(identity.user.id);
    const { name, banner, signIn } = services.config();
    return {
      hub: {
        name,
        version: services.version,
        baseUrl: services.baseUrl,
        banner: banner ?? null,
        passwords: signIn.passwords,
      },
      user: { name: identity.user.name, admin: identity.user.admin, hasPassword: person?.hasPassword ?? false },
    };
  });

  app.post(`${api}/hublet/account/password`, async (request, reply) => {
    const identity = callerOf(request);
    const { current, next } = parse(changePasswordSchema, request.body);
    const { session, client } = request.visitor;
    // A token must not be enough to take an account over for good.
    if (session === undefined)
      throw new HubError("forbidden", "A password is changed in the browser, by the person who is signed in there.");
    await services.signIn.changePassword({
      name: identity.user.name,
      current,
      next,
      address: client.address,
      keepSessionHash: session.sessionHash,
    });
    return emptyAnswer(reply, 204);
  });
}
