/**
 * What well-known providers need, as their documentation has it. What the configuration says wins; issuers are the
 * configuration's matter (`issuerOf`).
 */
import type { OidcConfig } from "../../contract/index.ts";

export interface Preset {
  readonly title: string;
  readonly scopes: readonly string[];
  readonly usernameClaim: string;
  /** Undefined: it has none. */
  readonly groupsClaim: string | undefined;
}

const PROFILE = ["openid", "profile", "email"];

export const PRESETS: Readonly<Record<NonNullable<OidcConfig["preset"]>, Preset>> = {
  /** https://developers.google.com/identity/openid-connect/openid-connect: no names but e-mail addresses, no groups. */
  google: {
    title: "Google",
    scopes: PROFILE,
    usernameClaim: "email",
    groupsClaim: undefined,
  },
  /**
   * https://docs.gitlab.com/integration/openid_connect_provider/#shared-information: `groups` (with those that people
   * are in by an ancestor) at userinfo alone; refresh tokens without asking.
   */
  gitlab: {
    title: "GitLab",
    scopes: PROFILE,
    usernameClaim: "nickname",
    groupsClaim: "groups",
  },
  /**
   * https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference: groups are object ids and have to be
   * switched on for the app; e-mail addresses there are unverified. Refresh tokens only for `offline_access`.
   */
  microsoft: {
    title: "Microsoft",
    scopes: [...PROFILE, "offline_access"],
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  /** Groups need a mapper of the kind “Group Membership” for the claim `groups`; refresh tokens without asking. */
  keycloak: {
    title: "Keycloak",
    scopes: PROFILE,
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  /**
   * https://www.cilogon.org/oidc: `eppn` is a university's own name for a person. E-mail addresses are what the
   * person's home organisation says, unverified.
   */
  cilogon: {
    title: "CILogon",
    scopes: ["openid", "email", "org.cilogon.userinfo"],
    usernameClaim: "eppn",
    groupsClaim: "isMemberOf",
  },
};

/** A provider that is none of these. */
export const PLAIN: Omit<Preset, "title"> = {
  scopes: PROFILE,
  usernameClaim: "preferred_username",
  groupsClaim: "groups",
};
