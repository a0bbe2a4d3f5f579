/** The Cookie header and the hub's own cookies (contract 2.5). */
import type { StartedSession } from "./sessions.ts";

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
export type { StartedSession };
