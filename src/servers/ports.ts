/** What this room needs of others, as small ports: the composition root plugs the real rooms in. */
import type { ImageStatus, PullPolicy } from "../contract/index.ts";
import type { Mount } from "../drivers/index.ts";
import type { Secret, ServerName, UserName } from "../kernel/index.ts";

/** An image that is on the engine. */
export interface ReadyImage {
  readonly id: string;
  /** What to run; may be another than was asked for: the image built here, where no registry answers, or a pinned name. */
  readonly reference: string;
  /** `sha256:…` when `reference` is pinned to it. */
  readonly digest?: string | undefined;
}

/** Images of the engine (`src/images`' keeper). Undefined for the process driver. */
export interface Images {
  /**
   * Resolves once the image is on the engine, joining a pull that is under way; aborting ends this wait only.
   * @throws HubError `image-missing`, `image-pull-failed`, `image-build-failed`, `registry-refused`, `disk-full`
   */
  ensure(
    reference: string,
    options: { readonly signal: AbortSignal; readonly policy?: PullPolicy; readonly digest?: string },
  ): Promise<ReadyImage>;
  /**
   * Whether a server of protocol `jupyterhub` can run by this image. @returns a note when that could not be found out
   * @throws HubError `image-unsuitable`
   */
  suits(
    image: ReadyImage,
    options: { readonly ownCommand: boolean; readonly signal: AbortSignal },
  ): Promise<string | undefined>;
  /** The engine said that the image is not there after all. */
  forget(reference: string): void;
  /** What is known of the image; undefined when nobody asked for it yet. */
  status(reference: string): ImageStatus | undefined;
  /** Called with every change of any image; returns the unsubscriber. */
  subscribe(listener: (status: ImageStatus) => void): () => void;
}

/** What people choose images from (`src/images`' catalogue). */
export interface Choices {
  /** What a tag names now. @throws HubError `forbidden`, `image-missing`, `not-found`, `registry-unreachable`, `registry-refused` */
  resolve(
    person: { readonly images: readonly string[] },
    repository: string,
    tag: string,
    signal: AbortSignal,
  ): Promise<{ readonly named: string; readonly digest: string }>;
}

/** A server as `src/access` knows it. */
export interface ServerIdentity {
  readonly serverId: number;
  readonly user: UserName;
  readonly server: ServerName;
}

export interface IssuedCredentials {
  /** `tokens.id` of the server's own API token (contract 2.4.5). */
  readonly tokenId: number;
  /** The token; also the secret of its OAuth client. */
  readonly token: Secret;
}

/** Token and OAuth client of a server (contract 2.1, 2.4.5, 1.10): `access.serverCredentials`. */
export interface ServerCredentials {
  /** Replaces whatever the server had before: its token, its client, and all that the client was given. */
  issue(server: ServerIdentity): Promise<IssuedCredentials>;
  /** Removes the server's own token and its OAuth client with every token and code of it; missing ones are fine. */
  revoke(server: ServerIdentity): Promise<void>;
}

/** A proxy route; `spec` is the escaped path with a trailing slash (contract 8). */
export interface Route {
  readonly spec: string;
  /** `http://HOST:PORT`, no path; or `http+unix://ENCODED-SOCKET-PATH`. */
  readonly target: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The proxy's routes of this hub (`jupyterhub: true`), by configurable-http-proxy's REST API. */
export interface Routes {
  /** @throws HubError `proxy-unreachable` after its retries */
  add(route: Route, signal?: AbortSignal): Promise<void>;
  /** A missing route is fine. @throws HubError `proxy-unreachable` */
  remove(spec: string, signal?: AbortSignal): Promise<void>;
  /** Keyed by `spec`; `data` may hold `last_activity`. @throws HubError `proxy-unreachable` */
  list(signal?: AbortSignal): Promise<ReadonlyMap<string, Route>>;
}

/** How a server of protocol `jupyterhub` reaches the hub's API; one per kind of driver, chosen by the root. */
export interface HubReach {
  /** `JUPYTERHUB_API_URL` as the server sees it, no trailing slash: `http://127.0.0.1:8081/hub/api`. */
  readonly apiUrl: string;
  readonly mounts: readonly Mount[];
  /** The command that is really run. */
  wrapCommand(command: readonly string[]): readonly string[];
}

/** The one thing that is asked of a logger here; pino fits. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** One readiness question. @returns the HTTP status, or undefined when nothing answered */
export type Probe = (url: string, signal: AbortSignal) => Promise<number | undefined>;
