/** Static files, the logo, health, and the page that reports of violated content policies go to. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { HubError } from "../../kernel/index.ts";
import type { ZodApp } from "../app.ts";
import type { HubServices } from "../services.ts";
import type { StaticFile, Statics } from "../static.ts";

export function assetRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  const hub = `${services.baseUrl}hub`;
  app.get(`${hub}/static/*`, async (request, reply) => {
    const name = (request.params as { "*": string })["*"];
    const file = statics.find(name);
    if (file === undefined || name.endsWith(".html")) throw new HubError("not-found", "There is no such file.");
    return sendStatic(request, reply, file);
  });
  app.get(`${hub}/logo`, async (request, reply) => {
    const logo = statics.find("logo.svg");
    if (logo === undefined) throw new HubError("not-found", "This hub has no logo.");
    return sendStatic(request, reply, logo);
  });
  app.get(`${hub}/health`, async (_request, reply) => reply.send(""));
  app.post(`${hub}/security/csp-report`, async (_request, reply) => reply.code(204).send());
}

function sendStatic(request: FastifyRequest, reply: FastifyReply, file: StaticFile): FastifyReply {
  reply.header("cache-control", file.cacheControl).header("etag", file.etag).header("vary", "accept-encoding");
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  const accepts = request.headers["accept-encoding"] ?? "";
  reply.type(file.type);
  if (file.brotli !== undefined && /\bbr\b/.test(accepts))
    return reply.header("content-encoding", "br").send(file.brotli);
  if (file.gzip !== undefined && /\bgzip\b/.test(accepts))
    return reply.header("content-encoding", "gzip").send(file.gzip);
  return reply.send(file.body);
}
