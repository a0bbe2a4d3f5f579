/** Starting and stopping servers, as JupyterHub's clients do (contract 1.10, 3.3, 3.5). */
import { z } from "zod";
import { CATALOGUE, type ErrorCode, HubError } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { emptyAnswer } from "./caller.ts";
import { objectBody, parse } from "./input.ts";
import { serverModel } from "./models.ts";
import { existing, newName, onServer } from "./server-path.ts";

/** How long a request waits for a start or stop before it answers 202 (contract 1.10). */
const SLOW_MS = 10_000;
const options = z.record(z.string(), z.unknown());
/** One printable line of 1 to 255 characters with single inner spaces (contract 1.7). */
const displayName = z
  .string()
  .transform((text) => text.normalize("NFC"))
  .refine(
    (text) => text.length <= 255 && /^\S+(?: \S+)*$/u.test(text) && !/\p{C}/u.test(text),
    "must be one line of 1 to 255 characters without outer or double spaces",
  );
const newServer = z.object({ display_name: displayName.nullish(), user_options: options.nullish() });
const serverChange = z.strictObject({
  name: z.string().optional(),
  display_name: displayName.optional(),
  user_options: options.optional(),
});

export function serversApi(app: ZodApp, services: HubServices, api: string): void {
  const { servers } = services;

  onServer(app, services, { method: "GET", prefix: api, scopes: ["read:servers"] }, async (target) =>
    serverModel(services, await existing(services, target), target.identity),
  );

  onServer(
    app,
    services,
    { method: "POST", prefix: api, scopes: ["start:servers"] },
    async (target, request, reply) => {
      const key = { user: target.user, server: newName(target) };
      const wish = startBody(request.body);
      const before = await servers.get(key);
      await servers.start({
        ...key,
        options: wish.options,
        displayName: wish.displayName,
        by: target.identity.user.name,
      });
      if (before?.pending === "spawn") return emptyAnswer(reply, 202);
      const { settled, server } = await servers.settled(key, { withinMs: SLOW_MS });
      if (settled && !server.ready) throw startFailure(server);
      return emptyAnswer(reply, settled ? 201 : 202);
    },
  );

  onServer(app, services, { method: "PUT", prefix: api, scopes: ["start:servers"] }, async (target, request, reply) => {
    const body = parse(newServer, objectBody(request.body) ?? {});
    const made = await servers.create({
      user: target.user,
      server: newName(target),
      ...(body.display_name == null ? {} : { displayName: body.display_name }),
      ...(body.user_options == null ? {} : { options: body.user_options }),
    });
    return reply.code(201).send(serverModel(services, made, target.identity));
  });

  onServer(app, services, { method: "PATCH", prefix: api, scopes: ["start:servers"] }, async (target, request) => {
    const body = parse(serverChange, objectBody(request.body) ?? {});
    if (Object.keys(body).length === 0)
      throw new HubError("bad-request", "Nothing to change was given: name, display_name, user_options.");
    const changed = await servers.update(
      { user: target.user, server: target.server },
      {
        ...(body.name === undefined ? {} : { name: newName({ ...target, server: body.name as typeof target.server }) }),
        ...(body.display_name === undefined ? {} : { displayName: body.display_name }),
        ...(body.user_options === undefined ? {} : { options: body.user_options }),
      },
    );
    return serverModel(services, changed, target.identity);
  });

  onServer(
    app,
    services,
    { method: "DELETE", prefix: api, scopes: ["delete:servers"] },
    async (target, request, reply) => {
      const { user, server } = target;
      const by = target.identity.user.name;
      const remove = objectBody(request.body)?.remove === true;
      if (remove) {
        await servers.remove({ user, server, by });
        return emptyAnswer(reply, 204);
      }
      await existing(services, target);
      await servers.stop({ user, server, by });
      const { settled } = await servers.settled({ user, server }, { withinMs: SLOW_MS });
      return emptyAnswer(reply, settled ? 204 : 202);
    },
  );
}

/** Why a start that is over has not led to a server. */
function startFailure({ failure }: ServerRecord): HubError {
  if (failure === null) return new HubError("start-cancelled", "The start was cancelled.");
  return new HubError(isErrorCode(failure.code) ? failure.code : "internal", failure.message);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}

/** Without either key the whole object is the options, as clients before 6.0 send it (contract 3.5). */
function startBody(body: unknown): {
  options: Record<string, unknown> | null | undefined;
  displayName: string | undefined;
} {
  const object = objectBody(body);
  if (object === undefined) return { options: undefined, displayName: undefined };
  if (!("user_options" in object) && !("display_name" in object)) {
    return { options: Object.keys(object).length === 0 ? undefined : object, displayName: undefined };
  }
  const wish = parse(newServer, object);
  return { options: wish.user_options, displayName: wish.display_name ?? undefined };
}
