/** One exchange with a registry or with what it points to: redirects, proxies, certificates, and how much is read. */
import type { Dispatcher } from "undici";
import { untilAborted } from "../until-aborted.ts";
import type { RegistryConnection } from "./types.ts";

export interface WireRequest {
  readonly method: "GET" | "HEAD" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body that are read at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case; of several, the first. */
  header(name: string): string | undefined;
  readonly body: Buffer;
  /** Where it came from at last. */
  readonly url: URL;
}

/** More than was to be read. */
export class TooLong extends Error {}
/** A redirect that is not followed. */
export class BadRedirect extends Error {}

const CONNECT_MS = 5_000;
const LONGEST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export class Wire {
  readonly #connection: RegistryConnection;
  readonly #host: string;
  readonly #closed = new AbortController();
  readonly #dispatchers = new Map<boolean, Promise<Dispatcher>>();

  constructor(connection: RegistryConnection, host: string) {
    this.#connection = connection;
    this.#host = host;
  }

  /** Rejects with Node's or undici's own errors, `TooLong`, `BadRedirect`, or the signal's reason. */
  async send(request: WireRequest): Promise<WireAnswer> {
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    // While a name is resolved or a connection is made, undici does not hear the signal.
    return await untilAborted(this.#follow({ ...request, signal }), signal);
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error("the client was closed"));
    for (const dispatcher of this.#dispatchers.values()) await (await dispatcher).destroy();
  }

  async #follow(request: WireRequest): Promise<WireAnswer> {
    let { url, headers } = request;
    for (let hop = 0; hop <= LONGEST_REDIRECTS; hop++) {
      const answer = await this.#once({ ...request, url, headers });
      const location = answer.header("location");
      if (!REDIRECTS.has(answer.status) || location === undefined || request.method === "DELETE") return answer;
      const next = URL.parse(location, url);
      if (next === null || !/^https?:$/.test(next.protocol)) throw new BadRedirect("it leads to no web address");
      if (url.protocol === "https:" && next.protocol === "http:")
        throw new BadRedirect("it leads from TLS to plain HTTP");
      // What a registry lays its content down at (S3 and its like) is not told who we are, and refuses who says it.
      if (next.origin !== url.origin) headers = without(headers, "authorization");
      url = next;
    }
    throw new BadRedirect(`it leads on more than ${LONGEST_REDIRECTS} times`);
  }

  async #once({ method, url, headers, limit, signal }: WireRequest): Promise<WireAnswer> {
    const { request } = await import("undici");
    const dispatcher = await this.#dispatcher(url.hostname === new URL(`https://${this.#host}`).hostname);
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(url, { method, headers: { ...headers }, dispatcher, signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new TooLong(`it sent more than ${limit} bytes`);
      chunks.push(chunk);
    }
    return {
      status: statusCode,
      header: (name) => [answered[name]].flat()[0],
      body: Buffer.concat(chunks),
      url,
    };
  }

  /** The registry's own host may go unchecked where the configuration says so; others, as its sign-in, never. */
  #dispatcher(own: boolean): Promise<Dispatcher> {
    const known = this.#dispatchers.get(own);
    if (known !== undefined) return known;
    const made = makeDispatcher(this.#connection, own);
    this.#dispatchers.set(own, made);
    return made;
  }
}

async function makeDispatcher(connection: RegistryConnection, own: boolean): Promise<Dispatcher> {
  const [{ EnvHttpProxyAgent }, { rootCertificates }] = await Promise.all([import("undici"), import("node:tls")]);
  const tls = {
    rejectUnauthorized: !(own && connection.insecure === true),
    // Naming authorities replaces the built-in ones, which other hosts on the way may need.
    ...(connection.certificate === undefined ? {} : { ca: [...rootCertificates, connection.certificate] }),
  };
  const { no_proxy, NO_PROXY } = process.env;
  return new EnvHttpProxyAgent({
    connect: { ...tls, timeout: CONNECT_MS },
    requestTls: tls,
    // A proxy's own loopback is not ours.
    noProxy: [no_proxy ?? NO_PROXY ?? "", "localhost", "127.0.0.1", "::1"].filter((entry) => entry !== "").join(","),
    keepAliveTimeout: 15_000,
  });
}

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}
