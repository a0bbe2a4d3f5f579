/** Addresses of the hub: escaping as the hub does it (JupyterHub's `P(x)`), and where a person may be sent. */

/** Percent-encodes everything but letters, digits, `_ . - ~` and `@`. */
export function urlName(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%40", "@");
}

/** JupyterHub's resource of a server, below `/hub/api/`. `server` `""` is the default one. */
export function serverPath(user: string, server: string): string {
  return `users/${urlName(user)}/${server === "" ? "server" : `servers/${urlName(server)}`}`;
}

/** Page of a server below `/hub`: `page` is `spawn` or `spawn-pending`. */
export function serverPage(page: "spawn" | "spawn-pending", user: string, server: string): string {
  return `/${page}/${urlName(user)}${server === "" ? "" : `/${urlName(server)}`}`;
}

/** What the hub takes as a server's name: 1 to 30 of a–z, 0–9 and single "-", beginning with a letter. */
export function isServerName(name: string): boolean {
  return name.length <= 30 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

/**
 * State of the history entry of the start page when a running server is to be started anew with other options. Not in the
 * address: there everything but `next` is an option of the start.
 */
export const RESTART = "restart";

/**
 * Where `next` leads, as a path on this origin, or `null` when it is absent or would lead elsewhere
 * (`https://…`, `//host`, `/\host`, `javascript:`): whoever made the link must not choose the site.
 */
export function safeNext(next: string | null, origin: string): string | null {
  if (next === null || !next.startsWith("/")) return null;
  try {
    const target = new URL(next, origin);
    return target.origin === origin ? target.pathname + target.search + target.hash : null;
  } catch {
    return null;
  }
}
