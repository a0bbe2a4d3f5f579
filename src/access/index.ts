export type { Access, AccessOptions } from "./access.ts";
export { openAccess } from "./access.ts";
export type { CookieSite, Cookies, CookieToSet } from "./cookies.ts";
export {
  cookieValues,
  LOGIN_COOKIE,
  parseCookies,
  SESSION_ID_COOKIE,
  sessionIdCookie,
  setCookie,
  signInCookies,
  signOutCookies,
  XSRF_COOKIE,
  xsrfCookie,
} from "./cookies.ts";
export type { Gate, GateRequest } from "./gate.ts";
export type { Identity, Person } from "./identity.ts";
export type { HubAddress } from "./next-url.ts";
export { safeNext } from "./next-url.ts";
export type { AuthorizeOutcome, Fields, OAuth, ScopeOffer, ServerClient, TokenAnswer } from "./oauth/oauth.ts";
export type { Held, Holding, Resource } from "./scopes/check.ts";
export { filterOf, holds, requireAny } from "./scopes/check.ts";
export { rolesOf } from "./scopes/roles.ts";
export type { FilterKind, Filters, Reach, ScopeSet } from "./scopes/scope-set.ts";
export { scopeList } from "./scopes/scope-set.ts";
export type { ServerCredentials, ServerRef } from "./server-credentials.ts";
export type { NewSession, Sessions, SignedIn, StartedSession } from "./sessions.ts";
export type { ShareCodes, ShareOffer } from "./shares/codes.ts";
export type { ServerAt } from "./shares/server-at.ts";
export type { Grantee, ShareRequest, Shares } from "./shares/shares.ts";
export type { NewToken, TokenModel, Tokens } from "./tokens.ts";
export { tokenOfHeader, tokenText } from "./tokens.ts";
export type { Xsrf, XsrfRefusal, XsrfRequest, XsrfSubject } from "./xsrf.ts";
