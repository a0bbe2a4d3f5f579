/** The hub's face: one Fastify application, one plugin for each resource. */
import type { IncomingMessage, ServerResponse } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { randomHex } from "../kernel/index.ts";
import { apiRoutes } from "./api/index.ts";
import { ignoreBodies, MAX_BODY_BYTES, readForms, readJson } from "./bodies.ts";
import { sendFailure } from "./failures.ts";
import { guard } from "./guards.ts";
import { type Listener, markListener } from "./listener.ts";
import type { HubServices } from "./services.ts";
import { siteRoutes, strayRoutes } from "./site/index.ts";
import { openStatic } from "./static.ts";
import { Streams } from "./streams.ts";
import { recogniseVisitor } from "./visitor.ts";
import { withZod } from "./zod-app.ts";

export interface HubFace {
  readonly app: FastifyInstance;
  /** For `http.createServer`: every request of that server came in by this door. */
  handler(listener: Listener): (message: IncomingMessage, response: ServerResponse) => void;
  /** Ends every event stream, so that nothing keeps the listeners open. */
  close(): Promise<void>;
}

/** Builds the application; it listens nowhere by itself. @throws HubError `not-found` when the web pages were not built */
export async function createHubApp(services: HubServices): Promise<HubFace> {
  const statics = openStatic(services);
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomHex(6),
    requestIdHeader: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: false, caseSensitive: true },
    frameworkErrors: (error, request, reply) => sendFailure(error, request, reply, services),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, services));
  guard(app, services);
  const streams = new Streams({
    recognise: async (request) => (await recogniseVisitor(request, services, { countsAsActivity: false })).identity,
    log: services.log,
  });

  await app.register(async (scope) => {
    readJson(scope);
    await apiRoutes(withZod(scope), services, streams);
  });
  await app.register(async (scope) => {
    await readForms(scope);
    siteRoutes(withZod(scope), services, statics);
  });
  await app.register(async (scope) => {
    ignoreBodies(scope);
    strayRoutes(withZod(scope), services, streams.closing);
  });
  await app.ready();
  return {
    app,
    handler: (listener) => (message, response) => {
      markListener(message, listener);
      app.routing(message, response);
    },
    close: async () => {
      streams.close();
      await app.close();
    },
  };
}
