/** What the rest of the hub may ask about people's standing: who may enter, in which groups they are, and what those give. */
import type { Explanation, GroupView, IdentityView, MembersView, PolicyView } from "../contract/index.ts";
import type { UserName } from "../kernel/index.ts";
import type { Person } from "./person.ts";

/** `github`, `oidc:NAME`, `header` or `dummy`. */
export type ProviderId = string;

/** What a provider says of somebody who has just proved who they are there. */
export interface Proof {
  readonly provider: ProviderId;
  /**
   * The instance that was asked: origin of GitHub's address, OpenID's issuer (as `URL` writes it); "" of header and dummy.
   * Ids and logins of one instance say nothing about another's.
   */
  readonly issuer: string;
  /** The provider's stable id: GitHub's number, OpenID's `sub`; of a header or dummy the name itself. */
  readonly subject: string;
  /** The name there; the hub's name is made of it at the first sign-in, and stays when it is renamed there. */
  readonly login: string;
  /** A verified e-mail address. */
  readonly email: string | null;
  /** GitHub: `org` and `org:team`, lower case; OpenID and header: names of groups. */
  readonly groups: readonly string[];
  /** Sealed tokens by which groups can be looked up again; null when they cannot. */
  readonly credential: string | null;
}

/** An identity whose groups are due to be looked up again. */
export interface DueIdentity {
  readonly id: number;
  readonly user: UserName;
  readonly provider: ProviderId;
  readonly issuer: string;
  readonly subject: string;
  readonly login: string;
  readonly credential: string | null;
  /** Of the last look-up that succeeded. */
  readonly refreshedAt: string;
  /** It has groups that even a provider's own trouble does not keep any longer: say so, if it cannot be asked now. */
  readonly overdue: boolean;
}

/**
 * Who brought it about that a look-up failed: the person may have (a limit of questions for each account, an
 * organisation that withdrew the app); the provider does not answer anybody; nobody: it tells groups only at a sign-in.
 */
export type Trouble = "person" | "provider" | "nobody";

/** What became of a look-up. */
export type Refreshed =
  | { readonly kind: "proof"; readonly proof: Proof }
  /** The provider takes the credential no more (revoked app, deleted account): the browser must sign in again. */
  | { readonly kind: "revoked"; readonly why: string }
  /**
   * It could not be asked (rate limit, no answer). What was known holds for a while, which depends on whose trouble it
   * is; then its groups count for nothing until a look-up succeeds. It is asked again at the next round.
   */
  | {
      readonly kind: "unavailable";
      readonly whose: Trouble;
      readonly why: string;
      /** To be stored in the place of the old one, which was used up (refresh tokens are good for once). */
      readonly credential?: string;
    };

/** Part of `People`. Names are normalised here. */
export interface Standings {
  /**
   * Lets in somebody whom a provider vouches for, or refuses. Decides by the rules of the configuration (nobody is let in
   * unless one says so); finds the person by provider, issuer and subject, never by login alone; a new person gets the login as
   * name, or with a number behind it when the name is somebody else's. A person without password and identity gets the
   * identity only when a rule names this very login. Stores groups; works out the standing.
   * @throws HubError `sign-in-refused`: `message` is for the person, `detail` says for admins which rules were looked at
   */
  admit(proof: Proof): Promise<Person>;
  /** Of the instances that the configuration names: identities of people who have a live session or a running server and were not looked up since `before` (ISO-8601). */
  dueIdentities(before: string, limit: number): Promise<readonly DueIdentity[]>;
  /**
   * Stores the outcome and works out the standing, unless the configuration names another instance meanwhile; ends sign-ins of who may not enter any more.
   */
  refreshed(identityId: number, outcome: Refreshed): Promise<void>;
  identitiesOf(name: string): Promise<readonly IdentityView[]>;
  /** Forgets an identity, of every instance; the account there may become another person. @throws HubError `not-found` */
  forgetIdentity(name: string, provider: ProviderId): Promise<void>;

  /**
   * Works out everybody's standing anew (`users.admin`, `users.suspended`, groups) from the current configuration, and
   * ends the sign-ins of those who may not enter any more. Called at the hub's start and after every swap. People whom
   * the configuration names and who have no row yet get one.
   */
  applyConfiguration(): Promise<void>;
  /** May this person enter? Undefined: yes; else why not, in a sentence. From memory. */
  suspendedOf(name: UserName): string | undefined;
  /** Names of the groups a person is in, sorted; from memory, so that it can be asked for every request. */
  groupsOf(name: UserName): readonly string[];
  /** Logins elsewhere (`github: octocat`), by provider; from memory, for lists of many. */
  loginsOf(name: UserName): readonly string[];
  /** What a person gets, with reasons; from memory. People nobody knows get what everybody gets. */
  policyOf(name: UserName): PolicyView;
  /** Everything but `methods` and `lockouts`, which sign-in knows. Also for names that nobody has. @throws HubError `name-invalid` */
  explain(name: string): Promise<Omit<Explanation, "methods" | "lockouts">>;
  /** Called when somebody's groups, rights or policy may have changed; undefined: anybody's. */
  onStanding(listener: (name: UserName | undefined) => void): () => void;
}

/** Groups by hand and by API; configured groups are seen too and may have members by hand. */
export interface Groups {
  list(): readonly GroupView[];
  find(name: string): GroupView | undefined;
  /** Names of all members, sorted. */
  membersOf(name: string): readonly UserName[];
  members(name: string, page: { offset: number; limit: number }): MembersView;
  propertiesOf(name: string): Promise<Readonly<Record<string, unknown>>>;
  /** @throws HubError `name-invalid`, `conflict` when it exists */
  create(name: string): Promise<void>;
  /** @throws HubError `not-found`; `conflict` for a configured group, which only the configuration can remove */
  remove(name: string): Promise<void>;
  /** Memberships by hand; those who are members already stay. @throws HubError `not-found` (group), `bad-request` (unknown person) */
  addMembers(name: string, people: readonly string[]): Promise<void>;
  /** Takes memberships by hand away; others follow from the configuration and stay. @throws HubError as `addMembers` */
  removeMembers(name: string, people: readonly string[]): Promise<void>;
  /** @throws HubError `not-found` */
  setProperties(name: string, properties: Readonly<Record<string, unknown>>): Promise<void>;
}
