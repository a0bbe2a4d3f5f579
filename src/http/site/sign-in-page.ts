/** The sign-in page, at first and with the reason of a refusal. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { HubError } from "../../kernel/index.ts";
import type { SignInMethod } from "../../signin/index.ts";
import { frameOf } from "../frame.ts";
import { renderLogin } from "../pages/login.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import { safeNextOf, sendPage } from "./visit.ts";

export interface SignInAgain {
  /** Why the last try was refused, and what to do. */
  readonly error?: string;
  /** The name typed at the last try. */
  readonly username?: string;
}

export function signInPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  again: SignInAgain = {},
): FastifyReply {
  const methods = services.signIn.methods();
  const next = safeNextOf(request, services) ?? "";
  const { signUp, dummy, firstUse, minimumPasswordLength } = services.config().signIn;
  const form = methods.some(({ kind }) => kind === "form");
  const html = renderLogin({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    next,
    form: !form ? "none" : dummy === undefined ? "passwords" : "anybody",
    buttons: methods.flatMap((method) => buttonOf(method, services, next)),
    signUp: signUp !== "off",
    firstPassword: firstUse === "open" ? minimumPasswordLength : undefined,
    ...again,
  });
  return sendPage(reply, html);
}

/** The sign-in page with what went wrong; what only admins should know goes to the log. @throws what is no HubError */
export function refusedPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  error: unknown,
  again: SignInAgain = {},
): FastifyReply {
  const { message } = refusal(request, reply, services, error);
  return signInPage(request, reply, services, { error: message, ...again });
}

/** Sets status and Retry-After, and logs the detail for admins. @throws what is no HubError, which is a bug of ours */
export function refusal(request: FastifyRequest, reply: FastifyReply, services: HubServices, error: unknown): HubError {
  if (!(error instanceof HubError)) throw error;
  const { retryAfter } = error.facts ?? {};
  if (typeof retryAfter === "number") reply.header("retry-after", String(Math.ceil(retryAfter)));
  if (error.detail !== undefined) {
    const { address } = request.visitor.client;
    services.log.info({ code: error.code, detail: error.detail, address, requestId: request.id }, error.message);
  }
  reply.code(error.status);
  return error;
}

function buttonOf(method: SignInMethod, services: HubServices, next: string): { title: string; href: string }[] {
  if (method.kind === "form") return [];
  const query = new URLSearchParams(method.kind === "redirect" ? { method: method.id } : {});
  if (next !== "") query.set("next", next);
  const path = method.kind === "redirect" ? "oauth_login" : "header_login";
  return [{ title: method.title, href: `${services.baseUrl}hub/${path}${query.size === 0 ? "" : `?${query}`}` }];
}
