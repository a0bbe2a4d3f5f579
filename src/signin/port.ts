/** Proving who you are: what the rest of the hub may ask for. */
import type { ConfigSnapshot } from "../config/index.ts";
import type { Explanation, LockoutView, SecondFactorView, SignUpView } from "../contract/index.ts";
import type { Clock, Secret, UserName } from "../kernel/index.ts";
import type { People, Person, ProviderId } from "../people/index.ts";
import type { Store } from "../store/index.ts";

export interface SignInParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Who comes in by a provider is let in, or not, by the people room. */
  readonly people: People;
  /** Read at every use, so that a changed configuration applies at once. */
  readonly snapshot: () => ConfigSnapshot;
  /** Seals what providers gave us and the secrets of second factors. */
  readonly key: Secret;
  readonly log: SignInLog;
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

/** The one thing that is asked of a logger here; pino fits. Never given a secret. */
export interface SignInLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** A ticket is sealed, says who has proved the password from which address, and lives 10 minutes. */
export type PasswordOutcome =
  | { readonly kind: "in"; readonly person: Person }
  /** The password was right; a one-time code of the app, or a recovery code, is asked for. */
  | { readonly kind: "second-factor"; readonly ticket: string }
  /** The password was right, but a second factor is required here and has to be set up first. */
  | { readonly kind: "set-up-second-factor"; readonly ticket: string };

/** A way of signing in, as the sign-in page shows it. */
export interface SignInMethod {
  /** `password`, `dummy`, or a provider. */
  readonly id: "password" | "dummy" | ProviderId;
  readonly title: string;
  /** `form`: name and password. `redirect`: a button that leads to the provider. `header`: a button; the proxy in front knows. */
  readonly kind: "form" | "redirect" | "header";
}

/** A visit to a provider that was begun. */
export interface BegunRedirect {
  /** Where the browser goes. */
  readonly location: string;
  /** For a cookie of this browser (`HttpOnly`, `SameSite=Lax`, 10 minutes), given back to `finishRedirect`. */
  readonly state: string;
}

export interface FinishedRedirect {
  readonly person: Person;
  /** As it was given to `beginRedirect`. */
  readonly next: string;
}

/** What a proxy in front says; values as the headers had them, undefined when absent. */
export interface HeaderSignIn {
  readonly user: string | undefined;
  readonly groups: string | undefined;
  /** Address of the proxy that spoke to Hublet's own: never one that a visitor can claim. */
  readonly peer: string;
}

/** A second factor that was begun and waits for its first code. */
export interface BegunSecondFactor {
  /** Base32, as apps take it. */
  readonly secret: string;
  /** `otpauth://totp/…` */
  readonly uri: string;
}

export interface SignIn extends SecondFactors, SignUps, Lockouts, Providers {
  /**
   * Password, first use and dummy, whichever the configuration allows.
   * @throws HubError `sign-in-refused`, the same for an unknown name, a wrong password, a person without one and a first
   *   use that fails (also by a weak password); the reason of a suspension is told only after the right password;
   *   `forbidden` when the configuration has neither passwords nor dummy; or `too-many-attempts` with
   *   `facts.retryAfter` in seconds
   */
  withPassword(attempt: PasswordSignIn): Promise<PasswordOutcome>;
  /**
   * A new one-time code; an older one of the same person stops working. An existing password works until it is used.
   * @throws HubError `not-found`; `forbidden` when the configuration has passwords off
   */
  issueClaim(name: string): Promise<Claim>;
  /** The same for some people (a few hundred) at once: each by itself would wait for the disk. */
  issueClaims(names: readonly string[]): Promise<readonly Claim[]>;
  /** Whose code it is, to greet them; undefined when it is wrong, used or expired. */
  inspectClaim(code: string): Promise<{ readonly name: UserName } | undefined>;
  /**
   * Sets the person's password by a one-time code and ends all their earlier sign-ins. Whoever has a second factor, or
   * has to have one, is asked for it then, as after a password.
   * @throws HubError `claim-invalid`, `password-too-weak` (the code stays usable), `sign-in-refused` for a suspended
   *   person, `forbidden` when the configuration has passwords off, or `too-many-attempts`
   */
  claim(request: ClaimRequest): Promise<PasswordOutcome>;
  /**
   * @throws HubError `sign-in-refused` (wrong current password), `password-too-weak`, `too-many-attempts`; `forbidden`
   *   when the configuration has passwords off
   */
  changePassword(change: PasswordChange): Promise<Person>;
  /**
   * Sets a password on behalf of the person (the CLI); ends their sign-ins, cancels an open claim, keeps all data.
   * @throws HubError `not-found`, `password-too-weak`; `forbidden` when the configuration has passwords off
   */
  setPassword(name: string, password: string): Promise<Person>;
  /**
   * A password that another hub kept as bcrypt becomes the person's; at their first sign-in it is hashed anew.
   * @throws HubError `not-found`; `bad-request` for another hash; `forbidden` when the configuration has passwords off
   */
  importPassword(name: string, hash: string): Promise<void>;
  /**
   * Sees to it that the hub has an admin, and gives a way in as long as none of them has one.
   * With no admin at all, `name` is added or promoted. Once any admin has a password, or an identity elsewhere, it does
   * nothing, so that a name in a start-up flag cannot become a second way in.
   * @returns a fresh claim of the admin without a password; undefined when there is nothing to claim, also while the
   *   configuration has passwords off
   * @throws HubError `name-invalid`
   */
  bootstrapAdmin(name: string): Promise<Claim | undefined>;
}

