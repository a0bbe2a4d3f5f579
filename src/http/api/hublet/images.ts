/** Images of the engine and of the registry, for admins. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../../../access/index.ts";
import {
  gcSchema,
  pullImageSchema,
  pushImageSchema,
  removeImageSchema,
  tagImageSchema,
} from "../../../contract/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith, emptyAnswer, may } from "../caller.ts";
import { parse } from "../input.ts";

export function imagesApi(app: ZodApp, services: HubServices, api: string): void {
  const { imageDesk: desk, log } = services;

  app.get(`${api}/hublet/images`, async (request) => {
    imageAdmin(request);
    return await desk.view();
  });

  app.delete(`${api}/hublet/images`, async (request, reply) => {
    const { name } = imageAdmin(request);
    const { reference, registry, others } = parse(removeImageSchema, request.body);
    const result = await desk.remove(reference, { registry, others, signal: goneOf(reply) });
    log.info({ by: name, image: reference, registry }, "image removed by hand");
    return result;
  });

  app.post(`${api}/hublet/images/pull`, async (request, reply) => {
    imageAdmin(request);
    desk.pull(parse(pullImageSchema, request.body).reference);
    return emptyAnswer(reply, 202);
  });

  app.post(`${api}/hublet/images/push`, async (request, reply) => {
    imageAdmin(request);
    return await desk.push(parse(pushImageSchema, request.body).reference, goneOf(reply));
  });

  app.post(`${api}/hublet/images/tag`, async (request) => {
    imageAdmin(request);
    const { reference, tag } = parse(tagImageSchema, request.body);
    return await desk.tag(reference, tag);
  });

  app.post(`${api}/hublet/images/gc`, async (request) => {
    const { name } = imageAdmin(request);
    const wanted = parse(gcSchema, request.body ?? {});
    const result = await desk.gc(wanted);
    if (!wanted.dryRun) log.info({ by: name, removed: result.removed.length }, "images that nobody needs were removed");
    return result;
  });
}

/** Whoever changes images decides what everybody's servers run: admins of the hub itself, and nobody less. */
export function imageAdmin(request: FastifyRequest): { readonly name: string } {
  callerWith(request, ["admin-ui"]);
  const identity = callerWith(request, ["read:hub"]);
  if (request.method !== "GET") callerWith(request, ["admin:servers"]);
  return { name: identity.user.name };
}

/** What `imageAdmin` asks of who only looks. */
export function seesImages(identity: Identity): boolean {
  return may(identity, "admin-ui") && may(identity, "read:hub");
}

/** Aborted when the caller has gone before the answer. */
export function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort(new Error("the caller has gone")));
  return gone.signal;
}
