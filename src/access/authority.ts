/** What people and their tokens may do right now (contract 4.1, 4.5). Expanded sets are remembered by what they depend on. */
import { fullServerName, type ServerName, type UserName } from "../kernel/index.ts";
import { listGivenTo, type Store } from "../store/index.ts";
import type { Person } from "./identity.ts";
import { type Expansion, expand, scopesOfPerson } from "./scopes/expand.ts";
import { IDENTITY_SCOPES } from "./scopes/roles.ts";
import { type GroupsOf, intersect, type ScopeSet } from "./scopes/scope-set.ts";

/** Enough for the people and tokens that are at work at one time; an expansion costs some ten microseconds. */
const REMEMBERED = 2000;

/** A person with all that their scopes follow from at this moment. Good for one request, never kept. */
export interface Holder extends Person {
  /** Raw scopes beside those of their roles: what groups allow, and what was shared with them or their groups. */
  readonly granted: readonly string[];
}

/** The part of a token that decides what it may do. */
export interface TokenGrant {
  readonly scopes: readonly string[];
  /** The server of its OAuth client, or whose own token it is. */
  readonly issuer: { readonly user: UserName; readonly server: ServerName } | null;
  /** Given by OAuth: it may always reach its issuer, as far as its owner may. */
  readonly byOauth: boolean;
}

export interface AuthorityParts {
  readonly store: Store;
  readonly groupsOf: GroupsOf;
  readonly sharingOf: (user: UserName) => boolean;
}

export class Authority {
  readonly groupsOf: GroupsOf;
  readonly #sharingOf: (user: UserName) => boolean;
  readonly #store: Store;
  readonly #known = new Map<string, ScopeSet>();

  constructor({ store, groupsOf, sharingOf }: AuthorityParts) {
    this.#store = store;
    this.groupsOf = groupsOf;
    this.#sharingOf = sharingOf;
  }

  /**
   * Shares are read anew for each request, beside the session or token that is read anyway: whatever ends one (a revoked
   * share, a removed person, server or group, a renamed server, another hub process) counts from the next request on.
   */
  async holderOf({ id, name, admin }: Person): Promise<Holder> {
    const given = await listGivenTo(this.#store.db, id, this.groupsOf(name));
    const shared = given.flatMap(({ server, scopes }) =>
      scopes.map((scope) => `${scope}!server=${fullServerName(server.user, server.name)}`),
    );
    return { id, name, admin, granted: this.#sharingOf(name) ? [`shares!user=${name}`, ...shared] : shared };
  }

  /** Everything a person may do. */
  scopesOf(holder: Holder): ScopeSet {
    const key = JSON.stringify([holder.name, holder.admin, holder.granted]);
    return this.#remember(key, () => scopesOfPerson(holder, holder.granted));
  }

  /** What a token of this owner may do: never more than the owner. */
  scopesOfToken(owner: Holder, token: TokenGrant): ScopeSet {
    const ownerScopes = this.scopesOf(owner);
    if (token.scopes.includes("inherit")) return ownerScopes;
    const work = (): ScopeSet => {
      const raw = [...token.scopes, ...IDENTITY_SCOPES, ...(token.byOauth ? ["access:servers!server"] : [])];
      return intersect(expand(raw, this.expansion(owner, token.issuer)), ownerScopes, this.groupsOf);
    };
    // What lies inside a group depends on who is in it: remembered, it would outlive the membership.
    if (token.scopes.some((scope) => scope.includes("!group="))) return work();
    return this.#remember(JSON.stringify([owner.name, owner.admin, owner.granted, token]), work);
  }

  expansion(owner: Holder, issuer: TokenGrant["issuer"]): Expansion {
    return { owner: owner.name, ownerScopes: this.scopesOf(owner), issuer: issuer ?? undefined };
  }

  #remember(key: string, work: () => ScopeSet): ScopeSet {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const scopes = work();
    const oldest = this.#known.keys().next();
    if (this.#known.size >= REMEMBERED && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(key, scopes);
    return scopes;
  }
}
