/** API tokens (contract 3.4, 3.5). */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Identity } from "../../access/index.ts";
import { HubError, type UserName, userName } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerOf, callerWith, emptyAnswer, may, personOf } from "./caller.ts";
import { nameOf, objectBody, parse } from "./input.ts";
import { userModel } from "./models.ts";

const byName = z.object({ name: z.string() });
const byId = z.object({ name: z.string(), id: z.string() });
const newToken = z.looseObject({
  note: z.string().nullish(),
  expires_in: z.number().int().positive().nullish(),
  scopes: z.array(z.string()).nullish(),
  roles: z.array(z.string()).nullish(),
});
const credentials = z.looseObject({ auth: z.looseObject({ username: z.string(), password: z.string() }) });

export function tokensApi(app: ZodApp, services: HubServices, api: string): void {
  const { tokens } = services.access;

  app.get(`${api}/users/:name/tokens`, { schema: { params: byName } }, async (request) => {
    const name = nameOf(request.params.name);
    callerWith(request, ["read:tokens"], { user: name });
    return { api_tokens: await tokens.list(await personOf(services, name)) };
  });

  app.post(`${api}/users/:name/tokens`, { schema: { params: byName } }, async (request, reply) => {
    const asker = request.visitor.identity;
    const name = ownerNamed(request.params.name);
    if (asker === undefined) await requireCredentials(request, services, name);
    else if (!may(asker, "tokens", { user: name })) throw refused();
    const body = parse(newToken, objectBody(request.body) ?? {});
    if (body.scopes != null && body.roles != null) throw new HubError("bad-request", "Give scopes or roles, not both.");
    const owner = await services.people.find(name);
    if (owner === undefined) throw refused();
    const scopes = body.scopes ?? body.roles ?? undefined;
    const { token, secret } = await tokens.create({
      owner,
      note: body.note ?? defaultNote(asker, name),
      ...(body.expires_in == null ? {} : { expiresInSeconds: body.expires_in }),
      ...(scopes === undefined ? {} : { scopes }),
      // A limited token must not give birth to a stronger one, neither of its own person nor of another.
      ...(asker === undefined ? {} : { creatorScopes: asker.scopes }),
    });
    return reply.code(201).send({ ...token, token: secret.reveal() });
  });

  app.get(`${api}/users/:name/tokens/:id`, { schema: { params: byId } }, async (request) => {
    const name = nameOf(request.params.name);
    callerWith(request, ["read:tokens"], { user: name });
    const token = await tokens.get(await personOf(services, name), request.params.id);
    if (token === undefined) throw new HubError("not-found", `Token ${request.params.id} not found`);
    return token;
  });

  app.delete(`${api}/users/:name/tokens/:id`, { schema: { params: byId } }, async (request, reply) => {
    const name = nameOf(request.params.name);
    callerWith(request, ["tokens"], { user: name });
    if (!(await tokens.revoke(await personOf(services, name), request.params.id)))
      throw new HubError("not-found", `Token ${request.params.id} not found`);
    return emptyAnswer(reply, 204);
  });

  app.get(
    `${api}/authorizations/token/:token`,
    { schema: { params: z.object({ token: z.string() }) } },
    async (request) => {
      callerOf(request);
      const owner = await tokens.resolve(request.params.token, { countsAsActivity: false });
      const person = owner === undefined ? undefined : await services.people.byId(owner.user.id);
      if (owner === undefined || person === undefined) throw new HubError("not-found", "No such token");
      return userModel(services, person, await services.servers.list(person.name), owner, { includeStopped: false });
    },
  );
}

/** No permission and no such person look alike here (contract 3.5). */
function refused(): HubError {
  return new HubError("forbidden", "You may not make tokens for this user.");
}

function ownerNamed(raw: string): UserName {
  try {
    return userName(raw);
  } catch {
    throw refused();
  }
}

function defaultNote(asker: Identity | undefined, name: string): string {
  return asker === undefined || asker.user.name === name
    ? "Requested via api"
    : `Requested via api by user ${asker.user.name}`;
}

/**
 * Anonymous callers may bring the credentials in the body; no XSRF is needed then, since nothing comes by itself.
 * @throws HubError `not-signed-in`, `sign-in-refused`, `too-many-attempts`, `forbidden` for another's name
 */
async function requireCredentials(request: FastifyRequest, services: HubServices, owner: UserName): Promise<void> {
  const sent = credentials.safeParse(request.body);
  if (!sent.success) throw new HubError("not-signed-in", "Missing or invalid credentials.");
  const outcome = await services.signIn.withPassword({
    name: sent.data.auth.username,
    password: sent.data.auth.password,
    address: request.visitor.client.address,
  });
  // A ticket is for a page that asks for the code; a program has none.
  if (outcome.kind !== "in")
    throw new HubError(
      "sign-in-refused",
      "This account has a second factor, so name and password alone make no token. Make one on the page “Tokens” in the browser.",
    );
  if (outcome.person.name !== owner) throw refused();
}
