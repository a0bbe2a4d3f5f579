/** One handler for every failure: JSON for the API, a page for people, never a stack. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { CATALOGUE, HubError, messageOf } from "../kernel/index.ts";
import { frameOf } from "./frame.ts";
import { setCommonHeaders } from "./headers.ts";
import { renderError } from "./pages/error.ts";
import type { HubServices } from "./services.ts";

export interface Failure {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly bug: boolean;
}

/** What a thrown value means for the one who asked. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof HubError) {
    return {
      status: error.status,
      title: CATALOGUE[error.code].title,
      message: error.message,
      facts: error.facts ?? {},
      bug: false,
    };
  }
  const status = fastifyStatus(error);
  if (status !== undefined)
    return { status, title: CATALOGUE["bad-request"].title, message: requestMessage(error), facts: {}, bug: false };
  return {
    status: 500,
    title: CATALOGUE.internal.title,
    message: "Internal error: this is a bug in Hublet.",
    facts: {},
    bug: true,
  };
}

/** Fastify's own refusals (bad JSON, too large, wrong types) carry a status below 500. */
function fastifyStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, validation } = error as Partial<FastifyError>;
  if (validation !== undefined) return 400;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function requestMessage(error: unknown): string {
  const code = (error as Partial<FastifyError>).code ?? "";
  if (code.startsWith("FST_ERR_CTP_INVALID_JSON") || error instanceof SyntaxError)
    return "Invalid JSON in body of request";
  return messageOf(error);
}

/** Sends a failure in the form its path has. */
export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply, services: HubServices): void {
  const failure = describeFailure(error);
  // Refusals before routing (a path that cannot be decoded) pass no guard that would have set them.
  const api = isApiPath(request.url, services.baseUrl);
  setCommonHeaders(reply, services.baseUrl, api);
  if (failure.bug)
    services.log.error({ err: error, requestId: request.id, path: loggedPath(request) }, "internal error");
  else if (error instanceof HubError && error.detail !== undefined)
    services.log.info({ code: error.code, detail: error.detail, requestId: request.id }, error.message);
  const retryAfter = failure.facts.retryAfter;
  if (typeof retryAfter === "number") reply.header("retry-after", String(Math.ceil(retryAfter)));
  reply.code(failure.status);
  if (api) {
    // JupyterHub's clients expect exactly these two keys (contract 3.1).
    void reply.type("application/json").send({
      status: failure.status,
      message: failure.bug ? `${failure.message} Request ${request.id}.` : failure.message,
    });
    return;
  }
  const html = renderError({
    ...frameOf(services),
    status: failure.status,
    title: failure.title,
    message: failure.message,
    ...(failure.bug ? { requestId: request.id } : {}),
    backHref: `${services.baseUrl}hub/home`,
  });
  void reply.type("text/html; charset=utf-8").send(html);
}

/** Below `HUB api`: answers are JSON. The page where people confirm an OAuth client lies there, too, but is a page. */
export function isApiPath(url: string, baseUrl: string): boolean {
  const path = url.split(/[?#]/, 1)[0] ?? url;
  const api = `${baseUrl}hub/api`;
  return path === api || (path.startsWith(`${api}/`) && path !== `${api}/oauth2/authorize`);
}

/** The path without its query, for the log; the one route with a secret in its path is logged by its pattern. */
export function loggedPath(request: FastifyRequest): string {
  const route = request.routeOptions.url;
  return route?.includes(":token") === true ? route : (request.url.split("?")[0] ?? "");
}
