/** A configuration's rules about people, in the form in which they are asked. */
import type { ConfigSnapshot, DeclaredPerson } from "../../config/index.ts";
import type { PolicyView } from "../../contract/index.ts";
import type { UserName } from "../../kernel/index.ts";
import { policyOfGroups } from "../policy/policy.ts";
import type { ProviderId } from "../port.ts";
import type { Cause } from "./cause.ts";
import { type GroupRules, groupRules } from "./groups.ts";
import { type ProviderRules, providerRules } from "./providers.ts";

/** As many policies are kept as there are likely sets of groups; more begin anew. */
const KEPT_POLICIES = 2000;

export interface Rules {
  readonly snapshot: ConfigSnapshot;
  readonly providers: ReadonlyMap<ProviderId, ProviderRules>;
  readonly groups: GroupRules;
  /** The provider that an identity is of; undefined when the configuration has none, or names another instance of it. */
  providerOf(identity: { readonly provider: ProviderId; readonly issuer: string }): ProviderRules | undefined;
  declared(name: UserName): DeclaredPerson | undefined;
  /** What members of exactly these groups get; groups without a definition give nothing. Kept for each set of groups. */
  policyOf(groups: readonly string[]): PolicyView;
}

export function compileRules(snapshot: ConfigSnapshot): Rules {
  const groups = groupRules(snapshot.config.groups);
  const providers = providerRules(snapshot.config.signIn);
  const policies = new Map<string, PolicyView>();
  return {
    snapshot,
    providers,
    providerOf: ({ provider, issuer }) => {
      const found = providers.get(provider);
      return found?.issuer === issuer ? found : undefined;
    },
    groups,
    declared: (name) => snapshot.declared.get(name),
    policyOf: (names) => {
      const members = names.filter((name) => groups.configured.has(name));
      const key = members.join("\0");
      let policy = policies.get(key);
      if (policy === undefined) {
        if (policies.size >= KEPT_POLICIES) policies.clear();
        policy = policyOfGroups(snapshot, groups.configured, members);
        policies.set(key, policy);
      }
      return policy;
    },
  };
}

/** That the configuration names a person at all. */
export function declaredCause(person: DeclaredPerson): Cause {
  const path = person.source.split(".");
  const text = `${WORDS[person.source]} “${person.name}”.`;
  return { text, path, place: person.place };
}

const WORDS: Readonly<Record<DeclaredPerson["source"], string>> = {
  "people.names": "people.names names",
  "people.admins": "people.admins names",
  "people.usersFile": "The users file (people.usersFile) names",
  "people.hostAccounts": "An account of this host (people.hostAccounts) stands for",
};
