/** Who a token belongs to, and which organisations and teams they are in, private memberships included. */
import { z } from "zod";
import { type Api, GithubTrouble, get, list } from "./api.ts";
import type { GithubSettings } from "./settings.ts";

const userSchema = z.object({ id: z.int().positive(), login: z.string().min(1) });
const membershipSchema = z.object({ state: z.string(), organization: z.object({ login: z.string() }) });
const teamSchema = z.object({
  slug: z.string(),
  organization: z.object({ login: z.string() }),
  parent: z.object({ slug: z.string() }).nullish(),
});

/** `GET /user`: the number is the person, the login only a name that can change hands. */
export async function lookUpUser(api: Api): Promise<{ readonly subject: string; readonly login: string }> {
  const user = await get(api, "user", userSchema);
  if (user === undefined) throw new GithubTrouble("revoked", `${api.voice.title} knows this account no more.`);
  return { subject: String(user.id), login: user.login };
}

export interface Memberships {
  /** `org` and `org:team`, lower case, sorted. */
  readonly groups: readonly string[];
  /** What GitHub held back, in sentences. */
  readonly notes: readonly string[];
}

/**
 * https://docs.github.com/en/rest/orgs/members#list-organization-memberships-for-the-authenticated-user
 * https://docs.github.com/en/rest/teams/teams#list-teams-for-the-authenticated-user
 */
export async function lookUpMemberships(api: Api): Promise<Memberships> {
  const notes = new Set<string>();
  const note = (headers: Headers) => {
    const ids = /partial-results;\s*organizations=([\d,\s]+)/i.exec(headers.get("x-github-sso") ?? "")?.[1];
    if (ids !== undefined)
      notes.add(
        `${api.voice.title} left out the organisations with the numbers ${ids.trim()}: they use single sign-on (SAML), and this person has to sign in to the organisation there first.`,
      );
  };
  const organizations = await list(api, "user/memberships/orgs?state=active&per_page=100", {
    schema: membershipSchema,
    note,
  });
  const teams = await list(api, "user/teams?per_page=100", { schema: teamSchema, note });
  const groups = new Set<string>();
  for (const { state, organization } of organizations) if (state === "active") groups.add(organization.login);
  for (const { slug, organization, parent } of teams) {
    groups.add(organization.login).add(`${organization.login}:${slug}`);
    // Members of a child team are members of its parent, as GitHub lists them.
    if (parent != null) groups.add(`${organization.login}:${parent.slug}`);
  }
  return { groups: [...new Set([...groups].map((group) => group.toLowerCase()))].toSorted(), notes: [...notes] };
}

/** Asked only for hints: organisations of rules that GitHub did not name. */
const MOST_HINTS = 5;

/** Why rules about organisations did not let this person in, as far as GitHub tells. */
export async function hintsOf(
  api: Api,
  { organizations }: GithubSettings,
  groups: readonly string[],
): Promise<readonly string[]> {
  const hints: string[] = [];
  for (const name of organizations.filter((wanted) => !groups.includes(wanted)).slice(0, MOST_HINTS)) {
    try {
      const found = await get(api, `user/memberships/orgs/${encodeURIComponent(name)}`, membershipSchema);
      if (found === undefined) hints.push(`They are not in the organisation ${name}, says ${api.voice.title}.`);
      else if (found.state === "pending") hints.push(`Their invitation to ${name} is not accepted yet.`);
    } catch (error) {
      if (!(error instanceof GithubTrouble) || error.kind !== "forbidden") throw error;
      // OAuth app access restrictions, or SAML: GitHub's own words say which.
      hints.push(
        `${name} does not let this app see its members, so nobody comes in by it: an owner of ${name} has to approve the app under “Third-party access”. ${error.message}`,
      );
    }
  }
  return hints;
}
