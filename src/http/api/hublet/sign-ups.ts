/** Requests for accounts, and lock-outs: what waits for an admin's word. */
import { z } from "zod";
import { clearLockoutSchema } from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith, emptyAnswer } from "../caller.ts";
import { parse } from "../input.ts";

const byId = z.object({ id: z.string() });

export function signUpsApi(app: ZodApp, services: HubServices, api: string): void {
  const { signIn } = services;

  app.get(`${api}/hublet/sign-ups`, async (request) => {
    callerWith(request, ["admin:users"]);
    return { items: await signIn.listSignUps() };
  });

  app.post(`${api}/hublet/sign-ups/:id/approve`, { schema: { params: byId } }, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const person = await signIn.approveSignUp(idOf(request.params.id));
    services.log.info({ by: identity.user.name, user: person.name }, "sign-up approved");
    return reply.code(201).send({ name: person.name });
  });

  app.delete(`${api}/hublet/sign-ups/:id`, { schema: { params: byId } }, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const id = idOf(request.params.id);
    await signIn.refuseSignUp(id);
    services.log.info({ by: identity.user.name, signUp: id }, "sign-up refused");
    return emptyAnswer(reply, 204);
  });

  app.get(`${api}/hublet/lockouts`, async (request) => {
    callerWith(request, ["admin:users"]);
    return { items: await signIn.lockouts() };
  });

  app.delete(`${api}/hublet/lockouts`, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const { key } = parse(clearLockoutSchema, request.body);
    await signIn.clearLockout(key);
    services.log.info({ by: identity.user.name, key }, "lock-out cleared");
    return emptyAnswer(reply, 204);
  });
}

/** @throws HubError `not-found` */
function idOf(raw: string): number {
  if (!/^\d{1,15}$/.test(raw)) throw new HubError("not-found", "There is no such request for an account.");
  return Number(raw);
}
