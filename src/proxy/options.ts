import type { Clock, Secret } from "../kernel/index.ts";

/** Where a listener listens: a TCP address (`port` 0 = any free one), a unix socket file, or a socket that is open already. */
export type Listen =
  | { readonly host: string | undefined; readonly port: number }
  | { readonly socket: string }
  | { readonly fd: number };

/** The part of a pino logger that the proxy uses: facts first, then the message. */
export interface ProxyLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** How the public face speaks HTTPS. */
export interface ServedTls {
  /** The certificate with its chain, PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: Secret;
  /** modern: TLS 1.3 alone; intermediate: TLS 1.2 too. */
  readonly profile: "modern" | "intermediate";
  /** Seconds for which browsers are told to use HTTPS alone; undefined tells them nothing. */
  readonly hsts: number | undefined;
}

/** The name under which people reach the public face. */
export interface PublicHost {
  /** A name or an address, that of IPv6 in brackets. */
  readonly name: string;
  /** Port of HTTPS, when it is another than that listened on. */
  readonly port: number | undefined;
}

/** What the proxy needs to know; the fields follow configurable-http-proxy's options (contract 7.1). */
export interface ProxyOptions {
  /** The public face; several sockets are one face. */
  readonly listen: Listen | readonly Listen[];
  /** The REST API at `/api/routes`; a socket file is made with mode 0600. */
  readonly api: Listen;
  /** The public face speaks HTTPS; without it, plain HTTP. */
  readonly tls?: ServedTls | undefined;
  /** Where plain HTTP is answered with the way to HTTPS. */
  readonly redirect?: readonly Listen[] | undefined;
  /** Where redirects lead; without it, to the host that the client asked for, on the port of the public face. */
  readonly publicHost?: PublicHost | undefined;
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
  /** Surrounds the opening of the public sockets, for who needs other rights for that alone. */
  readonly opening?: (<T>(open: () => Promise<T>) => Promise<T>) | undefined;
  readonly log: ProxyLog;
  readonly clock: Clock;
}

/** A proxy that listens on both faces. */
export interface RunningProxy {
  /**
   * New connections get this certificate and profile, those that are open keep theirs; HSTS holds for the next answer of
   * either. Does nothing when the proxy speaks plain HTTP.
   * @throws HubError `bad-config` when certificate and key are unusable; all stays as it was then
   */
  setTls(tls: ServedTls): void;
  /** The next redirects lead there. */
  setPublicHost(host: PublicHost | undefined): void;
  /** Where the public face listens (its first socket), as `http://host:port` or `http+unix://ENCODED`. */
  readonly address: string;
  /** Where plain HTTP is redirected, in the same form. */
  readonly redirectAddresses: readonly string[];
  /** Where the API listens, in the same form. */
  readonly apiAddress: string;
  /** Stops accepting, lets requests finish for at most `graceMs` milliseconds (default 0), then cuts what is left. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
