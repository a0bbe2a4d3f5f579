import { GATE_COOKIE } from "../kernel/index.ts";

const HUB_LOGIN = "jupyterhub-hub-login";
const SESSION_ID = "jupyterhub-session-id";

/**
 * Takes the hub's own cookies out of a `Cookie` header before a user's server sees it; the rest stays byte for byte.
 * @param gated also takes out the session id, which only servers that speak JupyterHub's protocol read
 * @returns `undefined` when nothing is left
 */
export function withoutHubCookies(header: string, gated: boolean): string | undefined {
  if (!mayHoldHubCookie(header, gated)) return header;
  const parts = header.split(";");
  const kept = parts.filter((part) => !isHubCookie(nameOf(part), gated));
  if (kept.length === parts.length) return header;
  const text = kept.join(";").trim();
  return text === "" ? undefined : text;
}

/**
 * Takes those `Set-Cookie` headers out of an answer with which a user's server would set one of the hub's own cookies,
 * and so sign its visitor in as somebody else. Returns the same array when there is none, as nearly always.
 */
export function withoutHubSetCookies(headers: string[]): string[] {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (setsHubCookie(headers[i] ?? "", headers[i + 1] ?? "")) {
      return headers.filter((_, at) => !setsHubCookie(headers[at & ~1] ?? "", headers[at | 1] ?? ""));
    }
  }
  return headers;
}

function setsHubCookie(name: string, value: string): boolean {
  if (name.length !== 10 || name.toLowerCase() !== "set-cookie") return false;
  const cookie = nameOf(value);
  // Browsers send a cookie without a name back as its bare value, which may read like any other cookie.
  return cookie === "" || isHubCookie(cookie, false);
}

/** Every value of the gate cookie in a `Cookie` header: paths nest, so there may be several. */
export function gateCookies(header: string): string[] {
  const values: string[] = [];
  for (const part of header.split(";")) {
    if (nameOf(part) === GATE_COOKIE) values.push(part.slice(part.indexOf("=") + 1).trim());
  }
  return values;
}

/** A search without splitting: most requests hold none. */
function mayHoldHubCookie(header: string, gated: boolean): boolean {
  return header.includes(HUB_LOGIN) || header.includes(GATE_COOKIE) || (gated && header.includes(SESSION_ID));
}

function isHubCookie(name: string, gated: boolean): boolean {
  return name === HUB_LOGIN || name === `__Host-${HUB_LOGIN}` || name === GATE_COOKIE || (gated && name === SESSION_ID);
}

function nameOf(part: string): string {
  const equals = part.indexOf("=");
  return (equals === -1 ? part : part.slice(0, equals)).trim();
}
