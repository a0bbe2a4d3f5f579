/** The one place that decides who may enter, who is an admin, and who is in which group. */
import type { DeclaredPerson } from "../../config/index.ts";
import type { UserName } from "../../kernel/index.ts";
import type { BoundLoginRow } from "../../store/index.ts";
import type { ProviderId } from "../port.ts";
import type { Cause } from "../rules/cause.ts";
import type { Membership } from "../rules/groups.ts";
import { hasLocalNames } from "../rules/instance.ts";
import { loginKey } from "../rules/login.ts";
import type { ProviderRules } from "../rules/providers.ts";
import { declaredCause, type Rules } from "../rules/rules.ts";
import type { IdentityFacts, PersonFacts } from "./facts.ts";

export interface Standing {
  /** Effective: a suspended person is no admin. */
  readonly admin: boolean;
  /** Why this person may not enter, in a sentence; it names nobody, so that many share it. */
  readonly suspended: string | null;
  /** Sorted. */
  readonly groups: readonly string[];
}

const BY_HAND: Cause = { text: "An admin added this person." };
const ADMIN_BY_HAND: Cause = { text: "An admin made this person an admin." };
const GROUP_BY_HAND: Cause = { text: "An admin put this person into the group." };

export function standingOf(facts: PersonFacts, rules: Rules): Standing {
  const groups = [...new Set(Array.from(memberships(facts, rules), ({ group }) => group))].sort();
  const suspended = hasAny(entryCauses(facts, rules)) ? null : suspensionOf(facts, rules);
  return { admin: suspended === null && hasAny(adminCauses(facts, rules)), suspended, groups };
}

/** Why this person may enter; nothing when they may not. */
export function* entryCauses(facts: PersonFacts, rules: Rules): Generator<Cause> {
  if (facts.byHand) yield BY_HAND;
  const declared = declaredOf(facts, rules);
  if (declared !== undefined) yield declaredCause(declared);
  for (const identity of facts.identities) yield* identityEntry(identity, rules);
}

/**
 * How the configuration names this person. An account of the host lets nobody in whom GitHub or an OpenID provider sent:
 * anybody may register that name there.
 */
export function declaredOf(facts: PersonFacts, rules: Rules): DeclaredPerson | undefined {
  const declared = rules.declared(facts.name);
  const elsewhere = facts.identities.some(({ provider }) => !hasLocalNames(provider));
  return elsewhere && declared?.source === "people.hostAccounts" ? undefined : declared;
}

/** Why an account at a provider lets its owner in. */
export function* identityEntry(identity: IdentityFacts, rules: Rules): Generator<Cause> {
  const provider = rules.providerOf(identity);
  if (provider === undefined) return;
  if (provider.everyone !== undefined) yield provider.everyone;
  yield* namedIn(provider.users, identity);
  yield* groupsIn(provider.groups, identity, provider);
  const domain = identity.email?.split("@").at(-1)?.toLowerCase();
  const byDomain = domain === undefined ? undefined : provider.domains.get(domain);
  if (byDomain !== undefined) yield byDomain;
  // Who is an admin there may enter, too.
  yield* identityAdmin(identity, provider);
}

/** Why this person is an admin, if they may enter at all. */
export function* adminCauses(facts: PersonFacts, rules: Rules): Generator<Cause> {
  if (facts.adminByHand) yield ADMIN_BY_HAND;
  yield* ruledAdminCauses(facts, rules);
}

/** The same without what was given by hand. */
export function* ruledAdminCauses(facts: PersonFacts, rules: Rules): Generator<Cause> {
  const declared = rules.declared(facts.name);
  if (declared?.admin === true) {
    const { text, ...where } = declaredCause(declared);
    yield { ...where, text: text.replace(/\.$/, " as an admin.") };
  }
  for (const identity of facts.identities) {
    const provider = rules.providerOf(identity);
    if (provider !== undefined) yield* identityAdmin(identity, provider);
  }
  const told = new Set<string>();
  for (const { group } of memberships(facts, rules)) {
    if (told.has(group) || rules.groups.configured.get(group)?.admin !== true) continue;
    told.add(group);
    yield { text: `Members of the group “${group}” are admins.`, path: ["groups", group, "admin"] };
  }
}

