/** Static files, the logo, health, and the page that reports of violated content policies go to. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { HubError } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";
import type { StaticFile, Statics } from "../static.ts";
import type { ZodApp } from "../zod-app.ts";

export function assetRoutes(app: ZodApp, services: HubServices, statics: Statics): void {
  const hub = `${services.baseUrl}hub`;
  const open = { config: { open: true } } as const;
  app.get(`${hub}/static/*`, open, async (request, reply) => {
    const name = (request.params as { "*": string })["*"];
    const file = statics.find(name);
    if (file === undefined || name.endsWith(".html")) throw new HubError("not-found", "There is no such file.");
    return sendStatic(request, reply, file);
  });
  app.get(`${hub}/logo`, open, async (request, reply) => {
    const logo = statics.find("logo.svg");
    if (logo === undefined) throw new HubError("not-found", "This hub has no logo.");
    return sendStatic(request, reply, logo);
  });
  app.get(`${hub}/health`, open, async (_request, reply) => reply.send(""));
  // Browsers post here of their own accord; nothing reads it yet.
  app.addContentTypeParser(
    ["application/csp-report", "application/reports+json"],
    { parseAs: "buffer", bodyLimit: 64 * 1024 },
    (_request, _body, done) => done(null, undefined),
  );
  app.post(`${hub}/security/csp-report`, open, async (_request, reply) => reply.code(204).send());
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
