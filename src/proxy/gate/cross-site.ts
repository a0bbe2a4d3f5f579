/** The values of a header, whatever its case, in the order in which they came. */
export function headerValues(rawHeaders: readonly string[], lowerName: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === lowerName.length && name.toLowerCase() === lowerName) values.push(rawHeaders[i + 1] ?? "");
  }
  return values;
}

/** Whether a request names an `Origin` other than the site it is sent to. Browsers always do on cross-site requests. */
export function hasForeignOrigin(rawHeaders: readonly string[]): boolean {
  const host = headerValues(rawHeaders, "host")[0];
  return headerValues(rawHeaders, "origin").some((origin) => !isSameHost(origin, host));
}

/** Whether the browser itself says that another site made it send the request. */
export function isDeclaredCrossSite(rawHeaders: readonly string[]): boolean {
  return headerValues(rawHeaders, "sec-fetch-site").some((value) => value.trim().toLowerCase() === "cross-site");
}

/** `null`, the origin of sandboxed pages, is nobody's host. Default ports are those of the origin's scheme. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const from = URL.parse(origin);
  if (from === null || from.host === "") return false;
  const to = URL.parse(`${from.protocol}//${host}`);
  return to !== null && to.username === "" && to.pathname === "/" && to.host === from.host;
}
