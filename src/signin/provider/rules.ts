/** What a provider's rules say of somebody who was never there. Who enters is decided by the people room. */
import type { ConfigSnapshot } from "../../config/index.ts";
import type { ProviderId } from "../../people/index.ts";

export interface FirstVisit {
  /** The rule that lets in whoever has this name there, with its place: `signIn.github.allow.users (hublet.yaml:12:7)`. */
  readonly fitting: string | undefined;
  /** The rule names this very name, rather than everybody. */
  readonly byName: boolean;
  /** What only the provider can tell: `members of my-lab`. */
  readonly undecided: readonly string[];
}

interface Said {
  readonly everyone?: boolean;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly domains?: readonly string[];
}

export function firstVisit(snapshot: ConfigSnapshot, provider: ProviderId, login: string): FirstVisit {
  const found = sectionOf(snapshot, provider);
  if (found === undefined) return { fitting: undefined, byName: false, undecided: [] };
  const { path, allow, admins } = found;
  for (const [key, said] of [["allow", allow] as const, ["admins", admins] as const]) {
    const index = said.users.findIndex((user) => user.toLowerCase() === login.toLowerCase());
    const named = [...path, key, "users"];
    if (index >= 0) return { fitting: withPlace(snapshot, named, index), byName: true, undecided: [] };
  }
  if (allow.everyone === true)
    return { fitting: withPlace(snapshot, [...path, "allow", "everyone"]), byName: false, undecided: [] };
  const groups = [...new Set([...allow.groups, ...admins.groups])];
  return {
    ...{ fitting: undefined, byName: false },
    undecided: [
      ...groups.map((group) => `members of ${group}`),
      ...(allow.domains ?? []).map((domain) => `people with a verified address at ${domain.replace(/^@/, "")}`),
    ],
  };
}

function sectionOf({ config }: ConfigSnapshot, provider: ProviderId) {
  const { github, oidc, header } = config.signIn;
  if (provider === "github" && github !== undefined) {
    const { allow, admins } = github;
    return {
      path: ["signIn", "github"],
      allow: { ...allow, groups: allow.organizations } satisfies Said,
      admins: { ...admins, groups: admins.organizations } satisfies Said,
    };
  }
  if (provider === "header" && header !== undefined) return { path: ["signIn", "header"], ...saidBy(header) };
  const name = provider.replace(/^oidc:/, "");
  const one = Object.hasOwn(oidc, name) ? oidc[name] : undefined;
  return one === undefined ? undefined : { path: ["signIn", "oidc", name], ...saidBy(one) };
}

function saidBy({ allow, admins }: { readonly allow: Said; readonly admins: Said }) {
  return { allow, admins };
}

function withPlace(snapshot: ConfigSnapshot, path: readonly string[], index?: number): string {
  const place = snapshot.placeOf(index === undefined ? path : [...path, index]);
  const text = path.join(".");
  return place === undefined ? text : `${text} (${place.file.split("/").at(-1)}:${place.line}:${place.column})`;
}
