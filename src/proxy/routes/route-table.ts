import type { Route } from "./route.ts";

interface Node {
  route: Route | undefined;
  readonly children: Map<string, Node>;
}

/** The routes, found by exact path or by the longest prefix of whole, decoded segments (contract 7.3). */
export class RouteTable {
  readonly #routes = new Map<string, Route>();
  readonly #root: Node = { route: undefined, children: new Map() };

  /** The route at exactly this path. */
  get(path: string): Route | undefined {
    return this.#routes.get(path);
  }

  all(): IterableIterator<Route> {
    return this.#routes.values();
  }

  /** Adds a route, or replaces the one at its path; connections that nothing uses any more are closed. */
  set(route: Route): void {
    const before = this.#routes.get(route.path);
    this.#routes.set(route.path, route);
    let node = this.#root;
    for (const segment of segmentsOf(route.path)) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { route: undefined, children: new Map() };
        node.children.set(segment, child);
      }
      node = child;
    }
    node.route = route;
    if (before !== undefined && before.upstream !== route.upstream) before.upstream.retire();
  }

  /** @returns whether there was such a route. */
  delete(path: string): boolean {
    const route = this.#routes.get(path);
    if (route === undefined) return false;
    this.#routes.delete(path);
    prune(this.#root, segmentsOf(path), 0);
    route.upstream.retire();
    return true;
  }

  /**
   * The route that serves a request URI (`/path?query`).
   * @throws URIError when the path cannot be percent-decoded
   */
  find(uri: string): Route | undefined {
    const question = uri.indexOf("?");
    const raw = question === -1 ? uri : uri.slice(0, question);
    // Decoded before it is split, so that an encoded slash separates like a plain one (contract 7.3).
    const path = raw.includes("%") ? decodeURIComponent(raw) : raw;
    let node = this.#root;
    let best = node.route;
    let at = 0;
    while (path.charCodeAt(at) === 47) at++;
    while (at < path.length) {
      const slash = path.indexOf("/", at);
      const child = node.children.get(slash === -1 ? path.slice(at) : path.slice(at, slash));
      if (child === undefined) return best;
      node = child;
      best = node.route ?? best;
      if (slash === -1) return best;
      at = slash + 1;
    }
    return best;
  }
}

/** The form in which routes are kept: a leading slash, none at the end (`/` excepted). */
export function cleanPath(path: string): string {
  const led = path.startsWith("/") ? path : `/${path}`;
  return led.length > 1 && led.endsWith("/") ? led.slice(0, -1) : led;
}

function segmentsOf(path: string): string[] {
  const inner = path.replace(/^\/+|\/+$/g, "");
  return inner === "" ? [] : inner.split("/");
}

/** Takes the route out of the tree, and the branches that lead nowhere any more. @returns whether `node` is empty. */
function prune(node: Node, segments: readonly string[], depth: number): boolean {
  const segment = segments[depth];
  if (segment === undefined) node.route = undefined;
  else {
    const child = node.children.get(segment);
    if (child !== undefined && prune(child, segments, depth + 1)) node.children.delete(segment);
  }
  return node.route === undefined && node.children.size === 0;
}
