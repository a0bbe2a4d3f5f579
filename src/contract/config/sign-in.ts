/** How people prove who they are, and whom each way lets in. Nobody is let in unless a rule says so. */
import { z } from "zod";
import { personNames, seconds, secretRef } from "./values.ts";

const everyone = z.boolean().default(false).describe("Let in everybody who can sign in there.");
const users = personNames.describe("Names there.");
const callbackUrl = z
  .url({ protocol: /^https?$/ })
  .optional()
  .describe("The callback address as registered there; default: the hub's own address + /hub/oauth_callback.");

const organizations = z
  .array(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]*(:[A-Za-z0-9][A-Za-z0-9._-]*)?$/, "must be ORGANISATION or ORGANISATION:TEAM"),
  )
  .default([])
  .describe("Organisations, or teams as ORGANISATION:TEAM (the team's name in addresses).");

const githubUsers = z
  .array(z.string().regex(/^(id:\d+|[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}))$/, "must be a login, or id:NUMBER"))
  .default([])
  .describe("Logins; or id:NUMBER, which stays the same person when a login is renamed.");

const github = z.strictObject({
  title: z.string().min(1).max(60).default("GitHub").describe("The name on the button."),
  url: z
    .url({ protocol: /^https?$/ })
    .default("https://github.com")
    .describe("Address of GitHub, or of GitHub Enterprise."),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of its REST API; default: by url."),
  clientId: z
    .string()
    .min(1)
    .optional()
    .describe("Client id of the OAuth app; default: GITHUB_CLIENT_ID or OAUTH_CLIENT_ID."),
  clientSecret: secretRef
    .optional()
    .describe("Client secret of the OAuth app; default: GITHUB_CLIENT_SECRET or OAUTH_CLIENT_SECRET."),
  callbackUrl,
  allow: z.strictObject({ everyone, users: githubUsers, organizations }).prefault({}).describe("Who may enter."),
  admins: z.strictObject({ users: githubUsers, organizations }).prefault({}).describe("Who is an admin."),
});

const groupNames = z
  .array(z.string().min(1).max(255))
  .default([])
  .describe("Names of groups, as the provider gives them.");

const oidc = z.strictObject({
  preset: z
    .enum(["google", "gitlab", "microsoft", "keycloak", "cilogon"])
    .optional()
    .describe("Fills in issuer, scopes and claims as this provider has them; what is said here wins."),
  title: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe("The name on the button; default: the preset's, or the method's name."),
  issuer: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("The provider's issuer address (where /.well-known/openid-configuration is)."),
  clientId: z.string().min(1).describe("Client id."),
  clientSecret: secretRef.optional().describe("Client secret; public clients have none."),
  scopes: z.array(z.string().min(1)).optional().describe("Scopes to ask for; openid is always among them."),
  usernameClaim: z.string().min(1).optional().describe("Claim that holds the name; default preferred_username."),
  groupsClaim: z.string().min(1).optional().describe("Claim that holds the groups; default groups."),
  callbackUrl,
  allow: z
    .strictObject({
      everyone,
      users,
      groups: groupNames,
      domains: z.array(z.string().min(1)).default([]).describe("Domains of verified e-mail addresses."),
    })
    .prefault({})
    .describe("Who may enter."),
  admins: z.strictObject({ users, groups: groupNames }).prefault({}).describe("Who is an admin."),
});

const header = z.strictObject({
  title: z.string().min(1).max(60).default("Single sign-on").describe("The name on the button."),
  user: z.string().min(1).describe("Header with the name: X-Remote-User."),
  groups: z.string().min(1).optional().describe("Header with groups, separated by commas."),
  from: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "must be an address or a network"))
    .min(1)
    .describe("The proxies whose header is believed, by address. Each must remove the header from what visitors send."),
  allow: z.strictObject({ everyone, users, groups: groupNames }).prefault({}).describe("Who may enter."),
  admins: z.strictObject({ users, groups: groupNames }).prefault({}).describe("Who is an admin."),
});

const dummy = z.strictObject({
  password: secretRef.optional().describe("One password for every name; without it any password is taken."),
  allowAnywhere: z
    .boolean()
    .default(false)
    .describe("Also when the hub can be reached from other computers. Only for tests."),
});

export const signIn = z
  .strictObject({
    passwords: z
      .boolean()
      .default(true)
      .describe("Passwords that people choose by a one-time link, or that an admin sets."),
    minimumPasswordLength: z.int().min(8).max(128).default(10).describe("Shortest password people may choose."),
    sessionDays: z.int().min(1).max(365).default(14).describe("Days until a signed-in browser has to sign in again."),
    claimHours: z
      .int()
      .min(1)
      .max(24 * 90)
      .default(72)
      .describe("Hours until an unused claim link expires."),
    firstUse: z
      .enum(["claim", "open"])
      .default("claim")
      .describe(
        "claim: a new person needs a one-time link. open: whoever comes first with a listed name chooses its password; admins always need a link.",
      ),
    signUp: z
      .enum(["off", "approval"])
      .default("off")
      .describe("approval: anybody may ask for an account; an admin decides."),
    secondFactor: z
      .enum(["off", "optional", "admins", "everyone"])
      .default("optional")
      .describe("One-time codes of an app beside the password: off, by choice, required of admins, or of everyone."),
    refresh: seconds
      .default(15 * 60)
      .describe("How often groups and teams of people at work are looked up again at GitHub and OpenID providers."),
    github: github.optional().describe("Sign-in with GitHub."),
    oidc: z
      .record(
        z
          .string()
          .regex(/^(?!github$|header$)[a-z][a-z0-9-]{0,31}$/, "must be a–z, 0–9 and “-”, and not github or header"),
        oidc,
      )
      .default({})
      .describe("Sign-in with OpenID Connect: one entry for each provider, under a name of your choice."),
    header: header.optional().describe("A proxy in front has signed people in already and sends their name."),
    dummy: dummy.optional().describe("Anybody by any name: for trying things out on this computer."),
  })
  .prefault({})
  .describe("How people sign in.");
export type SignInConfig = z.output<typeof signIn>;
export type GithubConfig = z.output<typeof github>;
export type OidcConfig = z.output<typeof oidc>;
export type HeaderConfig = z.output<typeof header>;
