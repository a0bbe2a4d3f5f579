/** Fields of a query or form, where each may be given once (RFC 6749, 3.1). */
import type { Fields } from "./oauth.ts";

/** The value of a field; undefined when it is missing or given more than once. */
export function field(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === "string") return value;
  return value?.length === 1 ? value[0] : undefined;
}

/** The first field that is given more than once. */
export function repeatedField(fields: Fields, names: readonly string[]): string | undefined {
  return names.find((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return typeof value !== "string" && value !== undefined && value.length > 1;
  });
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
