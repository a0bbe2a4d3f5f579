import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { z } from "zod";
import { type Clock, GATE_COOKIE, messageOf } from "../../kernel/index.ts";
import type { ProxyLog } from "../options.ts";
import type { Target } from "../target.ts";

/** Where the hub renews passes, below its target. */
const RENEW_PATH = "/hub/gate/renew";
const RENEW_MS = 5_000;
/** For so long after an answer the same cookie does not make us ask again. */
const PAUSE_MS = 60_000;
const MAX_ENTRIES = 10_000;

/** The hub's answer: the value of a `Set-Cookie` header, and nothing that could end it. */
const renewedSchema = z.object({
  cookie: z
    .string()
    .startsWith(`${GATE_COOKIE}=`)
    .regex(/^[\x20-\x7e]+$/),
});

interface Renewal {
  /** The new cookie, until it is handed out. */
  cookie: string | undefined;
  asking: boolean;
  readonly since: number;
}

/**
 * Asks the hub for new passes while the old ones still hold. No request waits for it: the new cookie goes out with
 * the next response to the same browser. A hub that is down changes nothing.
 */
export class Renewals {
  readonly #hub: () => Target | undefined;
  readonly #clock: Clock;
  readonly #log: ProxyLog;
  readonly #byCookie = new Map<string, Renewal>();

  constructor(hub: () => Target | undefined, clock: Clock, log: ProxyLog) {
    this.#hub = hub;
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins a renewal of `cookie`, unless one is under way or just was. */
  begin(cookie: string): void {
    const now = this.#clock.now();
    const known = this.#byCookie.get(cookie);
    if (known !== undefined && (known.asking || known.cookie !== undefined || now - known.since < PAUSE_MS)) return;
    const hub = this.#hub();
    if (hub === undefined) return;
    if (this.#byCookie.size >= MAX_ENTRIES) this.#byCookie.clear();
    const renewal: Renewal = { cookie: undefined, asking: true, since: now };
    this.#byCookie.set(cookie, renewal);
    askHub(hub, cookie)
      .then(
        (renewed) => {
          renewal.cookie = renewed;
        },
        (error: unknown) => {
          this.#log.warn(
            { error: messageOf(error) },
            "The hub did not renew a gate pass; it stays valid until it ends.",
          );
        },
      )
      .finally(() => {
        renewal.asking = false;
      });
  }

  /** The new cookie for the holder of `cookie`, handed out once. */
  take(cookie: string): string | undefined {
    if (this.#byCookie.size === 0) return undefined;
    const renewal = this.#byCookie.get(cookie);
    const renewed = renewal?.cookie;
    if (renewal !== undefined) renewal.cookie = undefined;
    return renewed;
  }
}

/** @returns the value for `Set-Cookie`, or `undefined` when the hub refuses */
async function askHub(hub: Target, cookie: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const request = (hub.secure ? httpsRequest : httpRequest)({
    ...("path" in hub.connect ? { socketPath: hub.connect.path } : hub.connect),
    method: "POST",
    path: hub.path + RENEW_PATH,
    headers: { cookie: `${GATE_COOKIE}=${cookie}`, "content-length": "0", accept: "application/json" },
    signal: AbortSignal.timeout(RENEW_MS),
  });
  request.on("error", reject);
  request.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (piece: string) => {
      text += piece;
      if (text.length > 16_384) response.destroy(new Error("the hub's answer is too long"));
    });
    response.on("error", reject);
    response.on("end", () => {
      if (response.statusCode !== 200) {
        resolve(undefined);
        return;
      }
      try {
        resolve(renewedSchema.parse(JSON.parse(text)).cookie);
      } catch (error) {
        reject(error);
      }
    });
  });
  request.end();
  return await promise;
}
