import type { Server } from "node:https";

/** About 10 MB, as the cache of the guidelines' nginx. */
const MAX_SESSIONS = 20_000;
/** A session as OpenSSL writes it down begins with its form (1) and its version of TLS (3.4), each an ASN.1 integer. */
const TLS_1_3 = Buffer.from([2, 1, 1, 2, 2, 3, 4]);
const PREFIX_BYTES = 12;

/**
 * Sessions of TLS 1.2 by their ids, for every listener of this process. How old they may get is checked by OpenSSL, which
 * has the time of each inside.
 */
export class SessionCache {
  readonly #sessions = new Map<string, Buffer>();

  /** Node looks into the beginning of each handshake for listeners of these events, so nobody listens in vain. */
  attach(server: Server, wanted: boolean): void {
    server.off("newSession", this.#keep).off("resumeSession", this.#find);
    if (wanted) server.on("newSession", this.#keep).on("resumeSession", this.#find);
  }

  /** Whoever showed another certificate then is not continued with. */
  clear(): void {
    this.#sessions.clear();
  }

  readonly #keep = (id: Buffer, session: Buffer, done: () => void): void => {
    // Those of TLS 1.3 are never asked for again.
    if (!session.subarray(0, PREFIX_BYTES).includes(TLS_1_3)) {
      const [oldest] = this.#sessions.keys();
      if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
      this.#sessions.set(id.toString("latin1"), session);
    }
    done();
  };

  readonly #find = (id: Buffer, done: (error: Error | null, session: Buffer | null) => void): void =>
    done(null, this.#sessions.get(id.toString("latin1")) ?? null);
}
