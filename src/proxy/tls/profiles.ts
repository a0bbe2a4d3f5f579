/** What the TLS of the public face accepts: version 6.0 of Mozilla's guidelines for servers. */
import { constants } from "node:crypto";
import type { TlsOptions } from "node:tls";
import type { ServedTls } from "../options.ts";

const SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/** For TLS 1.2. All of them agree on keys by elliptic curves, so that there are no parameters of Diffie-Hellman to make. */
const OLDER_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];
const CURVES = ["X25519MLKEM768", "X25519", "prime256v1", "secp384r1"];
/** Seconds for which a session may be resumed: a day. */
export const SESSION_SECONDS = 86_400;

/**
 * Options of a TLS server or its context. Clients choose the cipher, since all that are left are good and a phone without
 * AES in hardware knows best. Tickets are off: whoever got hold of their key could read what was sent with them before
 * (RFC 8446, 2.3 and 8.1; RFC 5077, 5.5). TLS 1.2 resumes sessions by their ids instead; TLS 1.3 does not, because Node
 * looks for such an id only where TLS 1.2 has it, and needs no more round trips for a whole handshake.
 */
export function contextOptions({ certificate, key, profile }: ServedTls): TlsOptions {
  return {
    cert: certificate,
    key: key.reveal(),
    minVersion: profile === "modern" ? "TLSv1.3" : "TLSv1.2",
    ciphers: (profile === "modern" ? SUITES : [...SUITES, ...OLDER_CIPHERS]).join(":"),
    honorCipherOrder: false,
    ecdhCurve: CURVES.join(":"),
    sessionTimeout: SESSION_SECONDS,
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
