/** Who makes a request, and what they may do: the result of every successful authentication. */
import type { UserName } from "../kernel/index.ts";
import type { Holding } from "./scopes/check.ts";

/** The part of a user's row that decides what they may do. */
export interface Person {
  readonly id: number;
  readonly name: UserName;
  readonly admin: boolean;
}

/** `scopes` are expanded, intersected and resolved for this request (contract 4.5). */
export interface Identity extends Holding {
  readonly user: Person;
  readonly via: "cookie" | "token";
  /** Number of the token's row; shown as `a<n>` (`tokenText`). Null for cookies. */
  readonly tokenId: number | null;
  /** OAuth client of the token, `jupyterhub` for ordinary tokens. Null for cookies. */
  readonly clientId: string | null;
  /**
   * Public `jupyterhub-session-id` of the browser this came from, or null for ordinary tokens.
   * `GET API/user` shows null for cookies all the same (contract 2.9).
   */
  readonly sessionId: string | null;
  /** The token of a running server: its requests do not count as the person's activity (contract 5.1). */
  readonly isServerToken: boolean;
}
