/** Requests to one registry: finds its door once, signs in when asked to, and turns failures into words. */
import { type Clock, HubError } from "../../kernel/index.ts";
import { untilAborted } from "../until-aborted.ts";
import { hostOf, originsOf } from "./address.ts";
import { Authority } from "./authority.ts";
import { refused, type Task, timedOut, unreachable, unreadable } from "./errors.ts";
import { speaksNoTls } from "./reasons.ts";
import type { RegistryConnection } from "./types.ts";
import { BadRedirect, TooLong, Wire, type WireAnswer, type WireRequest } from "./wire.ts";

export interface Request {
  readonly method?: WireRequest["method"];
  /** Path and query: `/v2/lab/uspy/tags/list`. */
  readonly path: string;
  readonly accept?: string;
  /** As tokens are asked for: `repository:lab/uspy:pull`, `registry:catalog:*`. */
  readonly scope: string;
  /** For messages: `to list the tags of lab/uspy`. */
  readonly task: Task;
  /** Statuses beside 200 that the caller knows what to do with. */
  readonly also?: readonly number[];
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for one exchange with all its redirects. */
const EXCHANGE_MS = 10_000;
const MEBIBYTE = 1024 ** 2;

export class Session {
  readonly #connection: RegistryConnection;
  readonly #timeoutMs: number;
  readonly #wire: Wire;
  readonly #authority: Authority;
  #door: Promise<string> | undefined;

  constructor(connection: RegistryConnection, clock: Clock, timeoutMs = EXCHANGE_MS) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#wire = new Wire(connection, hostOf(connection.address));
    this.#authority = new Authority(connection, (url, headers) => this.#fetchToken(url, headers), clock);
  }

  /** An answer of 200 or one of `also`. @throws HubError `registry-unreachable`, `registry-refused`; the signal's reason */
  async ask(request: Request): Promise<WireAnswer> {
    const { path, scope, task, signal = new AbortController().signal } = request;
    const { address } = this.#connection;
    signal.throwIfAborted();
    this.#door ??= this.#findDoor();
    const origin = await untilAborted(this.#door, signal);
    const url = new URL(path, origin);
    let used = await this.#authority.authorization(scope, signal);
    let answer = await this.#send(request, url, used, signal);
    // A second time for tokens that ended early or did not cover this scope, or when it is asked for them at all.
    if (
      answer.status === 401 &&
      answer.url.origin === origin &&
      this.#authority.challenged(answer, scope, used, origin)
    ) {
      used = await this.#authority.authorization(scope, signal);
      answer = await this.#send(request, url, used, signal);
    }
    if (answer.status === 200 || request.also?.includes(answer.status)) return answer;
    if (answer.status < 400) throw unreadable(address, task, `it answered with status ${answer.status}`);
    // Its sign-in took the password, and the token it gave is not enough: that is a right that is missing.
    const lacksRight = answer.status === 401 && used?.startsWith("Bearer ") === true;
    throw refused(this.#connection, task, lacksRight ? 403 : answer.status, answer.body.toString());
  }

  /** Ends what is on its way. */
  close(): Promise<void> {
    return this.#wire.close();
  }

  async #send(request: Request, url: URL, authorization: string | undefined, signal: AbortSignal): Promise<WireAnswer> {
    const headers = {
      accept: request.accept ?? "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    };
    const { method = "GET", limit = 8 * MEBIBYTE, task } = request;
    try {
      return await this.#inTime((inTime) => this.#wire.send({ method, url, headers, limit, signal: inTime }), signal);
    } catch (error) {
      signal.throwIfAborted();
      // It may come back by another door: plain HTTP for TLS.
      this.#door = undefined;
      throw this.#explained(error, task);
    }
  }

  async #fetchToken(url: URL, headers: Readonly<Record<string, string>>): Promise<WireAnswer> {
    try {
      return await this.#inTime((signal) => this.#wire.send({ method: "GET", url, headers, limit: MEBIBYTE, signal }));
    } catch (error) {
      throw this.#explained(error, "to give a token");
    }
  }

  /** The origin that answers `/v2/` (section “Determining Support”). */
  #findDoor(): Promise<string> {
    const door = this.#knock();
    door.catch(() => {
      if (this.#door === door) this.#door = undefined;
    });
    return door;
  }

  async #knock(): Promise<string> {
    const { address, insecure = false } = this.#connection;
    const origins = originsOf(address, insecure);
    for (const origin of origins) {
      const url = new URL("/v2/", origin);
      try {
        const answer = await this.#inTime((signal) =>
          this.#wire.send({ method: "GET", url, headers: {}, limit: MEBIBYTE, signal }),
        );
        if (answer.status === 200 || answer.status === 401) return origin;
        if (answer.status >= 500 || answer.status === 429 || answer.status === 403)
          throw refused(this.#connection, "to say its version", answer.status, answer.body.toString());
        throw unreadable(address, "to say its version", `it answered with status ${answer.status}`);
      } catch (error) {
        // Never down to plain HTTP because a certificate is not believed: that is what an attacker would want.
        if (origin !== origins.at(-1) && speaksNoTls(error)) continue;
        throw this.#explained(error, "to say its version");
      }
    }
    throw unreadable(address, "to say its version", "there is no way to ask");
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await work(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
    } catch (error) {
      throw timeout.aborted && signal?.aborted !== true ? timedOut(this.#connection.address, this.#timeoutMs) : error;
    }
  }

  #explained(error: unknown, task: Task): HubError {
    if (error instanceof HubError) return error;
    const { address } = this.#connection;
    if (error instanceof TooLong || error instanceof BadRedirect)
      return unreadable(address, task, error.message, error);
    return unreachable(this.#connection, error);
  }
}