/** Each membership with its reason; a group as often as there are reasons. */
export function* memberships(facts: PersonFacts, rules: Rules): Generator<Membership> {
  for (const group of facts.groups) yield { group, cause: GROUP_BY_HAND };
  yield* rules.groups.byName.get(facts.name) ?? [];
  for (const identity of facts.identities) {
    const provider = rules.providerOf(identity);
    if (provider === undefined) continue;
    for (const group of identity.groups) yield* rules.groups.ofProvider(provider.id, provider.foldGroup(group));
  }
  yield* rules.groups.ofEverybody;
}

/** Logins that rules name from now on as those of these accounts, and that were nobody's until now. */
export function newBindings(facts: PersonFacts, rules: Rules): BoundLoginRow[] {
  return facts.identities.flatMap((identity) => {
    const { provider, issuer, subject, login, unbound } = identity;
    const known = rules.providerOf(identity);
    const key = loginKey(login);
    if (!unbound || key === undefined || known?.renames !== true) return [];
    const named =
      known.users.has(key) ||
      known.adminUsers.has(key) ||
      (facts.name === key && namesPersonOf(provider, facts.name, rules));
    return named ? [{ provider, issuer, login: key, subject }] : [];
  });
}

/** Whether any rule speaks of the person's name on the hub. */
export function namesHubName({ name }: Pick<PersonFacts, "name">, rules: Rules): boolean {
  return rules.declared(name) !== undefined || rules.groups.byName.has(name);
}

/** Whether such a rule can mean somebody whom this provider sends: an account of the host is nobody's of GitHub. */
export function namesPersonOf(provider: ProviderId, name: UserName, rules: Rules): boolean {
  if (rules.declared(name)?.source === "people.hostAccounts") return hasLocalNames(provider);
  return namesHubName({ name }, rules);
}

function* identityAdmin(identity: IdentityFacts, provider: ProviderRules): Generator<Cause> {
  yield* namedIn(provider.adminUsers, identity);
  yield* groupsIn(provider.adminGroups, identity, provider);
}

function* namedIn(causes: ReadonlyMap<string, Cause>, { provider, subject, names }: IdentityFacts): Generator<Cause> {
  if (causes.size === 0) return;
  for (const name of names) {
    const cause = causes.get(name);
    if (cause !== undefined) yield cause;
  }
  const byId = provider === "github" ? causes.get(`id:${subject}`) : undefined;
  if (byId !== undefined) yield byId;
}

function* groupsIn(
  causes: ReadonlyMap<string, Cause>,
  { groups }: IdentityFacts,
  provider: ProviderRules,
): Generator<Cause> {
  if (causes.size === 0) return;
  for (const group of groups) {
    const cause = causes.get(provider.foldGroup(group));
    if (cause !== undefined) yield cause;
  }
}

function suspensionOf({ identities }: PersonFacts, rules: Rules): string {
  const here = identities.filter((identity) => rules.providerOf(identity) !== undefined);
  const titles = here.map((identity) => rules.providerOf(identity)?.title ?? identity.provider);
  if (here.some((identity) => identity.revoked)) {
    return `${titles.join(" and ")} no longer confirms who this person is, and no other rule lets them in: they have to sign in there again.`;
  }
  if (here.length > 0) {
    return `No rule lets in any more what ${titles.join(" and ")} says of this person, and no admin has added them.`;
  }
  const moved = identities
    .map(({ provider }) => rules.providers.get(provider)?.title)
    .find((title) => title !== undefined);
  if (moved !== undefined) {
    return `This person signed in with another ${moved} than the one of the configuration now, which counts for nothing, and no other rule lets them in.`;
  }
  return "The configuration does not name this person, and no admin has added them.";
}

function hasAny(causes: Generator<Cause>): boolean {
  return causes.next().done !== true;
}
