/** Everything the proxy sends here that is not the hub's: `/` and stray paths (contract 1.8). */
import { HubError, type ServerName, serverPrefix, urlName } from "../../kernel/index.ts";
import type { ZodApp } from "../app.ts";
import { isApiPath } from "../failures.ts";
import { renderError } from "../pages/error.ts";
import type { HubServices } from "../services.ts";
import { personName, queryOf, redirect, signedIn } from "./visit.ts";

export function redirectRoutes(app: ZodApp, services: HubServices): void {
  const { baseUrl } = services;
  const hub = `${baseUrl}hub`;

  app.get(`${hub}/user-redirect/*`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const name = personName(identity);
    const rest = request.url.slice(`${hub}/user-redirect/`.length);
    const next = serverPrefix(baseUrl, name, "" as ServerName) + rest;
    return redirect(reply, `${hub}/spawn/${urlName(name)}?next=${encodeURIComponent(next)}`);
  });
  app.get(`${baseUrl}user-redirect/*`, async (request, reply) =>
    redirect(reply, `${hub}${request.url.slice(baseUrl.length - 1)}`),
  );

  // The proxy supplies the status; the page itself is an answer like any other.
  app.get(`${hub}/error/:code`, async (request, reply) => {
    const status = Number((request.params as { code: string }).code);
    const known = Number.isInteger(status) && status >= 400 && status < 600 ? status : 404;
    const words = ERROR_WORDS[known] ?? {
      title: "Something went wrong",
      message: "The hub could not answer this. Try again in a moment.",
    };
    return reply
      .type("text/html; charset=utf-8")
      .send(
        renderError({ hubName: services.config().name, baseUrl, status: known, ...words, backHref: `${hub}/home` }),
      );
  });

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (isApiPath(request.url, baseUrl)) throw new HubError("not-found", "Not Found");
    if (path === hub || path.startsWith(`${hub}/`)) throw new HubError("not-found", "There is no such page here.");
    if (request.method === "GET" || request.method === "HEAD")
      return redirect(
        reply,
        `${hub}${path.startsWith("/") ? path.slice(baseUrl.length - 1) : `/${path}`}${queryOf(request.url)}`,
      );
    if (path.startsWith(`${baseUrl}user/`)) {
      return reply
        .code(424)
        .type("application/json")
        .send({ message: `JupyterHub server no longer running at ${path}.` });
    }
    throw new HubError("forbidden", "Nothing here accepts this kind of request.");
  });
}

const ERROR_WORDS: Readonly<Record<number, { readonly title: string; readonly message: string }>> = {
  404: {
    title: "Nothing is here",
    message: "There is no page at this address, or the server it belongs to is not running.",
  },
  503: {
    title: "The server does not answer",
    message:
      "It may be starting, stopping, or busy. Wait a moment and load the page again; your files are kept in any case.",
  },
};
