/** Protection against requests other sites make a browser send (contract 2.6). */
import type { Cookies } from "./cookies.ts";

/** To whom an `_xsrf` value belongs: one signed-in browser, or an address and browser before sign-in. */
export type XsrfSubject =
  | { readonly kind: "session"; readonly sessionHash: string }
  | { readonly kind: "anonymous"; readonly address: string; readonly userAgent: string };

export interface XsrfRequest {
  readonly method: string;
  /** Below `HUB api/`; pages otherwise. */
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
