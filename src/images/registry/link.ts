/** Reading `Link` (RFC 8288) of paged lists. */

/**
 * Path and query of the next page, or undefined at the end. A host in it is dropped: behind a TLS proxy, registries name
 * themselves by plain HTTP, and whatever host they name is not told our credentials.
 */
export function nextPage(header: string | undefined): string | undefined {
  for (const match of (header ?? "").matchAll(/<([^<>]*)>((?:\s*;\s*[^,;]+)*)/g)) {
    const [, target = "", parameters = ""] = match;
    if (!/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters)) continue;
    const url = URL.parse(target, "http://registry.invalid/v2/");
    if (url?.pathname.startsWith("/v2/")) return `${url.pathname}${url.search}`;
  }
  return undefined;
}
