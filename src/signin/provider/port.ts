/** What GitHub and OpenID providers have in common: one folder each, with the same file names. */
import type { Clock, HubError, Sealer } from "../../kernel/index.ts";
import type { DueIdentity, Proof, ProviderId, Refreshed } from "../../people/index.ts";

/** A visit that was begun in a browser; sealed into its cookie until it comes back. */
export interface Visit {
  readonly provider: ProviderId;
  /** Goes to the provider and comes back in the query. */
  readonly state: string;
  /** OpenID Connect: comes back in the ID token. */
  readonly nonce: string;
  /** PKCE (RFC 7636): proves to the provider that the code is ours. */
  readonly verifier: string;
  readonly callbackUrl: string;
  /** Where to go afterwards. */
  readonly next: string;
  /** When it was begun (milliseconds since the epoch). */
  readonly at: number;
}

/** Somebody a provider vouches for. */
export interface Vouched {
  readonly proof: Proof;
  /** Asked only when they are refused: what an admin should know about it, in sentences. */
  hints(): Promise<readonly string[]>;
}

export interface LookUp {
  readonly outcome: Refreshed;
  /** Not to be asked again before: this person, or anybody of this provider. */
  readonly pause?: Pause;
}

export interface Pause {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly whose: "person" | "everybody";
}

export interface Provider {
  readonly id: ProviderId;
  readonly title: string;
  /** Overrides the hub's own callback address. */
  readonly callbackUrl: string | undefined;
  /** Where the browser goes. @throws HubError `provider-unreachable`, `bad-config` */
  begin(visit: Visit): Promise<string>;
  /**
   * @param answer the callback's query: its state is checked, and it holds a code
   * @throws HubError `sign-in-refused`, `provider-unreachable`, `bad-config`
   */
  finish(visit: Visit, answer: URLSearchParams): Promise<Vouched>;
  /** Whether what it gave is good for look-ups at all, until the next sign-in. */
  lasts(known: DueIdentity): boolean;
  /** Looks up login and groups again. Rejects only when aborted, or for a bug. */
  refresh(known: DueIdentity, signal: AbortSignal): Promise<LookUp>;
}

export interface ProviderTools {
  readonly clock: Clock;
  readonly sealer: Sealer;
}

/** Answers of ours to what a provider said, in one voice. */
export interface Voice {
  readonly title: string;
  refused(message: string, detail?: string, cause?: unknown): HubError;
  /** A code was not taken. */
  refusedCode(detail: string, cause?: unknown): HubError;
  unreachable(host: string, what: string, cause?: unknown): HubError;
  misconfigured(what: string, remedy: string): HubError;
}
