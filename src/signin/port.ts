/** Proving who you are: what the rest of the hub may ask for. */
import type { Config } from "../contract/index.ts";
import type { Clock, UserName } from "../kernel/index.ts";
import type { Person } from "../people/index.ts";
import type { Store } from "../store/index.ts";

export interface SignInParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Read at every use, so that a changed configuration applies at once. */
  readonly settings: () => Config["signIn"];
  /** Random texts, replaced in tests. Default: the kernel's. */
  readonly random?: { readonly code: () => string; readonly hex: () => string };
}

/** A one-time code to be handed to a person: shown once, only its hash is stored. */
export interface Claim {
  readonly name: UserName;
  readonly code: string;
  /** ISO-8601 UTC. */
  readonly expiresAt: string;
}

export interface PasswordSignIn {
  readonly name: string;
  readonly password: string;
  /** The client's IP address, as the proxy saw it. */
  readonly address: string;
}

export interface ClaimRequest {
  readonly code: string;
  /** The password the person chooses. */
  readonly password: string;
  readonly address: string;
}

export interface PasswordChange {
  readonly name: string;
  readonly current: string;
  readonly next: string;
  readonly address: string;
  /**
   * `sessions.hash` of the browser that asks: it stays signed in, with its OAuth tokens, and `cookie_id` is left as it
   * is. Without it every session ends and `cookie_id` is replaced.
   */
  readonly keepSessionHash?: string;
}

export interface SignIn {
  /**
   * @throws HubError `sign-in-refused`, the same for an unknown name, a wrong password and a person without one; or
   *   `too-many-attempts` with `facts.retryAfter` in seconds
   */
  withPassword(attempt: PasswordSignIn): Promise<Person>;
  /**
   * A new one-time code; an older one of the same person stops working. An existing password works until it is used.
   * @throws HubError `not-found`
   */
  issueClaim(name: string): Promise<Claim>;
  /** Whose code it is, to greet them; undefined when it is wrong, used or expired. */
  inspectClaim(code: string): Promise<{ readonly name: UserName } | undefined>;
  /**
   * Sets the person's password by a one-time code and ends all their earlier sign-ins.
   * @throws HubError `claim-invalid`, `password-too-weak` (the code stays usable), or `too-many-attempts`
   */
  claim(request: ClaimRequest): Promise<Person>;
  /** @throws HubError `sign-in-refused` (wrong current password), `password-too-weak`, or `too-many-attempts` */
  changePassword(change: PasswordChange): Promise<Person>;
  /**
   * Sets a password on behalf of the person (the CLI); ends their sign-ins, cancels an open claim, keeps all data.
   * @throws HubError `not-found` or `password-too-weak`
   */
  setPassword(name: string, password: string): Promise<Person>;
  /**
   * Sees to it that the hub has an admin, and gives a way in as long as none of them has a password.
   * With no admin at all, `name` is added or promoted. Once any admin has a password it does nothing, so that a
   * name in a start-up flag cannot become a second way in.
   * @returns a fresh claim of the admin without a password, or undefined
   * @throws HubError `name-invalid`
   */
  bootstrapAdmin(name: string): Promise<Claim | undefined>;
}
