import { z } from "zod";
import type { GateDemand } from "../../kernel/index.ts";
import { HubError } from "../../kernel/index.ts";
import { parseTarget } from "../target.ts";
import { Upstream, type UpstreamSettings } from "../upstream/upstream.ts";

/** A header name, and a value that cannot end its line. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name");
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, "has characters that a header cannot carry");

/** What the API accepts as a route: `target`, what we read ourselves, and any other key, kept verbatim. */
const routeDataSchema = z.looseObject({
  target: z.string(),
  gate: z.object({ server: z.string().min(1), epoch: z.string() }).optional(),
  headers: z.record(headerName, headerValue).optional(),
});

export type RouteData = z.infer<typeof routeDataSchema>;

/** Headers that the proxy adds to requests, ready to be written. */
export interface AddedHeaders {
  /** Lower-case names: the client's headers of these names are dropped. */
  readonly names: ReadonlySet<string>;
  /** Complete header lines. */
  readonly block: string;
}

/** One route: the record that the API shows, and what forwarding needs of it, worked out once. */
export interface Route {
  /** Decoded, with a leading slash and none at the end (`/` excepted). */
  readonly path: string;
  readonly data: RouteData;
  readonly upstream: Upstream;
  /** The hub may see its own cookies; nobody else may. */
  readonly hub: boolean;
  readonly gate: GateDemand | undefined;
  readonly added: AddedHeaders;
  /** Milliseconds since the epoch. */
  lastActivity: number;
}

export interface RouteSettings extends UpstreamSettings {
  readonly customHeaders: Readonly<Record<string, string>>;
}

/**
 * Makes a route of a posted or stored record.
 * @param previous the route that it replaces: its connections are kept when the target is the same.
 * @throws HubError `bad-request`
 */
export function makeRoute(
  path: string,
  record: unknown,
  lastActivity: number,
  settings: RouteSettings,
  previous: Route | undefined,
): Route {
  const parsed = routeDataSchema.safeParse(record);
  if (!parsed.success) {
    const bare = z.object({ target: z.string() }).safeParse(record);
    // The first of these words are the contract's (7.2).
    const message = bare.success ? z.prettifyError(parsed.error) : "Must specify 'target' as string";
    throw new HubError("bad-request", message);
  }
  const data = parsed.data;
  const target = parseTarget(data.target);
  const gate = data.gate;
  return {
    path,
    data,
    upstream: previous?.data.target === data.target ? previous.upstream : new Upstream(target, settings),
    hub: data.hub === true,
    gate,
    // On a gated route the client's Authorization is dropped even when the route brings none of its own.
    added: addedHeaders({ ...settings.customHeaders }, data.headers ?? {}, gate === undefined ? [] : ["authorization"]),
    lastActivity,
  };
}

/** Checks the headers of a command line or an option. @throws HubError `usage` */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const parsed = z.record(headerName, headerValue).safeParse(headers);
  if (parsed.success) return;
  throw new HubError(
    "usage",
    `A custom header cannot be used: ${z.prettifyError(parsed.error)}. Correct --custom-header.`,
  );
}

function addedHeaders(
  general: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
  dropped: readonly string[],
): AddedHeaders {
  const lines = new Map<string, string>();
  for (const headers of [general, own]) {
    for (const [name, value] of Object.entries(headers)) lines.set(name.toLowerCase(), `${name}: ${value}\r\n`);
  }
  return { names: new Set([...lines.keys(), ...dropped]), block: [...lines.values()].join("") };
}
