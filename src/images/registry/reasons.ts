/** Why a host could not be spoken to, in words for people. */
import { messageOf, systemCode } from "../../kernel/index.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name cannot be resolved",
  EAI_AGAIN: "its name cannot be resolved",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "it closed the connection",
  UND_ERR_SOCKET: "it closed the connection",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer in time",
  UND_ERR_HEADERS_TIMEOUT: "it does not answer in time",
  UND_ERR_BODY_TIMEOUT: "it does not answer in time",
  ENETUNREACH: "no route to it",
  EHOSTUNREACH: "no route to it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Codes of a certificate that no known authority vouches for. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** `connection refused`, `its name cannot be resolved`, …; what is not known, in its own words. */
export function reasonOf(error: unknown): string {
  const first = firstOf(error);
  const code = systemCode(first) ?? systemCode(error);
  if (code !== undefined && UNTRUSTED.has(code))
    return "its certificate is signed by an authority that is not known here";
  return (code === undefined ? undefined : WORDS[code]) ?? messageOf(first);
}

/** Whether the other side does not speak TLS at all; a certificate that is not believed is no such thing. */
export function speaksNoTls(error: unknown): boolean {
  const code = systemCode(firstOf(error)) ?? "";
  return code === "EPROTO" || code === "ECONNRESET" || code === "UND_ERR_SOCKET" || code.startsWith("ERR_SSL_");
}

/** Whether a certificate is not believed, for whatever reason. */
export function distrustsCertificate(error: unknown): boolean {
  const code = systemCode(firstOf(error)) ?? "";
  return UNTRUSTED.has(code) || code.startsWith("CERT_") || code.startsWith("ERR_TLS_CERT_");
}

function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error;
}
