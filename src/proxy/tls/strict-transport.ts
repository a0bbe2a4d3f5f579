const NAME = "Strict-Transport-Security";
const LOWER = NAME.toLowerCase();

/**
 * Tells browsers to come by HTTPS alone (RFC 6797), with every answer of a face that speaks HTTPS; over plain HTTP nothing
 * may be said of it (7.2). The policy is that of the whole host, so what a target says of it is not passed on: one
 * person's server must not decide for everybody, and of two headers browsers heed the first (8.1). Only Node's own
 * refusals of what is no HTTP come without it.
 */
export class StrictTransport {
  readonly #encrypted: boolean;
  #own: readonly string[] = [];

  /** @param encrypted whether the face speaks HTTPS */
  constructor(encrypted: boolean) {
    this.#encrypted = encrypted;
  }

  /** @param seconds for which browsers keep to HTTPS; undefined says nothing to them */
  set(seconds: number | undefined): void {
    this.#own = this.#encrypted && seconds !== undefined ? [NAME, `max-age=${seconds}`] : [];
  }

  /** Name and value for an answer of the proxy's own, or nothing. */
  get own(): readonly string[] {
    return this.#own;
  }

  /** The same as a line of a raw head. */
  get line(): string {
    const [name, value] = this.#own;
    return name === undefined ? "" : `${name}: ${value}\r\n`;
  }

  /** The headers of a target's answer with ours in place of its own; the same array where there is nothing to do. */
  applied(headers: string[]): string[] {
    if (!this.#encrypted) return headers;
    const kept = headers.some(isStrictTransport)
      ? headers.filter((_, at) => !isStrictTransport(headers[at & ~1] ?? "", at & ~1))
      : headers;
    return this.#own.length === 0 ? kept : [...kept, ...this.#own];
  }
}

/** Names stand at even places. By length first, as everywhere on a request's way. */
function isStrictTransport(text: string, at: number): boolean {
  return at % 2 === 0 && text.length === LOWER.length && text.toLowerCase() === LOWER;
}
