/** The certificate that a running proxy shows. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import { systemCode } from "../../kernel/index.ts";

const LIMIT_MS = 3000;

/**
 * Asks an address for its certificate, whether it can be trusted or not.
 * @param listen `ADDRESS:PORT`; an address for everybody is asked on this host
 * @param host that people type
 * @returns its fingerprint (SHA-256), or why there is none: words that follow “it ”
 */
export function servedFingerprint(
  listen: string,
  host: string | undefined,
): Promise<{ readonly fingerprint: string } | { readonly why: string }> {
  const at = listen.lastIndexOf(":");
  const address = listen.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  const here = address === "0.0.0.0" || address === "*" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const { promise, resolve } = Promise.withResolvers<{ fingerprint: string } | { why: string }>();
  const socket = connect({
    ...{ host: here, port: Number(listen.slice(at + 1)), timeout: LIMIT_MS },
    // Looked at only: nothing is sent, and nothing that comes is believed.
    rejectUnauthorized: false,
    ...(host === undefined || isIP(host) !== 0 ? {} : { servername: host }),
  });
  socket.once("secureConnect", () => resolve({ fingerprint: socket.getPeerX509Certificate()?.fingerprint256 ?? "" }));
  socket.once("timeout", () => resolve({ why: "does not answer" }));
  socket.once("error", (error) => {
    const code = systemCode(error) ?? "";
    resolve({ why: /^(ECONN|EHOST|ENET|ETIME|ENOTFOUND)/.test(code) ? "does not answer" : "does not speak HTTPS" });
  });
  return promise.finally(() => socket.destroy());
}
