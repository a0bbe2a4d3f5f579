/** Adds keys to the text of a configuration, and leaves the rest as people wrote it. */
import { isDeepStrictEqual } from "node:util";
import { parse, parseDocument, stringify } from "yaml";

/** The lines that say these keys. */
export function linesOf(keys: Readonly<Record<string, unknown>>): string {
  return stringify(keys, { lineWidth: 0 });
}

/**
 * The text with these keys, which it does not have so far. They follow at its end, where every letter before can stay;
 * where that is not the same to a reader of YAML (`{}`, a document's end mark), the document is written anew with its
 * comments.
 */
export function withKeys(text: string, keys: Readonly<Record<string, unknown>>): string {
  const gap = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const longer = `${text}${gap}${linesOf(keys)}`;
  const before: unknown = parse(text);
  if (isDeepStrictEqual(attempt(longer), { ...(before as object | null), ...keys })) return longer;
  const document = parseDocument(text);
  for (const [key, value] of Object.entries(keys)) document.set(key, value);
  return document.toString({ lineWidth: 0 });
}

function attempt(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined; // what follows a flow or an end mark is no YAML any more
  }
}
