import type { Clock, Secret } from "../kernel/index.ts";

/** Where a listener listens: a TCP address (`port` 0 = any free one) or a unix socket file. */
export type Listen =
  | { readonly host: string | undefined; readonly port: number }
  | {
      readonly socket: string;
    };

/** The part of a pino logger that the proxy uses: facts first, then the message. */
export interface ProxyLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Certificate and key of the public face, PEM. */
export interface TlsPair {
  /** The certificate with its chain. */
  readonly certificate: string;
  readonly key: Secret;
}

/** What the proxy needs to know; the fields follow configurable-http-proxy's options (contract 7.1). */
export interface ProxyOptions {
  /** The public face. */
  readonly listen: Listen;
  /** The REST API at `/api/routes`; a socket file is made with mode 0600. */
  readonly api: Listen;
  /** The public face speaks HTTPS, TLS 1.3 only (A41); without it, plain HTTP. */
  readonly tls?: TlsPair | undefined;
  /** What API callers must send as `Authorization: token T`; without it the API is open. */
  readonly authToken?: Secret | undefined;
  /** JSON file that keeps the routes over a restart; without it they live in memory only. */
  readonly routesFile?: string | undefined;
  /** Signs gate passes; without it gated routes let nobody in. */
  readonly gateKey?: Secret | undefined;
  /** Target of the route `/`. */
  readonly defaultTarget?: string | undefined;
  /** Whether the default target is the hub, which may see its own cookies. Default true. */
  readonly defaultTargetIsHub?: boolean | undefined;
  /** URL below which error pages are fetched as `CODE?url=…`; also `http+unix://ENCODED/path`. */
  readonly errorTarget?: string | undefined;
  /** Adds `X-Forwarded-*` to requests (contract 7.6). Default true. */
  readonly xForward?: boolean | undefined;
  /** Headers added to every proxied request, replacing the client's of the same name. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds of silence after which a client's connection is cut; 0 or absent = never. */
  readonly timeout?: number | undefined;
  /** Milliseconds of silence after which a target's connection is cut; 0 or absent = never. */
  readonly proxyTimeout?: number | undefined;
  /** Milliseconds an idle client connection is kept. Default 5000. */
  readonly keepAliveTimeout?: number | undefined;
  readonly log: ProxyLog;
  readonly clock: Clock;
}

/** A proxy that listens on both faces. */
export interface RunningProxy {
  /**
   * New connections get this certificate; those that are open keep theirs. Does nothing when the proxy speaks plain HTTP.
   * @throws HubError `bad-config` when certificate and key are unusable; the old ones stay then
   */
  setTls(tls: TlsPair): void;
  /** Where the public face listens, as `http://host:port` or `http+unix://ENCODED`. */
  readonly address: string;
  /** Where the API listens, in the same form. */
  readonly apiAddress: string;
  /** Stops accepting, lets requests finish for at most `graceMs` milliseconds (default 0), then cuts what is left. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
