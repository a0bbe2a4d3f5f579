/** Why nobody lets a person in: each rule that was looked at, and what it would have taken. */

import type { Cause, Path } from "../rules/cause.ts";
import type { ProviderRules } from "../rules/providers.ts";
import type { Rules } from "../rules/rules.ts";
import type { IdentityFacts, PersonFacts } from "./facts.ts";

/** Of longer lists only the beginning is said; the place leads to the rest. */
const SHOWN = 20;

export function against(facts: PersonFacts, rules: Rules): Cause[] {
  const { config } = rules.snapshot;
  // It would have let in anybody but who comes from elsewhere.
  const ofHost = rules.declared(facts.name)?.source === "people.hostAccounts";
  const lists = [
    "people.names",
    "people.admins",
    ...(config.people.usersFile === undefined ? [] : ["the users file"]),
    ...(config.people.hostAccounts === undefined || ofHost ? [] : ["the host's accounts"]),
  ];
  const causes: Cause[] = [
    { text: `No admin has added “${facts.name}”.` },
    { text: `None of ${lists.join(", ")} names “${facts.name}”.`, path: ["people"] },
  ];
  if (ofHost) {
    causes.push({
      text: `An account of this host (people.hostAccounts) stands for “${facts.name}”, but lets in nobody whom GitHub or an OpenID provider sends: anybody may have that name there.`,
      path: ["people", "hostAccounts"],
    });
  }
  for (const provider of rules.providers.values()) {
    const identity = facts.identities.find((one) => rules.providerOf(one) === provider);
    const moved = facts.identities.find((one) => one.provider === provider.id && one !== identity);
    if (moved !== undefined) causes.push(otherInstance(moved, provider));
    if (identity === undefined && moved === undefined) {
      causes.push({ text: `Nobody of this name has signed in with ${provider.title}.`, path: provider.path });
    } else if (identity !== undefined) causes.push(...looked(identity, provider));
  }
  return causes;
}

/** Of an identity that counts for nothing, since the configuration names another instance of its provider. */
export function otherInstance(
  { issuer, login }: { readonly issuer: string; readonly login: string },
  provider: ProviderRules,
): Cause {
  const key = provider.id === "github" ? "url" : "issuer";
  return {
    text: `“${login}” is of ${issuer || "another place"}, and the configuration names ${provider.issuer ?? "none"} now (${provider.path.join(".")}.${key}), where the same name or number may be somebody else's: it counts for nothing.`,
    path: [...provider.path, key],
  };
}

function looked(identity: IdentityFacts, provider: ProviderRules): Cause[] {
  const { title } = provider;
  const rule = (path: Path) => path.join(".");
  const allow = [...provider.path, "allow"];
  const causes: Cause[] = [];
  if (identity.revoked) {
    causes.push({ text: `${title} takes back what it said of ${identity.login}: ${identity.problem ?? "unknown"}` });
  }
  causes.push({ text: `${rule([...allow, "everyone"])} is false.`, path: [...allow, "everyone"] });
  const users = [...allow, "users"];
  const named = [provider.users, provider.adminUsers].some((list) => list.has(identity.login.toLowerCase()));
  causes.push({
    text: named
      ? `${rule(users)} names ${identity.login}, but that login was another account's before (this is id:${identity.subject}).`
      : `${rule(users)} does not name ${identity.login} (id:${identity.subject}) among ${counted(provider.users.size, "login")}.`,
    path: users,
  });
  const groupKey = provider.id === "github" ? "organizations" : "groups";
  const groups = [...allow, groupKey];
  causes.push({
    text: `${rule(groups)} lets in ${listed([...provider.groups.keys()])}; ${title} says: ${membershipText(identity.groups)}.`,
    path: groups,
  });
  if (provider.domains.size > 0) {
    const domains = [...allow, "domains"];
    const address = identity.email === null ? "no confirmed address" : "an address elsewhere";
    causes.push({
      text: `${rule(domains)} lets in ${listed([...provider.domains.keys()])}; ${title} gives ${address}.`,
      path: domains,
    });
  }
  const admins = [...provider.path, "admins"];
  if (provider.adminUsers.size + provider.adminGroups.size > 0) {
    causes.push({
      text: `${rule(admins)} names ${counted(provider.adminUsers.size, "login")} and ${listed([...provider.adminGroups.keys()])}, which does not fit either.`,
      path: admins,
    });
  }
  return causes;
}

function membershipText(groups: readonly string[]): string {
  return groups.length === 0 ? "member of nothing that it shows us" : `member of ${listed(groups)}`;
}

function listed(entries: readonly string[]): string {
  if (entries.length === 0) return "nobody";
  const more = entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : "";
  return entries.slice(0, SHOWN).join(", ") + more;
}

function counted(count: number, noun: string): string {
  return count === 0 ? `no ${noun}` : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
