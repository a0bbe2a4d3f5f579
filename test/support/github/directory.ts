/** Who is at the stand-in, and in which organisations and teams. */

export interface GithubAccount {
  /** Stays the same for ever, and is never given to anybody else. */
  readonly id: number;
  login: string;
  suspended: boolean;
}

export interface GithubMember {
  readonly account: GithubAccount;
  /** https://docs.github.com/en/rest/orgs/members: invited people are `pending` until they accept. */
  state: "active" | "pending";
  /** Whether everybody may see the membership; GitHub's default is that nobody outside may. */
  public: boolean;
}

export interface GithubTeam {
  readonly slug: string;
  readonly parent: string | undefined;
  readonly members: Set<GithubAccount>;
}

export interface GithubOrganization {
  readonly id: number;
  readonly login: string;
  readonly members: Map<number, GithubMember>;
  readonly teams: Map<string, GithubTeam>;
  /** https://docs.github.com/en/organizations/managing-oauth-access-to-your-organizations-data */
  restrictsApps: boolean;
  /** Wants a single sign-on (SAML) that the token has not. */
  wantsSso: boolean;
}

export class GithubDirectory {
  readonly accounts = new Map<number, GithubAccount>();
  readonly organizations = new Map<string, GithubOrganization>();
  #next = 1000;

  /** Registers an account, or finds the one that has the login now. */
  person(login: string): GithubAccount {
    const known = this.find(login);
    if (known !== undefined) return known;
    this.#next += 1;
    const account = { id: this.#next, login, suspended: false };
    this.accounts.set(account.id, account);
    return account;
  }

  /** Logins are not case-sensitive. */
  find(login: string): GithubAccount | undefined {
    return [...this.accounts.values()].find((one) => one.login.toLowerCase() === login.toLowerCase());
  }

  /** The old login is free for anybody afterwards. */
  rename(login: string, next: string): void {
    this.#require(login).login = next;
  }

  /** Deletes the account; its tokens stop working. */
  remove(login: string): void {
    const account = this.#require(login);
    this.accounts.delete(account.id);
    for (const { members, teams } of this.organizations.values()) {
      members.delete(account.id);
      for (const team of teams.values()) team.members.delete(account);
    }
  }

  /** Somebody else takes a login that became free. */
  reregister(login: string): GithubAccount {
    if (this.find(login) !== undefined) this.remove(login);
    return this.person(login);
  }

  organization(login: string): GithubOrganization {
    const key = login.toLowerCase();
    const known = this.organizations.get(key);
    if (known !== undefined) return known;
    this.#next += 1;
    const made = {
      ...{ id: this.#next, login, restrictsApps: false, wantsSso: false },
      ...{ members: new Map<number, GithubMember>(), teams: new Map<string, GithubTeam>() },
    };
    this.organizations.set(key, made);
    return made;
  }

  /** @param target `ORGANISATION` or `ORGANISATION:TEAM`; whoever is in a team is in its organisation */
  join(login: string, target: string, { state = "active" as GithubMember["state"], visible = false } = {}): void {
    const account = this.person(login);
    const [name = "", team] = target.split(":");
    const organization = this.organization(name);
    organization.members.set(account.id, { account, state, public: visible });
    if (team !== undefined) this.team(name, team).members.add(account);
  }

  /** Leaves a team, or an organisation with all its teams. */
  leave(login: string, target: string): void {
    const account = this.#require(login);
    const [name = "", team] = target.split(":");
    const { members, teams } = this.organization(name);
    if (team !== undefined) {
      teams.get(team)?.members.delete(account);
      return;
    }
    members.delete(account.id);
    for (const one of teams.values()) one.members.delete(account);
  }

  team(organization: string, slug: string, parent?: string): GithubTeam {
    const { teams } = this.organization(organization);
    const known = teams.get(slug);
    if (known !== undefined) return known;
    const made = { slug, parent, members: new Set<GithubAccount>() };
    teams.set(slug, made);
    return made;
  }

  #require(login: string): GithubAccount {
    const account = this.find(login);
    if (account === undefined) throw new Error(`the stand-in has nobody called ${login}`);
    return account;
  }
}
