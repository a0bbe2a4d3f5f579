/** What the proxy sends here because nobody else wants it: `/`, stopped servers, mistyped addresses (contract 1.8). */
import { HubError } from "../../kernel/index.ts";
import { isApiPath } from "../failures.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { queryOf, redirect } from "./visit.ts";

/** Answers every path without a route. */
export function answerStrays(app: ZodApp, services: HubServices): void {
  const { baseUrl } = services;
  const hub = `${baseUrl}hub`;
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (isApiPath(request.url, baseUrl)) throw new HubError("not-found", "Not Found");
    if (path === hub || path.startsWith(`${hub}/`) || !path.startsWith(baseUrl))
      throw new HubError("not-found", "There is no such page here.");
    if (request.method === "GET" || request.method === "HEAD")
      return redirect(reply, `${hub}/${path.slice(baseUrl.length)}${queryOf(request.url)}`);
    // An open notebook saves to a server that is gone: said at once, in the way that JupyterLab understands.
    if (path.startsWith(`${baseUrl}user/`))
      return reply
        .code(424)
        .type("application/json")
        .send({ message: `JupyterHub server no longer running at ${path}.` });
    throw new HubError("forbidden", "Nothing here accepts this kind of request.");
  });
}
