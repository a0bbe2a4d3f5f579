/** Secrets that cannot be printed by accident, tokens, and comparisons that do not leak by time. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/** A value that prints as `[redacted]`, in logs, JSON and templates alike. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The value itself. Call it only where it is used, never where it may be logged. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[redacted]";
  }
  toJSON(): string {
    return "[redacted]";
  }
  [inspect.custom](): string {
    return "[redacted]";
  }
}

/** Random lower-case hex of `bytes` random bytes (16 bytes: 32 digits, the form of JupyterHub's tokens). */
export function randomHex(bytes = 16): string {
  return randomBytes(bytes).toString("hex");
}

/** Random text without characters that look alike, in groups: `k7mf-x2qp-…`. 5 bits a character. */
export function randomCode(groups = 4, length = 4): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz023456789";
  const bytes = randomBytes(groups * length);
  const characters = [...bytes].map((byte) => alphabet[byte % 32]);
  return Array.from({ length: groups }, (_, i) => characters.slice(i * length, (i + 1) * length).join("")).join("-");
}

/** SHA-256 in hex: enough for random tokens (they carry 128 bits or more), never for passwords. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** HMAC-SHA-256 as base64url without padding. */
export function hmac(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Compares two texts in a time that depends on neither; different lengths are simply different. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(sha256(a));
  const right = Buffer.from(sha256(b));
  return timingSafeEqual(left, right) && a.length === b.length;
}
