export type { Access, AccessOptions } from "./access.ts";
export type { CookieSite, Cookies } from "./cookies.ts";
export { LOGIN_COOKIE, SESSION_ID_COOKIE, XSRF_COOKIE } from "./cookies.ts";
export type { Gate, GateRequest } from "./gate.ts";
export type { Identity, Person } from "./identity.ts";
export type { AuthorizeOutcome, Fields, OAuth, ScopeOffer, ServerClient, TokenAnswer } from "./oauth/oauth.ts";
export type { Held, Resource } from "./scopes/check.ts";
export type { FilterKind, Filters, Reach, ScopeSet } from "./scopes/scope-set.ts";
export type { NewSession, Sessions, SignedIn, StartedSession } from "./sessions.ts";
export type { NewToken, TokenModel, Tokens } from "./tokens.ts";
export type { Xsrf, XsrfRefusal, XsrfRequest, XsrfSubject } from "./xsrf.ts";
// To come, with these signatures:
//   openAccess(options: AccessOptions): Access
//   holds(scopes: ScopeSet, name: string, resource?: Resource): Held
//   requireAny(scopes: ScopeSet, names: readonly string[], resource?: Resource): void  — throws 403 or 404 as 3.1 says
//   filterOf(scopes: ScopeSet, name: string): Reach | undefined  — for list endpoints; undefined: not held at all
//   reaches(reach: Reach, resource: Resource, groups?: readonly string[]): boolean — one row of a list
//   scopeList(scopes: ScopeSet): string[]  — sorted, as GET API/user shows it
//   tokenText(id: number): string  — `a<n>`
//   tokenOfHeader(authorization: string | undefined): string | undefined — `token T`, `Bearer T`
//   parseCookies(header: string | undefined): Cookies, cookieValues(cookies, name): string[]
//   signInCookies(site: CookieSite, session: StartedSession, xsrf: string): string[] — Set-Cookie values
//   signOutCookies(site: CookieSite): string[]
//   xsrfCookie(site: CookieSite, value: string, anonymous: boolean): string
//   safeNext(next: string | undefined, at: { baseUrl: string; origin: string }): string | undefined
