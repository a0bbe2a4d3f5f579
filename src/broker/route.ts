/** What the broker understands, as data. */
import { z } from "zod";
import { type Exchange, parsed } from "./exchange.ts";

export interface Found<Q> {
  /** What stood at `{name}`; of `{name...}` all parts with slashes between. */
  readonly name: string;
  readonly query: Q;
}

export interface RouteOptions {
  /** Default: none. */
  readonly body?: "json" | "tar";
  /** May become a connection of both ways. */
  readonly upgrade?: boolean;
  /** Podman's own API, which has versions of its own. */
  readonly libpod?: boolean;
}

export interface Route extends Required<Omit<RouteOptions, "body">> {
  readonly method: string;
  readonly pattern: readonly string[];
  readonly body: "none" | "json" | "tar";
  run(exchange: Exchange, name: string, query: ReadonlyMap<string, readonly string[]>): Promise<void>;
}

export const flag = z.enum(["true", "false"]);
/** A parameter that may stand several times. */
export const several = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** @param asked `GET /containers/{name}/json`; `{name...}` stands for one or more parts */
export function route<S extends z.ZodRawShape>(
  asked: `${"GET" | "POST" | "DELETE"} /${string}`,
  query: S,
  run: (exchange: Exchange, found: Found<z.output<z.ZodObject<S, z.core.$strict>>>) => Promise<void>,
  options: RouteOptions = {},
): Route {
  const schema = z.strictObject(query);
  const [method = "", path = ""] = asked.split(" ");
  return {
    method,
    pattern: path.slice(1).split("/"),
    body: options.body ?? "none",
    upgrade: options.upgrade ?? false,
    libpod: options.libpod ?? false,
    run: (exchange, name, raw) =>
      run(exchange, {
        name,
        query: parsed(
          schema,
          Object.fromEntries([...raw].map(([key, values]) => [key, values.length === 1 ? values[0] : values])),
        ),
      }),
  };
}

/** What stands at the pattern's name; undefined when the path is another. */
export function matchPattern(pattern: readonly string[], segments: readonly string[]): string | undefined {
  const wild = pattern.indexOf("{name...}");
  if (wild === -1 ? pattern.length !== segments.length : segments.length < pattern.length) return undefined;
  const extra = segments.length - pattern.length;
  let name = "";
  for (const [index, part] of pattern.entries()) {
    const at = wild !== -1 && index > wild ? index + extra : index;
    if (part === "{name}") name = segments[at] ?? "";
    else if (part === "{name...}") name = segments.slice(index, index + extra + 1).join("/");
    else if (segments[at] !== part) return undefined;
  }
  return name;
}
