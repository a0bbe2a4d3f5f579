/** Codes of an app (RFC 6238: SHA-1, 30 s, 6 digits, as every app takes them) and recovery codes. */
import { Secret as OtpSecret, TOTP } from "otpauth";
import { randomCode, sha256 } from "../../kernel/index.ts";

const PERIOD = 30;
/** Codes of the step before and after are taken too: clocks differ, and typing takes time. */
const WINDOW = 1;
const RECOVERY_CODES = 10;

/** A new secret of 160 bits in base32. */
export function newSecret(): string {
  return new OtpSecret({ size: 20 }).base32;
}

/** What the QR code says. */
export function uriOf(secret: string, { hub, name }: { readonly hub: string; readonly name: string }): string {
  return totp(secret, { issuer: hub, label: name }).toString();
}

/**
 * The time step that a code belongs to; undefined when it is wrong or too old.
 * @param now milliseconds since the epoch
 */
export function stepOf(secret: string, code: string, now: number): number | undefined {
  const delta = totp(secret).validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD) + delta;
}

/** As typed: with spaces, in another script's digits, in capital letters. */
export function normalCode(typed: string): string {
  return typed.slice(0, 64).normalize("NFKC").toLowerCase().replace(/[\s-]/g, "");
}

export function isAppCode(normal: string): boolean {
  return /^\d{6}$/.test(normal);
}

/** 80 bits each: only their hashes are kept, and no hash of theirs can be turned back. */
export function newRecoveryCodes(): { readonly codes: string[]; readonly hashes: string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomCode(4, 4));
  return { codes, hashes: codes.map((code) => recoveryHash(normalCode(code))) };
}

export function recoveryHash(normal: string): string {
  return sha256(normal);
}

function totp(secret: string, names: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({ ...names, secret: OtpSecret.fromBase32(secret), algorithm: "SHA1", digits: 6, period: PERIOD });
}