export interface Providers {
  /** In the order of the sign-in page: the form first, then providers as the configuration lists them. */
  methods(): readonly SignInMethod[];
  /**
   * Begins a visit to GitHub or an OpenID provider (authorization code, PKCE, state and nonce sealed into the cookie).
   * @param method `github` or `oidc:NAME`
   * @param options.callbackUrl the hub's own, unless the configuration says another
   * @param options.next where to go afterwards; checked by the caller
   * @throws HubError `not-found`; `provider-unreachable`
   */
  beginRedirect(
    method: ProviderId,
    options: { readonly callbackUrl: string; readonly next: string },
  ): Promise<BegunRedirect>;
  /**
   * Ends it: exchanges the code, looks up who it is and which groups they are in, and lets them in or not.
   * @param visit.query the callback's query as text, without “?”
   * @param visit.state the cookie; undefined when the browser sent none
   * @throws HubError `sign-in-refused` (also for a foreign, old or repeated state), `provider-unreachable`
   */
  finishRedirect(visit: {
    readonly query: string;
    readonly state: string | undefined;
    readonly callbackUrl: string;
    readonly address: string;
  }): Promise<FinishedRedirect>;
  /** @throws HubError `not-found` when it is not configured, `sign-in-refused` (with the reason) */
  withHeader(visit: HeaderSignIn): Promise<Person>;
  /** Looks up groups that are due at GitHub and OpenID providers; called regularly by the root. Never throws. */
  refreshDue(signal: AbortSignal): Promise<void>;
  /** The parts of an explanation that sign-in knows. */
  explainMethods(name: string): Promise<Pick<Explanation, "methods" | "lockouts">>;
}

export interface SecondFactors {
  /**
   * @param attempt.code a code of the app, or a recovery code
   * @throws HubError `sign-in-refused`, `too-many-attempts`
   */
  withSecondFactor(attempt: {
    readonly ticket: string;
    readonly code: string;
    readonly address: string;
  }): Promise<Person>;
  secondFactorOf(name: string): Promise<SecondFactorView>;
  /** Ids of those of some people (one page of a list) who have an active one. */
  withActiveFactor(userIds: readonly number[]): Promise<ReadonlySet<number>>;
  /**
   * Begins, or begins anew, setting one up; what was active stays active until the first code of the new one.
   * @param proof the password, asked of a person who is signed in; or the ticket of `set-up-second-factor`
   * @throws HubError `sign-in-refused`, `forbidden` when the configuration has it off, `too-many-attempts`
   */
  beginSecondFactor(
    name: string,
    proof: { readonly password: string; readonly address: string } | { readonly ticket: string },
  ): Promise<BegunSecondFactor>;
  /** Whose ticket it is; undefined when it is wrong or old. */
  ticketName(ticket: string): UserName | undefined;
  /**
   * @param proof.ticket of `set-up-second-factor`, when whoever confirms is to be signed in by it: it must still hold
   *   (the password may have been changed since)
   * @returns recovery codes, shown once. @throws HubError `sign-in-refused`, `too-many-attempts`
   */
  confirmSecondFactor(
    name: string,
    proof: { readonly code: string; readonly address: string; readonly ticket?: string },
  ): Promise<readonly string[]>;
  /** @throws HubError `sign-in-refused`, `forbidden` when it is required, `too-many-attempts` */
  removeSecondFactor(
    name: string,
    proof: { readonly password: string; readonly code: string; readonly address: string },
  ): Promise<void>;
  /** By an admin, for a person who lost the app; ends the person's sign-ins. Missing is fine. @throws HubError `not-found` */
  resetSecondFactor(name: string): Promise<void>;
}

export interface SignUps {
  /**
   * Asks for an account. The answer is the same whether the name is taken or not.
   * @throws HubError `forbidden` when the configuration has it off, `name-invalid`, `password-too-weak`, `too-many-attempts`
   */
  signUp(request: {
    readonly name: string;
    readonly password: string;
    readonly note: string;
    readonly address: string;
  }): Promise<void>;
  /** Oldest first. */
  listSignUps(): Promise<readonly SignUpView[]>;
  /** Adds the person with the password they chose. @throws HubError `not-found`, `conflict` when the name is taken now */
  approveSignUp(id: number): Promise<Person>;
  /** @throws HubError `not-found` */
  refuseSignUp(id: number): Promise<void>;
}

export interface Lockouts {
  /** Who and what is held off now. */
  lockouts(): Promise<readonly LockoutView[]>;
  /** Forgives one. @throws HubError `not-found` */
  clearLockout(key: string): Promise<void>;
}
