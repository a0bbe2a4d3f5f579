/** Gate cookies: what lets a browser through the proxy to a server that has no JupyterHub inside (protocol `http`). */
import {
  type Clock,
  fullServerName,
  GATE_COOKIE,
  HubError,
  isoTime,
  readGatePass,
  type Secret,
  type ServerName,
  serverPrefix,
  signGatePass,
  type UserName,
} from "../kernel/index.ts";
import { findSessionByPublicId, type Store } from "../store/index.ts";
import type { Authority } from "./authority.ts";
import { setCookie } from "./cookies.ts";
import type { Identity } from "./identity.ts";
import { holds } from "./scopes/check.ts";
import { identityOfSession } from "./sessions.ts";

/** Life of a pass in seconds: how long a revoked person may still be let in. */
const LIFE = 15 * 60;
/**
 * How long after its end a pass can still be renewed, in seconds. A laptop that slept over night goes on where it was:
 * an open page could not save otherwise. The session has to be alive all the same.
 */
const RENEWABLE = 24 * 60 * 60;

export interface GateRequest {
  /** A signed-in browser (`via: "cookie"`). */
  readonly identity: Identity;
  readonly user: UserName;
  readonly server: ServerName;
  /** Changes at every start of the server: older cookies stop working. */
  readonly epoch: string;
  /** The cookie gets `Secure`. */
  readonly secure: boolean;
}

export interface Gate {
  /**
   * A `Set-Cookie` value for `hublet-gate`, life 15 minutes.
   * @throws HubError `forbidden` when the identity may not reach that server
   */
  issue(request: GateRequest): string;
  /**
   * A fresh `Set-Cookie` value for a cookie the proxy sent back, up to a day after it expired; undefined when it is
   * forged or of another server or start, or its session has ended, or access is gone.
   */
  renew(
    cookie: string,
    expected: {
      readonly user: UserName;
      readonly server: ServerName;
      readonly epoch: string;
      readonly secure: boolean;
    },
  ): Promise<string | undefined>;
}

export interface GateParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly baseUrl: string;
  /** Shared with the proxy. */
  readonly key: Secret;
}

export function createGate(parts: GateParts): Gate {
  const { store, clock, key } = parts;
  return {
    issue(request) {
      if (request.identity.via !== "cookie" || !mayAccessServer(request)) {
        throw new HubError(
          "forbidden",
          "You may not open this server: it belongs to someone else. Ask its owner or an administrator.",
        );
      }
      return passCookie(parts, request);
    },

    async renew(cookie, expected) {
      const pass = readGatePass(key, cookie);
      const now = clock.now();
      if (pass === undefined || pass.x + RENEWABLE < now / 1000) return undefined;
      if (pass.s !== fullServerName(expected.user, expected.server) || pass.e !== expected.epoch) return undefined;
      const session = await findSessionByPublicId(store.db, pass.u as UserName, pass.i, isoTime(now));
      if (session === undefined) return undefined;
      const identity = await identityOfSession(session, parts.authority);
      if (identity === undefined) return undefined;
      const request = { ...expected, identity };
      return mayAccessServer(request) ? passCookie(parts, request) : undefined;
    },
  };
}

/** May this identity use that server? */
export function mayAccessServer(of: {
  readonly identity: Identity;
  readonly user: UserName;
  readonly server: ServerName;
}): boolean {
  const { user, server } = of;
  return holds(of.identity, "access:servers", { user, server }) === "yes";
}

function passCookie({ clock, baseUrl, key }: GateParts, request: GateRequest): string {
  const { identity, user, server, epoch, secure } = request;
  return setCookie({
    name: GATE_COOKIE,
    value: signGatePass(key, {
      s: fullServerName(user, server),
      e: epoch,
      u: identity.user.name,
      i: identity.sessionId ?? "",
      x: Math.floor(clock.now() / 1000) + LIFE,
      l: LIFE,
    }),
    path: serverPrefix(baseUrl, user, server),
    secure,
    httpOnly: true,
  });
}
