/** Whether an image's registry answers at all: decided in seconds, where an engine's own pull may take minutes to give up. */
import type { ImageReference } from "../reference.ts";
import { untilAborted } from "../until-aborted.ts";
import { originsOf } from "./address.ts";
import { reasonOf } from "./reasons.ts";

export interface RegistryAnswer {
  readonly answers: boolean;
  /** For people: `quay.io answered (401)`, `quay.io did not answer within 3 s`. */
  readonly message: string;
}

export interface RegistryProbeOptions {
  /** Milliseconds for everything: name look-up, connection, TLS and answer. Default 3000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks `GET /v2/` (OCI distribution 1.1, section "Determining Support"); any HTTP answer counts, 401 and 404 included.
 * Certificates are not checked here: nothing is sent or trusted, and the engine, which does check, may know a private
 * authority. Registries on loopback may speak plain HTTP. Honours `https_proxy`, `http_proxy` and `no_proxy`.
 */
export async function probeRegistry(
  reference: ImageReference,
  options: RegistryProbeOptions = {},
): Promise<RegistryAnswer> {
  const { domain } = reference;
  // `localhost/name` is how engines call images that were made here: there is no such registry.
  if (domain === "localhost")
    return { answers: false, message: `${domain}/${reference.path} is a local name without a registry` };
  const timeoutMs = options.timeoutMs ?? 3000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const decided = new AbortController();
  const signals = [timeout, decided.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const signal = AbortSignal.any(signals);
  // Here and not above: most that use this room never ask a registry, and the client is large.
  const { EnvHttpProxyAgent, request } = await import("undici");
  const agent = new EnvHttpProxyAgent({
    connect: { rejectUnauthorized: false, timeout: timeoutMs },
    requestTls: { rejectUnauthorized: false },
  });
  try {
    // A request that is still connecting or resolving a name does not hear its signal: the race does.
    const answered = Promise.any(
      addresses(domain).map(async (url) => {
        const { body, statusCode } = await request(url, { dispatcher: agent, signal });
        body.on("error", () => undefined).destroy();
        return statusCode;
      }),
    );
    const status = await untilAborted(answered, signal);
    return { answers: true, message: `${domain} answered (${status})` };
  } catch (error) {
    options.signal?.throwIfAborted();
    const message = timeout.aborted
      ? `${domain} did not answer within ${timeoutMs / 1000} s`
      : `${domain} cannot be reached (${reasonOf(error)})`;
    return { answers: false, message };
  } finally {
    decided.abort();
    void agent.destroy();
  }
}

function addresses(domain: string): string[] {
  return originsOf(domain, false).map((origin) => `${origin}/v2/`);
}
