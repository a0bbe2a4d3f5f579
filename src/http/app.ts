/** The hub's face: one Fastify application, one plugin for each resource. */
import type { IncomingMessage, ServerResponse } from "node:http";
import formbody from "@fastify/formbody";
import Fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { HubError, randomHex } from "../kernel/index.ts";
import { apiRoutes } from "./api/index.ts";
import { isApiPath, sendFailure } from "./failures.ts";
import { setCommonHeaders } from "./headers.ts";
import { type Listener, listenerOf, markListener } from "./listener.ts";
import type { HubServices } from "./services.ts";
import { siteRoutes } from "./site/index.ts";
import { openStatic } from "./static.ts";
import { checkXsrf, recogniseVisitor, type Visitor } from "./visitor.ts";

declare module "fastify" {
  interface FastifyRequest {
    visitor: Visitor;
  }
}

export type HubApp = FastifyInstance;
/** An application with zod schemas for types and validation. */
export type ZodApp = ReturnType<typeof withZod>;

function withZod(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>();
}

export interface HubFace {
  readonly app: HubApp;
  /** For `http.createServer`: every request of that server came in by this door. */
  handler(listener: Listener): (message: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Builds the application; it listens nowhere by itself. */
export async function createHubApp(services: HubServices): Promise<HubFace> {
  const app = withZod(
    Fastify({
      logger: false,
      bodyLimit: MAX_BODY_BYTES,
      genReqId: () => randomHex(6),
      requestIdHeader: false,
      return503OnClosing: false,
      routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: false, caseSensitive: true },
      frameworkErrors: (error, request, reply) => sendFailure(error, request, reply, services),
    }),
  );
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, services));
  acceptBodies(app);
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES });
  app.decorateRequest("visitor");

  app.addHook("onRequest", async (request, reply) => {
    const api = isApiPath(request.url, services.baseUrl);
    setCommonHeaders(reply, services.baseUrl, api);
    if (listenerOf(request.raw) === "servers" && !api)
      throw new HubError("not-found", "Only the hub's API can be reached from here.");
    if (isOpen(request.url, services.baseUrl)) return;
    request.visitor = await recogniseVisitor(request, services);
  });
  app.addHook("preHandler", async (request) => {
    if (request.visitor === undefined) return;
    const api = isApiPath(request.url, services.baseUrl);
    if (isXsrfExempt(request.url, services.baseUrl)) return;
    if (!api && request.method !== "POST") return;
    if (checkXsrf(request, services, request.visitor, api) === "not-signed-in") {
      request.visitor = { ...request.visitor, identity: undefined, session: undefined };
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    services.log.debug(
      {
        method: request.method,
        path: request.url.split("?")[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        requestId: request.id,
      },
      "answered",
    );
  });

  const statics = openStatic(services);
  await app.register(async (scope) => apiRoutes(withZod(scope), services));
  await app.register(async (scope) => siteRoutes(withZod(scope), services, statics));
  await app.ready();
  return {
    app,
    handler: (listener) => (message, response) => {
      markListener(message, listener);
      app.routing(message, response);
    },
    close: () => app.close(),
  };
}

/** Paths that need no visitor: cheap, and no database. */
function isOpen(url: string, baseUrl: string): boolean {
  const path = url.split("?")[0] ?? "";
  const hub = `${baseUrl}hub/`;
  return (
    path.startsWith(`${hub}static/`) || path === `${hub}health` || path === `${hub}api/health` || path === `${hub}logo`
  );
}

/** The token endpoint comes without cookies (contract 2.4), the gate's renewal from our proxy with a signed cookie. */
function isXsrfExempt(url: string, baseUrl: string): boolean {
  const path = url.split("?")[0] ?? "";
  const hub = `${baseUrl}hub/`;
  return (
    path === `${hub}api/oauth2/token` ||
    path === `${hub}gate/renew` ||
    path === `${hub}api` ||
    path === `${hub}api/` ||
    path === `${hub}security/csp-report`
  );
}

/** JupyterHub's clients send JSON with any content type or none (contract 3.1); an empty body is no body. */
function acceptBodies(app: FastifyInstance): void {
  const parse = (_request: unknown, body: Buffer, done: (error: Error | null, value?: unknown) => void): void => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
    } catch {
      done(new HubError("bad-request", "Invalid JSON in body of request"));
    }
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/csp-report",
    { parseAs: "buffer", bodyLimit: 64 * 1024 },
    (_request, _body, done) => done(null, undefined),
  );
  app.addContentTypeParser(["application/json", "*"], { parseAs: "buffer" }, parse);
}
