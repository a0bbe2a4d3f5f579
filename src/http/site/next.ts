import type { FastifyRequest } from "fastify";
import { safeNext } from "../../access/index.ts";
import type { HubServices } from "../services.ts";

/** The `next` of a page's query when it stays on this hub; undefined when absent or leading elsewhere (contract 2.6). */
export function safeNextOf(request: FastifyRequest, services: HubServices): string | undefined {
  const { next } = request.query as { next?: unknown };
  if (typeof next !== "string") return undefined;
  return safeNext(next, { baseUrl: services.baseUrl, origin: request.visitor.client.origin });
}
