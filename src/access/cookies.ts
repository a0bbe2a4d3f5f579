/** The Cookie header and the hub's own cookies (contract 2.5). */
import type { StartedSession } from "./sessions.ts";

/** Public id of a signed-in browser; servers read it. */
export const SESSION_ID_COOKIE = "jupyterhub-session-id";
export const LOGIN_COOKIE = "jupyterhub-hub-login";
export const XSRF_COOKIE = "_xsrf";

/** Pairs in the order sent, names untouched (they contain `%`), duplicates kept. */
export type Cookies = readonly (readonly [name: string, value: string])[];

/** How the hub is reached: cookies are Secure when it is by https. */
export interface CookieSite {
  /** `BASE`: begins and ends with `/`. */
  readonly baseUrl: string;
  readonly secure: boolean;
}

/** The pairs of a Cookie header. Values lose the double quotes around them; nothing is decoded. */
export function parseCookies(header: string | undefined): Cookies {
  if (header === undefined) return [];
  return header.split(";").flatMap((part) => {
    const equals = part.indexOf("=");
    if (equals === -1) return [];
    const name = part.slice(0, equals).trim();
    const value = part.slice(equals + 1).trim();
    return name === "" ? [] : [[name, /^".*"$/.test(value) ? value.slice(1, -1) : value] as const];
  });
}

/** All values of a name, in the order sent: a cookie of a longer path comes first. */
export function cookieValues(cookies: Cookies, name: string): string[] {
  return cookies.filter(([candidate]) => candidate === name).map(([, value]) => value);
}

/** `Set-Cookie` values after a sign-in. `xsrf`: issued for the new session, since a sign-in rotates it (2.6). */
export function signInCookies(site: CookieSite, session: StartedSession, xsrf: string): string[] {
  return [
    sessionIdCookie(site, session.sessionId),
    setCookie({
      name: LOGIN_COOKIE,
      value: session.cookieValue,
      path: `${site.baseUrl}hub/`,
      secure: site.secure,
      httpOnly: true,
      expires: new Date(session.expiresAt),
    }),
    xsrfCookie(site, xsrf, false),
  ];
}

/**
 * It ends with the browser while the login cookie stays: send it again when a signed-in request comes without it,
 * since servers tie the tokens they keep to it (contract 2.8).
 */
export function sessionIdCookie(site: CookieSite, sessionId: string): string {
  return setCookie({
    name: SESSION_ID_COOKIE,
    value: sessionId,
    path: site.baseUrl,
    secure: site.secure,
    httpOnly: true,
  });
}

/** Readable by scripts. Set it on navigations only, never on fetches (2.6). Before sign-in it lives for an hour. */
export function xsrfCookie(site: CookieSite, value: string, anonymous: boolean): string {
  return setCookie({
    name: XSRF_COOKIE,
    value,
    path: `${site.baseUrl}hub/`,
    secure: site.secure,
    httpOnly: false,
    ...(anonymous ? { maxAge: 3600 } : {}),
  });
}

/** `Set-Cookie` values that take the hub's cookies away. */
export function signOutCookies({ baseUrl, secure }: CookieSite): string[] {
  const gone = { value: "", secure, httpOnly: true, expires: new Date(0) };
  return [
    setCookie({ ...gone, name: SESSION_ID_COOKIE, path: baseUrl }),
    setCookie({ ...gone, name: LOGIN_COOKIE, path: `${baseUrl}hub/` }),
    setCookie({ ...gone, name: XSRF_COOKIE, path: `${baseUrl}hub/`, httpOnly: false }),
  ];
}

export interface CookieToSet {
  readonly name: string;
  /** Must need no escaping: letters, digits and `-_.=%`. */
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Seconds. Without this and `expires` it ends with the browser. */
  readonly maxAge?: number;
  readonly expires?: Date;
}

/** A `Set-Cookie` value. Lax: sent when a link leads here, not with what other sites load or post. */
export function setCookie(cookie: CookieToSet): string {
  if (!/^[\w.=%-]*$/.test(cookie.value) || /[;\s\p{Cc}]/u.test(cookie.name + cookie.path)) {
    throw new Error(`The cookie ${cookie.name} has characters that a header cannot carry.`);
  }
  return [
    `${cookie.name}=${cookie.value}`,
    `Path=${cookie.path}`,
    ...(cookie.maxAge === undefined ? [] : [`Max-Age=${cookie.maxAge}`]),
    ...(cookie.expires === undefined ? [] : [`Expires=${cookie.expires.toUTCString()}`]),
    ...(cookie.httpOnly ? ["HttpOnly"] : []),
    ...(cookie.secure ? ["Secure"] : []),
    "SameSite=Lax",
  ].join("; ");
}
