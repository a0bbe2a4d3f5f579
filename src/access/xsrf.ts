/** Protection against requests other sites make a browser send (contract 2.6). */
import { type Clock, equalInConstantTime, hmac, randomHex, type Secret } from "../kernel/index.ts";
import { type Cookies, cookieValues, XSRF_COOKIE } from "./cookies.ts";

/** Life of a value given before sign-in, in seconds: that of its cookie, with a little for slow clocks. */
const ANONYMOUS_LIFE = 3600 + 60;

/** To whom an `_xsrf` value belongs: one signed-in browser, or an address and browser before sign-in. */
export type XsrfSubject =
  | { readonly kind: "session"; readonly sessionHash: string }
  | { readonly kind: "anonymous"; readonly address: string; readonly userAgent: string };

export interface XsrfRequest {
  readonly method: string;
  /** A REST endpoint below `HUB api/`. Pages otherwise; `oauth2/authorize` is a page. */
  readonly apiPath: boolean;
  /** Lower-case names, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** How the request was authenticated; `none`: no valid cookie and no valid token. */
  readonly via: "cookie" | "token" | "none";
  readonly subject: XsrfSubject;
  /** The `_xsrf` argument of query or form body, if any; the headers are looked at here. */
  readonly submitted: string | undefined;
  readonly cookies: Cookies;
}

/** `not-signed-in`: the cookie does not count for this request (content type), answer as without credentials. */
export interface XsrfRefusal {
  readonly reason: "missing" | "mismatch" | "not-signed-in";
  /** JupyterHub's words, for the 403's `message`. */
  readonly message: string;
}

export interface Xsrf {
  /** A new value for the `_xsrf` cookie. */
  issue(subject: XsrfSubject): string;
  verify(value: string, subject: XsrfSubject): boolean;
  /** Undefined when the request may pass. Answer a refusal with 403. */
  check(request: XsrfRequest): XsrfRefusal | undefined;
}

export interface XsrfParts {
  readonly key: Secret;
  readonly clock: Clock;
}

export function createXsrf(parts: XsrfParts): Xsrf {
  const issue: Xsrf["issue"] = (subject) => {
    const statement = `${seconds(parts.clock).toString(36)}.${randomHex(8)}`;
    return `${statement}.${sign(parts.key, statement, subject)}`;
  };

  const verify: Xsrf["verify"] = (value, subject) => {
    const [time, nonce, signature, ...rest] = value.split(".");
    if (time === undefined || nonce === undefined || signature === undefined || rest.length > 0) return false;
    if (!equalInConstantTime(signature, sign(parts.key, `${time}.${nonce}`, subject))) return false;
    // A session's values end with the session.
    return subject.kind === "session" || Number.parseInt(time, 36) + ANONYMOUS_LIFE > seconds(parts.clock);
  };

  const check: Xsrf["check"] = (request) => {
    if (isForeignPost(request)) return { reason: "not-signed-in", message: "Missing or invalid credentials." };
    if (!needsCheck(request)) return undefined;
    const submitted = request.submitted || header(request, "x-xsrftoken") || header(request, "x-csrftoken");
    if (!submitted) return { reason: "missing", message: "'_xsrf' argument missing from POST" };
    // A cookie of a wider path may come along: the first that verifies counts, not the first (contract 2.5).
    const valid = cookieValues(request.cookies, XSRF_COOKIE).find((value) => verify(value, request.subject));
    if (valid === undefined || !equalInConstantTime(valid, submitted)) {
      return { reason: "mismatch", message: "XSRF cookie does not match POST argument" };
    }
    return undefined;
  };

  return { issue, verify, check };
}

/** HTML forms of other sites can post, but not with this content type. */
function isForeignPost(request: XsrfRequest): boolean {
  if (request.via !== "cookie" || !request.apiPath || request.method !== "POST") return false;
  const type = header(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return type !== undefined && type !== "" && type !== "application/json";
}

/** The table of contract 2.6. */
function needsCheck(request: XsrfRequest): boolean {
  if (request.via === "token") return false;
  // Without credentials there is nothing to abuse; the answer is a plain 403, or what a body with a password gives.
  if (request.via === "none" && request.apiPath && header(request, "origin") === undefined) return false;
  const mode = header(request, "sec-fetch-mode");
  if (mode === "websocket") return false;
  if (request.method === "HEAD" || request.method === "OPTIONS") return false;
  if (request.method !== "GET") return true;
  if (!request.apiPath || mode === undefined || mode === "navigate") return false;
  return !(mode === "no-cors" && header(request, "sec-fetch-site") === "same-origin");
}

function header({ headers }: XsrfRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** The parts are JSON, so that no user agent can spell another subject. */
function sign(key: Secret, statement: string, subject: XsrfSubject): string {
  const who =
    subject.kind === "session" ? ["session", subject.sessionHash] : ["anonymous", subject.address, subject.userAgent];
  return hmac(key.reveal(), JSON.stringify([statement, ...who]));
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
