/** Addresses that stand for others, and the page the proxy shows when it cannot answer (contract 1.8). */
import { DEFAULT_SERVER, serverPrefix, urlName } from "../../kernel/index.ts";
import { frameOf } from "../frame.ts";
import { renderError } from "../pages/error.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { redirect, sendPage, signedIn } from "./visit.ts";

export function redirectRoutes(app: ZodApp, services: HubServices): void {
  const { baseUrl } = services;
  const hub = `${baseUrl}hub`;

  app.get(`${hub}/user-redirect/*`, async (request, reply) => {
    const identity = signedIn(request, reply, services);
    if (identity === undefined) return reply;
    const { name } = identity.user;
    const rest = request.url.slice(`${hub}/user-redirect/`.length);
    const next = serverPrefix(baseUrl, name, DEFAULT_SERVER) + rest;
    return redirect(reply, `${hub}/spawn/${urlName(name)}?next=${encodeURIComponent(next)}`);
  });

  // The proxy supplies the status; the page itself is an answer like any other.
  app.get(`${hub}/error/:code`, { config: { open: true } }, async (request, reply) => {
    const code = Number((request.params as { code: string }).code);
    const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : 404;
    const words = ERROR_WORDS[status] ?? {
      title: "Something went wrong",
      message: "The hub could not answer this. Try again in a moment.",
    };
    const page = { ...frameOf(services), backHref: `${hub}/home` };
    return sendPage(reply, renderError({ ...page, ...words, status }));
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
