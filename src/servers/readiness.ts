/** Is a server up? (contract 1.5) */
import { Agent } from "undici";
import type { Clock, Closable } from "../kernel/index.ts";
import type { Probe } from "./ports.ts";

const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 250;
/** A server that accepts but says nothing is asked again; a busy one may take seconds for its first answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Asks by HTTP without keeping connections or following redirects. */
export function createProbe(): Closable & { readonly probe: Probe } {
  const agent = new Agent({
    pipelining: 0,
    connect: { timeout: 2000 },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  return {
    probe: async (url, signal) => {
      try {
        const { origin, pathname } = new URL(url);
        const answer = await agent.request({ origin, path: pathname, method: "GET", signal, reset: true });
        await answer.body.dump({ limit: 64 * 1024 });
        return answer.statusCode;
      } catch {
        // Refused, reset, timed out, or not HTTP: not up yet, all the same to the caller.
        return undefined;
      }
    },
    close: () => agent.destroy(),
  };
}

/** Resolves with the first status below 500; 404 and 302 count. Rejects with the signal's reason. */
export async function untilAnswering(url: string, probe: Probe, clock: Clock, signal: AbortSignal): Promise<number> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.4)) {
    signal.throwIfAborted();
    const status = await probe(url, signal);
    if (status !== undefined && status < 500) return status;
    // The head of the loop throws the signal's own reason.
    await clock.sleep(wait, signal).catch(() => undefined);
  }
}
