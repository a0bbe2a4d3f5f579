/** `hublet.yaml` → one immutable snapshot, or every problem with file:line:column. */
import { readFileSync } from "node:fs";
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { type Config, configSchema } from "../contract/index.ts";
import { HubError, messageOf, systemCode } from "../kernel/index.ts";
import { configError, type Problem, suggestion } from "./diagnostics.ts";
import type { Place } from "./snapshot.ts";

/** Larger files are refused unread: a configuration is written by hand. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads and checks a configuration file.
 * @param file absolute path
 * @throws HubError `bad-config` with all problems; `state-unusable` when the file cannot be read
 */
export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = systemCode(error) === "ENOENT" ? "it does not exist" : messageOf(error);
    throw new HubError(
      "state-unusable",
      `The configuration ${file} cannot be read: ${why}. Check the path and its permissions.`,
      { cause: error },
    );
  }
  return parseConfig(text, file);
}

/** Checks the text of a configuration; `file` is only for messages. @throws HubError `bad-config` */
export function parseConfig(text: string, file: string): Config {
  return parseLocated(text, file).config;
}

/** The same, with where each key is written. @throws HubError `bad-config` */
export function parseLocated(
  text: string,
  file: string,
): { config: Config; placeOf: (path: readonly (string | number)[]) => Place | undefined } {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw configError(file, [{ path: "", message: "the file is larger than 1 MiB" }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw configError(
      file,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { path: "", line, column: col, message: error.message };
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (error) {
    throw configError(file, [{ path: "", message: messageOf(error) }]);
  }
  const result = configSchema.safeParse(value);
  if (result.success) {
    const placeOf = (path: readonly (string | number)[]): Place | undefined => {
      const position = positionOf(path.map(String), document, lines, false);
      return position === undefined ? undefined : { file, ...position };
    };
    return { config: deepFreeze(result.data), placeOf };
  }
  throw configError(
    file,
    result.error.issues.flatMap((issue) => problemsOf(issue, document, lines)),
  );
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path);
    return issue.keys.map((key) => {
      const near = suggestion(key, known);
      return {
        path: [...path, key].join("."),
        message: `unknown key${near === undefined ? `; known here: ${known.join(", ")}` : `; did you mean “${near}”?`}`,
        ...positionOf([...path, key], document, lines, true),
      };
    });
  }
  return [{ path: path.join("."), message: lowerFirst(issue.message), ...positionOf(path, document, lines, false) }];
}

/** Position of the value at `path` (or of its key); of the nearest parent when it is missing. */
function positionOf(
  path: readonly string[],
  document: Document,
  lines: LineCounter,
  ofKey: boolean,
): { line: number; column: number } | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const [index, segment] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === segment);
      if (pair === undefined) break;
      const key = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const value = isNode(pair.value) ? pair.value.range?.[0] : undefined;
      offset = ofKey && index === path.length - 1 ? key : (value ?? key);
      node = pair.value;
    } else if (isNode(node) && "items" in node && Array.isArray(node.items)) {
      node = node.items[Number(segment)];
      offset = isNode(node) ? (node.range?.[0] ?? offset) : offset;
    } else break;
  }
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** The keys the schema knows at `path`. */
function knownKeys(path: readonly string[]): string[] {
  let schema: unknown = configSchema;
  for (const segment of path) schema = child(unwrap(schema), segment);
  const object = unwrap(schema);
  return hasShape(object) ? Object.keys(object.shape) : [];
}

function child(schema: unknown, segment: string): unknown {
  if (hasShape(schema)) return schema.shape[segment];
  if (typeof schema === "object" && schema !== null && "element" in schema) return schema.element;
  return undefined;
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  while (typeof current === "object" && current !== null && "def" in current && !hasShape(current)) {
    const inner = (current.def as { innerType?: unknown }).innerType;
    if (inner === undefined) break;
    current = inner;
  }
  return current;
}

function hasShape(schema: unknown): schema is { shape: Record<string, unknown> } {
  return typeof schema === "object" && schema !== null && "shape" in schema;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
