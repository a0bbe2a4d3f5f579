/** Signed-in browsers (contract 2.5, 2.8). */
import type { Identity } from "./identity.ts";

export interface NewSession {
  readonly userId: number;
  readonly userAgent: string;
  readonly address: string;
  /** Days until this browser has to sign in again. */
  readonly days: number;
}

export interface StartedSession {
  /** For the login cookie: signed, secret, never to be logged. */
  readonly cookieValue: string;
  /** For the `jupyterhub-session-id` cookie; fresh at every sign-in. */
  readonly sessionId: string;
  /** Key of the session in the database and subject of its XSRF tokens; stays inside the hub. */
  readonly sessionHash: string;
  /** ISO-8601 UTC. */
  readonly expiresAt: string;
}

export interface SignedIn {
  /** `via: "cookie"` */
  readonly identity: Identity;
  readonly sessionHash: string;
  readonly sessionId: string;
  readonly expiresAt: string;
}

export interface Sessions {
  /** Always a new session with new ids, whatever cookies the browser came with. Call it after the password was right. */
  create(session: NewSession): Promise<StartedSession>;
  /** Undefined for forged, unknown, ended and expired cookies. `countsAsActivity: false` leaves last activity alone. */
  resolve(cookieValue: string, options?: { readonly countsAsActivity?: boolean }): Promise<SignedIn | undefined>;
  /** Sign-out: ends the session, its pending OAuth codes and every OAuth token given in this browser (contract 2.8). */
  end(sessionHash: string): Promise<void>;
  /** Ends all sessions of a person, as after a new password; `except` keeps one (its hash). */
  endAll(userId: number, options?: { readonly except?: string }): Promise<void>;
  /** Deletes expired rows and says how many. */
  purgeExpired(): Promise<number>;
}
