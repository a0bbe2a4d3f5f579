/** Where to go after sign-in: only to this hub (contract 2.6, checklist 110). */

export interface HubAddress {
  /** `BASE`: begins and ends with `/`. */
  readonly baseUrl: string;
  /** Scheme, host and port as the browser sees them: `https://hub.example.org`. */
  readonly origin: string;
}

/**
 * A path below `BASE` with query and fragment, safe for a `Location` header; undefined when `next` is missing or
 * leads anywhere else. Browsers take `\` for `/`, drop tabs and newlines, and take `///x` for `//x`.
 */
export function safeNext(next: string | undefined, hub: HubAddress): string | undefined {
  if (next === undefined || next === "" || next.length > 8000 || /\p{Cc}/u.test(next)) return undefined;
  const escaped = next.replaceAll("\\", "%5C");
  const path = escaped.startsWith("/") ? escaped : pathOnOrigin(escaped, hub.origin);
  if (path === undefined || path.startsWith("//")) return undefined;
  // How a browser will read it: dots resolved, characters escaped.
  const read = URL.parse(path, hub.origin);
  if (read === null || read.origin !== hub.origin || read.pathname.startsWith("//")) return undefined;
  return read.pathname.startsWith(hub.baseUrl) ? `${read.pathname}${read.search}${read.hash}` : undefined;
}

function pathOnOrigin(text: string, origin: string): string | undefined {
  if (!/^https?:\/\/[^/]/i.test(text)) return undefined;
  const url = URL.parse(text);
  if (url === null || url.origin !== origin || url.username !== "" || url.password !== "") return undefined;
  return `${url.pathname}${url.search}${url.hash}`;
}
