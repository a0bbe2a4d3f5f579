/** What people and their tokens may do right now (contract 4.5). Expanded sets are remembered by what they depend on. */
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Person } from "./identity.ts";
import { type Expansion, expand, scopesOfPerson } from "./scopes/expand.ts";
import { IDENTITY_SCOPES } from "./scopes/roles.ts";
import { type GroupsOf, intersect, type ScopeSet } from "./scopes/scope-set.ts";

/** Enough for the people and tokens that are at work at one time; an expansion costs some ten microseconds. */
const REMEMBERED = 2000;

/** The part of a token that decides what it may do. */
export interface TokenGrant {
  readonly scopes: readonly string[];
  /** The server of its OAuth client, or whose own token it is. */
  readonly issuer: { readonly user: UserName; readonly server: ServerName } | null;
  /** Given by OAuth: it may always reach its issuer, as far as its owner may. */
  readonly byOauth: boolean;
}

export class Authority {
  readonly groupsOf: GroupsOf;
  readonly #known = new Map<string, ScopeSet>();

  constructor(groupsOf: GroupsOf) {
    this.groupsOf = groupsOf;
  }

  /** Everything a person may do. */
  scopesOf(person: Person): ScopeSet {
    return this.#remember(`${Number(person.admin)}${person.name}`, () => scopesOfPerson(person));
  }

  /** What a token of this owner may do: never more than the owner. */
  scopesOfToken(owner: Person, token: TokenGrant): ScopeSet {
    const ownerScopes = this.scopesOf(owner);
    if (token.scopes.includes("inherit")) return ownerScopes;
    // Roles have no group filters, so that the only memberships that matter here are the owner's.
    const key = JSON.stringify([owner.name, owner.admin, token, this.groupsOf(owner.name)]);
    return this.#remember(key, () => {
      const raw = [...token.scopes, ...IDENTITY_SCOPES, ...(token.byOauth ? ["access:servers!server"] : [])];
      return intersect(expand(raw, this.expansion(owner, token.issuer)), ownerScopes, this.groupsOf);
    });
  }

  expansion(owner: Person, issuer: TokenGrant["issuer"]): Expansion {
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
