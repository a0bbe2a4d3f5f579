/** Signing in by GitHub, an OpenID provider, or a proxy in front that has signed people in already. */
import type { FastifyRequest } from "fastify";
import { cookieValues, setCookie } from "../../access/index.ts";
import { HubError } from "../../kernel/index.ts";
import { messages } from "../pages/messages.ts";
import type { HubServices } from "../services.ts";
import { addCookies } from "../visitor.ts";
import type { ZodApp } from "../zod-app.ts";
import { enter } from "./entering.ts";
import { refusedPage } from "./sign-in-page.ts";
import { queryOf, redirect, safeNextOf, safePath, siteOf } from "./visit.ts";

/** JupyterHub's OAuthenticator has one of this name; ours says which provider it is for. */
const STATE_COOKIE = "oauthenticator-state";
const STATE_SECONDS = 600;
/** Browsers drop cookies over 4 KiB, and the state carries `next` sealed: a longer one is not worth a failed sign-in. */
const LONGEST_NEXT = 1500;

export function providerRoutes(app: ZodApp, services: HubServices): void {
  const hub = `${services.baseUrl}hub`;
  const { signIn } = services;

  // HEAD must not begin anything, here and below: programs that look at links send it.
  app.get(`${hub}/oauth_login`, { exposeHeadRoute: false }, async (request, reply) => {
    const next = safeNextOf(request, services) ?? "";
    const method = methodOf(request, services);
    if (method === undefined) return redirect(reply, `${hub}/login${queryOf(request.url)}`);
    try {
      const begun = await signIn.beginRedirect(method, {
        callbackUrl: callbackUrl(request, services),
        next: next.length > LONGEST_NEXT ? "" : next,
      });
      addCookies(reply, [stateCookie(request, services, begun.state)]);
      return redirect(reply, begun.location);
    } catch (error) {
      return refusedPage(request, reply, services, error);
    }
  });

  // One address for all providers; the state says whose answer it is.
  app.get(`${hub}/oauth_callback`, { exposeHeadRoute: false }, async (request, reply) => {
    const [state] = cookieValues(request.visitor.cookies, STATE_COOKIE);
    // Whatever comes of it, this state has had its try.
    addCookies(reply, [stateCookie(request, services, undefined)]);
    try {
      const { person, next } = await signIn.finishRedirect({
        query: queryOf(request.url).slice(1),
        state,
        callbackUrl: callbackUrl(request, services),
        address: request.visitor.client.address,
      });
      await enter(request, reply, services, person, "provider");
      // Checked again: the state is ours, but what counts is where the browser is sent now.
      return redirect(reply, safePath(next, request, services) ?? `${hub}/`);
    } catch (error) {
      return refusedPage(request, reply, services, error);
    }
  });

  app.get(`${hub}/header_login`, { exposeHeadRoute: false }, async (request, reply) => {
    try {
      const { header } = services.config().signIn;
      if (header === undefined) throw new HubError("not-found", messages.login.noHeader);
      const person = await signIn.withHeader({
        user: saidOnce(request, header.user),
        groups: header.groups === undefined ? undefined : saidOnce(request, header.groups),
        peer: request.visitor.client.peer,
      });
      await enter(request, reply, services, person, "header");
    } catch (error) {
      return refusedPage(request, reply, services, error);
    }
    return redirect(reply, safeNextOf(request, services) ?? `${hub}/`);
  });
}

/** The provider that was asked for; with one alone it need not be said. Undefined: let the person choose. */
function methodOf(request: FastifyRequest, services: HubServices): string | undefined {
  const { method } = request.query as { method?: unknown };
  const providers = services.signIn.methods().filter(({ kind }) => kind === "redirect");
  if (method === undefined) return providers.length === 1 ? providers[0]?.id : undefined;
  return providers.find(({ id }) => id === method)?.id;
}

/**
 * Where the provider sends the browser back. By `publicUrl` when it is configured. Otherwise by the request's Host, when
 * it is a host and nothing else: a wrong one fools only whoever sent it, since providers know the right address, and
 * answers are cached by nobody.
 */
function callbackUrl(request: FastifyRequest, services: HubServices): string {
  const { publicUrl } = services.config();
  const origin = publicUrl === undefined ? request.visitor.client.origin : new URL(publicUrl).origin;
  return `${origin}${services.baseUrl}hub/oauth_callback`;
}

/** @param value undefined takes the cookie away */
function stateCookie(request: FastifyRequest, services: HubServices, value: string | undefined): string {
  const { baseUrl, secure } = siteOf(request, services);
  const kept = value === undefined ? { value: "", expires: new Date(0) } : { value, maxAge: STATE_SECONDS };
  return setCookie({ name: STATE_COOKIE, path: `${baseUrl}hub/`, secure, httpOnly: true, ...kept });
}

/**
 * A header's value. One that stands there twice is refused: of the two, a proxy that adds without removing has let the
 * visitor's own through. @throws HubError `sign-in-refused`
 */
function saidOnce(request: FastifyRequest, name: string): string | undefined {
  const values = request.raw.headersDistinct[name.toLowerCase()] ?? [];
  if (values.length > 1)
    throw new HubError("sign-in-refused", messages.login.headerTwice, {
      detail: `the header ${name} came ${values.length} times: the proxy in front must remove what visitors send`,
    });
  return values[0];
}
