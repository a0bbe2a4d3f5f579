/** Who somebody is by the claims of an ID token and, where that says too little, of the userinfo endpoint. */
import * as client from "openid-client";
import type { Proof } from "../../people/index.ts";
import type { OidcSettings } from "./settings.ts";

/** Claims as they came: nothing in them is trusted to have a form. */
export type Claims = Readonly<Record<string, unknown>>;

const MOST_GROUPS = 5000;
const LONGEST_TEXT = 255;

/** What the hub reads of claims; undefined is what they do not say. */
export interface Said {
  readonly login: string | undefined;
  /** Verified; null when there is one that is not. */
  readonly email: string | null | undefined;
  readonly groups: readonly string[] | undefined;
  /** There are groups, too many to be told (Microsoft, over 200). */
  readonly tooManyGroups: boolean;
}

export function readClaims({ usernameClaim, groupsClaim }: OidcSettings, claims: Claims): Said {
  const groups = groupsClaim === undefined ? undefined : claimAt(claims, groupsClaim);
  return {
    login: loginIn(claims, usernameClaim),
    email: emailIn(claims),
    groups: groups === undefined ? undefined : textsIn(groups),
    tooManyGroups: groups === undefined && groupsClaim !== undefined && isOverage(claims, groupsClaim),
  };
}

/** The ID token's word counts, userinfo's where it has none. */
export function merge(first: Said, second: Said): Said {
  return {
    login: first.login ?? second.login,
    email: first.email ?? second.email,
    groups: first.groups ?? second.groups,
    tooManyGroups: (first.groups ?? second.groups) === undefined && (first.tooManyGroups || second.tooManyGroups),
  };
}

/** Whether userinfo is worth a question. */
export function lacks({ login, email, groups }: Said, { groupsClaim }: OidcSettings): boolean {
  return login === undefined || email === undefined || (groupsClaim !== undefined && groups === undefined);
}

/** @returns undefined when the provider has no such endpoint */
export async function askUserinfo(
  settings: OidcSettings,
  configuration: client.Configuration,
  { access, subject }: { readonly access: string; readonly subject: string },
): Promise<Said | undefined> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return undefined;
  // Compares the subjects: else another's token would bring another's claims (OpenID Connect Core 5.3.2).
  return readClaims(settings, await client.fetchUserInfo(configuration, access, subject));
}

/** A name to refuse by, when claims hold none. */
export function missingLogin({ voice, usernameClaim, name }: OidcSettings): Error {
  return voice.refused(
    `${voice.title} does not say what you are called, so nobody can be signed in. Tell an admin of this hub.`,
    usernameClaim === "email"
      ? `There is no verified e-mail address in the claims of ${voice.title}. Add the scope email, or set signIn.oidc.${name}.usernameClaim to another claim.`
      : `The claim ${usernameClaim} is neither in the ID token nor at userinfo. Set signIn.oidc.${name}.usernameClaim to one that ${voice.title} gives, or ask for its scope.`,
  );
}

export function proofOf(settings: OidcSettings, subject: string, said: Said): Omit<Proof, "credential"> {
  if (said.login === undefined) throw missingLogin(settings);
  return {
    provider: `oidc:${settings.name}`,
    issuer: settings.issuer.href,
    subject,
    login: said.login,
    email: said.email ?? null,
    groups: said.groups ?? [],
  };
}

function loginIn(claims: Claims, name: string): string | undefined {
  // An address that nobody verified may be anybody's.
  if (name === "email") return emailIn(claims) ?? undefined;
  const value = claimAt(claims, name);
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" && text.length <= LONGEST_TEXT ? text : undefined;
}

function emailIn(claims: Claims): string | null | undefined {
  const { email, email_verified: verified } = claims;
  if (typeof email !== "string" || email === "" || email.length > LONGEST_TEXT) return undefined;
  // Some send the word for the value.
  return verified === true || verified === "true" ? email : null;
}

/** A claim by its name, or, where there is none of it, by a path: `realm_access.roles`. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Claims)[key];
  }, claims);
}

function textsIn(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((one) => typeof one === "string" && one !== "" && one.length <= LONGEST_TEXT);
  return [...new Set(texts.slice(0, MOST_GROUPS) as string[])].toSorted();
}

/** https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference#groups-overage-claim */
function isOverage(claims: Claims, groupsClaim: string): boolean {
  const { _claim_names: names, hasgroups } = claims;
  return hasgroups === true || (typeof names === "object" && names !== null && Object.hasOwn(names, groupsClaim));
}
