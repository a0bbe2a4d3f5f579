/** Headers of every answer (contract 1.8). */
import type { FastifyReply } from "fastify";

/**
 * The JupyterHub whose contract the hub speaks. Single-user servers parse it by PEP 440 and warn when its major
 * version differs from theirs (contract 1.4): the images in the field are 5.x, and a 5.x server is served in full.
 */
export const PROTOCOL_VERSION = "5.2.1";

/** Sets what every answer carries; `api` answers may load nothing at all. */
export function setCommonHeaders(reply: FastifyReply, baseUrl: string, api: boolean): void {
  const report = `frame-ancestors 'none'; report-uri ${baseUrl}hub/security/csp-report`;
  reply.header("x-jupyterhub-version", PROTOCOL_VERSION);
  reply.header("access-control-allow-headers", "accept, content-type, authorization");
  reply.header("x-content-type-options", "nosniff");
  reply.header("referrer-policy", "same-origin");
  if (api) {
    reply.header("content-security-policy", `${report}; default-src 'none'`);
    reply.header("cache-control", "no-store");
  } else {
    // Inline style attributes are how the component library positions things; scripts are files of ours alone.
    reply.header(
      "content-security-policy",
      `${report}; default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'`,
    );
    reply.header("cache-control", "no-store");
  }
}
