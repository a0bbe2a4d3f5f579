/** Fields of a query or form, where each may be given once (RFC 6749, 3.1). */
import type { Fields } from "./oauth.ts";

/** The value of a field; undefined when it is missing, given more than once, or no text at all (a JSON body). */
export function field(fields: Fields, name: string): string | undefined {
  const values = valuesOf(fields, name);
  const [value] = values;
  return values.length === 1 && typeof value === "string" ? value : undefined;
}

/** The first field that is given more than once. */
export function repeatedField(fields: Fields, names: readonly string[]): string | undefined {
  return names.find((name) => valuesOf(fields, name).length > 1);
}

/** Whatever came in, since the edge does not look into it. */
function valuesOf(fields: Fields, name: string): readonly unknown[] {
  const value: unknown = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Letters and digits, as many as asked for: the form of JupyterHub's codes and OAuth tokens (30 carry 178 bits). */
export function randomAlphanumeric(length: number, bytes: (count: number) => Uint8Array): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  while (text.length < length) {
    for (const byte of bytes(2 * length)) {
      // Bytes of the last, incomplete round of the alphabet would make its beginning likelier.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}
