/** Builds of images: begun with a folder as a tar, or with a list of packages; their logs as event streams. */
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type BuildSpec, buildSpecSchema } from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import type { EventStream, Streams } from "../../streams.ts";
import type { ZodApp } from "../../zod-app.ts";
import { parse } from "../input.ts";
import { imageAdmin } from "./images.ts";

const TAR = "application/x-tar";
const byId = z.object({ id: z.string().min(1).max(60) });

/** The one endpoint that takes a folder: it goes to the disk as it comes, of any size, and is never in memory. */
export function beginBuildApi(scope: ZodApp, { builds }: HubServices, api: string): void {
  scope.addContentTypeParser(TAR, (_request, payload, done) => done(null, payload));
  scope.post(`${api}/hublet/builds`, { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
    const { name } = imageAdmin(request);
    const { spec, context } = wanted(request);
    return reply.code(202).send(await builds.start(spec, context, name));
  });
}

export function buildsApi(app: ZodApp, services: HubServices, api: string, streams: Streams): void {
  const { builds } = services;

  app.get(`${api}/hublet/builds`, async (request) => {
    imageAdmin(request);
    return { items: builds.list() };
  });

  app.get(`${api}/hublet/builds/:id`, { schema: { params: byId } }, async (request) => {
    imageAdmin(request);
    return builds.get(request.params.id);
  });

  app.delete(`${api}/hublet/builds/:id`, { schema: { params: byId } }, async (request, reply) => {
    const { name } = imageAdmin(request);
    return reply.code(202).send(builds.cancel(request.params.id, name));
  });

  app.get(
    `${api}/hublet/builds/:id/log`,
    { schema: { params: byId }, exposeHeadRoute: false },
    async (request, reply) => {
      imageAdmin(request);
      const { id } = builds.get(request.params.id);
      const { identity } = request.visitor;
      if (identity === undefined) throw new HubError("not-signed-in", "Missing or invalid credentials.");
      return streams.run(request, reply, identity, (stream) => follow(services, id, stream));
    },
  );
}

async function follow({ builds }: HubServices, id: string, stream: EventStream): Promise<void> {
  for await (const news of builds.follow(id, stream.signal)) {
    if (news.kind === "line") stream.send({ text: news.text }, "line");
    else stream.send(news.build, "build");
    await stream.drained();
  }
}

/** What is asked for: in the body, or in a header when the body is the folder. */
function wanted(request: FastifyRequest): { readonly spec: BuildSpec; readonly context: Readable | undefined } {
  const header = request.headers["x-hublet-build"];
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== TAR) {
    const spec = parse(buildSpecSchema, request.body);
    return { spec, context: undefined };
  }
  if (typeof header !== "string")
    throw new HubError("bad-request", "A tar comes with the header x-hublet-build: the build as JSON, in base64url.");
  const spec = parse(buildSpecSchema, jsonOf(header));
  if (spec.environment !== undefined)
    throw new HubError("bad-request", "A build is made of a folder or of an environment, not of both.");
  return { spec, context: request.body as Readable };
}

function jsonOf(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
  } catch (cause) {
    throw new HubError("bad-request", "The header x-hublet-build is not JSON in base64url.", { cause });
  }
}
