/** Proof keys for code exchange (contract 2.3, RFC 7636). */
import { createHash } from "node:crypto";
import { equalInConstantTime } from "../../kernel/index.ts";

export interface Challenge {
  readonly value: string;
  readonly method: "S256" | "plain";
}

const FORM = /^[A-Za-z0-9\-._~]{43,128}$/;

/** The challenge of an authorization request: null when there is none, a sentence when it is wrong. */
export function readChallenge(
  challenge: string | undefined,
  method: string | undefined,
): Challenge | null | { readonly problem: string } {
  if (challenge === undefined) {
    // Someone may have cut the challenge out on the way; a client that names a method meant to send one.
    return method === undefined ? null : { problem: "Code challenge required." };
  }
  if (!FORM.test(challenge)) return { problem: "Code challenge must be 43 to 128 unreserved characters." };
  if (method === "S256") return { value: challenge, method };
  if (method === "plain" || method === undefined) return { value: challenge, method: "plain" };
  return { problem: "Transform algorithm not supported; use S256." };
}

/** Whether the verifier of a token request belongs to the challenge. */
export function verifierFits(verifier: string, challenge: Challenge): boolean {
  if (!FORM.test(verifier)) return false;
  const computed = challenge.method === "S256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;
  return equalInConstantTime(computed, challenge.value);
}
