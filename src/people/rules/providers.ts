/** What the configuration says of each provider's people: whom it lets in, and who is an admin. */
import type { Config } from "../../contract/index.ts";
import type { ProviderId } from "../port.ts";
import type { Cause, Path } from "./cause.ts";
import { configuredIssuer } from "./instance.ts";
import { listedKey } from "./login.ts";

export interface ProviderRules {
  readonly id: ProviderId;
  /** The instance that the rules are about, as in `Proof`; undefined fits no identity. */
  readonly issuer: string | undefined;
  /** As people read it on the button. */
  readonly title: string;
  /** Where it stands: `signIn.github`. */
  readonly path: Path;
  readonly everyone: Cause | undefined;
  /** By login in lower case, or `id:NUMBER`. */
  readonly users: ReadonlyMap<string, Cause>;
  /** By the form that `foldGroup` gives. */
  readonly groups: ReadonlyMap<string, Cause>;
  /** Of verified e-mail addresses. */
  readonly domains: ReadonlyMap<string, Cause>;
  readonly adminUsers: ReadonlyMap<string, Cause>;
  readonly adminGroups: ReadonlyMap<string, Cause>;
  /** GitHub's organisations and teams are the same in any case; other groups are not. */
  foldGroup(group: string): string;
  /** Names there can be renamed and taken by others, unlike the id behind them. */
  readonly renames: boolean;
}

interface Said {
  readonly everyone?: boolean;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  readonly domains?: readonly string[];
}

interface Described {
  readonly id: ProviderId;
  readonly title: string;
  readonly path: Path;
  readonly groupKey: "organizations" | "groups";
  readonly renames: boolean;
  readonly allow: Said;
  readonly admins: Said;
}

/** The providers of this configuration, in its order. */
export function providerRules(signIn: Config["signIn"]): ReadonlyMap<ProviderId, ProviderRules> {
  const described: Described[] = [];
  const { github, oidc, header, dummy } = signIn;
  if (github !== undefined) {
    const { allow, admins, title } = github;
    described.push({
      id: "github",
      title,
      path: ["signIn", "github"],
      groupKey: "organizations",
      renames: true,
      allow: { ...allow, groups: allow.organizations },
      admins: { ...admins, groups: admins.organizations },
    });
  }
  for (const [name, { title, allow, admins }] of Object.entries(oidc)) {
    const path = ["signIn", "oidc", name];
    described.push({
      id: `oidc:${name}`,
      title: title ?? name,
      path,
      groupKey: "groups",
      renames: true,
      allow,
      admins,
    });
  }
  if (header !== undefined) {
    const { title, allow, admins } = header;
    const path = ["signIn", "header"];
    described.push({ id: "header", title, path, groupKey: "groups", renames: false, allow, admins });
  }
  if (dummy !== undefined) {
    const path = ["signIn", "dummy"];
    const base = { id: "dummy", title: "Dummy", path, groupKey: "groups", renames: false } as const;
    described.push({ ...base, allow: { everyone: true }, admins: {} });
  }
  return new Map(described.map((provider) => [provider.id, compile(provider, configuredIssuer(signIn, provider.id))]));
}

function compile(
  { id, title, path, groupKey, renames, allow, admins }: Described,
  issuer: string | undefined,
): ProviderRules {
  const foldGroup = id === "github" ? (group: string) => group.toLowerCase() : (group: string) => group;
  const words = groupKey === "organizations" ? "Members of" : "Members of the group";
  const list = (
    entries: readonly string[] | undefined,
    keys: Path,
    fold: (entry: string) => string,
    text: (entry: string, rule: string) => string,
  ): Map<string, Cause> => {
    const causes = new Map<string, Cause>();
    for (const [index, entry] of (entries ?? []).entries()) {
      const key = fold(entry);
      const full = [...path, ...keys];
      if (!causes.has(key)) causes.set(key, { text: text(entry, full.join(".")), path: [...full, index] });
    }
    return causes;
  };
  const everyonePath = id === "dummy" ? path : [...path, "allow", "everyone"];
  return {
    id,
    issuer,
    title,
    path,
    renames,
    foldGroup,
    everyone:
      allow.everyone === true
        ? {
            text: `Everybody who signs in with ${title} may enter: ${everyonePath.join(".")} says so.`,
            path: everyonePath,
          }
        : undefined,
    users: list(
      allow.users,
      ["allow", "users"],
      listedKey,
      (entry, rule) => `“${entry}” of ${title} may enter: ${rule} names this person.`,
    ),
    groups: list(
      allow.groups,
      ["allow", groupKey],
      foldGroup,
      (entry, rule) => `${words} ${entry} at ${title} may enter: ${rule} says so.`,
    ),
    domains: list(
      allow.domains,
      ["allow", "domains"],
      (entry) => entry.replace(/^@/, "").toLowerCase(),
      (entry, rule) => `People with an address at ${entry.replace(/^@/, "")} may enter: ${rule} says so.`,
    ),
    adminUsers: list(
      admins.users,
      ["admins", "users"],
      listedKey,
      (entry, rule) => `“${entry}” of ${title} is an admin: ${rule} names this person.`,
    ),
    adminGroups: list(
      admins.groups,
      ["admins", groupKey],
      foldGroup,
      (entry, rule) => `${words} ${entry} at ${title} are admins: ${rule} says so.`,
    ),
  };
}
