/** The target of a request, read in one way only: what could be read in two ways is refused. */
import { Refusal } from "./refusal.ts";

export interface Target {
  /** `/v1.41`, `/v4.0.0` (Podman's own API), or nothing. */
  readonly prefix: string;
  /** Decoded; each is made of letters, digits and `_ . : @ -`. */
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, readonly string[]>;
}

const LONGEST = 16 * 1024;
const MOST_PARAMETERS = 64;
const VERSION = /^\/v(?:1\.[2-9]\d|4\.0\.0)(?=\/)/;
/** No slash, no percent sign: nothing can be encoded twice, and nothing leads elsewhere. */
const SEGMENT = /^[A-Za-z0-9_.:@-]{1,512}$/;

/** @throws Refusal */
export function parseTarget(raw: string): Target {
  if (raw.length > LONGEST) throw new Refusal("the address is too long", 400);
  if (!/^\/[\x21-\x7e]*$/.test(raw) || /[#\\]/.test(raw)) throw new Refusal("the address is none of this API");
  const mark = raw.indexOf("?");
  const path = mark === -1 ? raw : raw.slice(0, mark);
  const prefix = VERSION.exec(path)?.[0] ?? "";
  const segments = path
    .slice(prefix.length + 1)
    .split("/")
    .map(decodedSegment);
  return { prefix, segments, query: mark === -1 ? new Map() : parseQuery(raw.slice(mark + 1)) };
}

function decodedSegment(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new Refusal("the address is not encoded as addresses are");
  }
  if (!SEGMENT.test(decoded) || decoded === "." || decoded === "..")
    throw new Refusal("a part of the path is no name that an engine has");
  return decoded;
}

function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
  // Engines have read “;” as “&” at times.
  if (text.includes(";")) throw new Refusal("the address has a semicolon");
  const query = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1;
    if (count > MOST_PARAMETERS) throw new Refusal("the address has too many parameters");
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return query;
}

/** The path to send on, made anew of what was understood. */
export function targetText(
  prefix: string,
  segments: readonly string[],
  query: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === "object" ? value : [value]) if (one !== undefined) parameters.append(name, one);
  const text = parameters.toString();
  return `${prefix}/${segments.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}
