/** Ways of signing in that could not work, or would let in more than anybody meant. */
import type { Config } from "../../contract/index.ts";
import { userName } from "../../kernel/index.ts";
import type { Checks } from "./context.ts";

/** Issuers that a preset has; the others differ for every tenant or site. */
const ISSUERS: Readonly<Record<string, string | undefined>> = {
  google: "https://accounts.google.com",
  gitlab: "https://gitlab.com",
  cilogon: "https://cilogon.org",
};
const ISSUER_HINTS: Readonly<Record<string, string | undefined>> = {
  microsoft: "write issuer: https://login.microsoftonline.com/TENANT/v2.0",
  keycloak: "write issuer: https://HOST/realms/REALM",
};

/** The issuer of an OpenID method: its own, or its preset's. */
export function issuerOf(method: Config["signIn"]["oidc"][string]): string | undefined {
  return method.issuer ?? ISSUERS[method.preset ?? ""];
}

export function checkSignIn(checks: Checks): void {
  const { signIn } = checks.config;
  checkPasswords(checks);
  for (const [name, method] of Object.entries(signIn.oidc)) {
    const at = ["signIn", "oidc", name];
    if (
      issuerOf(method) === undefined &&
      !checks.has([...at, "issuer"]) &&
      (method.preset !== undefined || !checks.has([...at, "preset"]))
    )
      checks.problem(
        at,
        `the issuer is missing; ${ISSUER_HINTS[method.preset ?? ""] ?? "write issuer, or a preset that has one (google, gitlab, cilogon)"}`,
      );
    if (issuerOf(method)?.startsWith("http://") === true && !isLoopbackUrl(issuerOf(method) ?? ""))
      checks.warn(`signIn.oidc.${name} speaks to its issuer without TLS: whoever is between can sign in as anybody.`);
    if (method.allow.everyone)
      checks.warn(`Everybody with an account at signIn.oidc.${name} may enter (allow.everyone).`);
  }
  checkNames(checks);
  const { github, header, dummy } = signIn;
  if (github?.allow.everyone === true)
    checks.warn("Everybody with a GitHub account may enter (signIn.github.allow.everyone).");
  if (header !== undefined) checkHeader(checks, header);
  if (dummy !== undefined) {
    const exposed = dummyExposure(checks.config);
    if (exposed !== undefined) checks.problem(["signIn", "dummy"], exposed);
    checks.warn(
      dummy.password === undefined
        ? "Anybody can sign in by any name (signIn.dummy)."
        : "Whoever knows one password can sign in by any name (signIn.dummy).",
    );
  }
}

function checkPasswords(checks: Checks): void {
  const { signIn, people } = checks.config;
  if (signIn.passwords) {
    const named = people.names.length + people.admins.length > 0;
    if (signIn.firstUse === "open" && !named && people.usersFile === undefined && people.hostAccounts === undefined)
      checks.warn("signIn.firstUse is open, but nobody is named under people: nobody can make use of it.");
    return;
  }
  const off = "needs passwords, and signIn.passwords is false";
  if (signIn.firstUse === "open") checks.problem(["signIn", "firstUse"], off);
  if (signIn.signUp !== "off") checks.problem(["signIn", "signUp"], off);
  if (signIn.secondFactor === "admins" || signIn.secondFactor === "everyone")
    checks.problem(["signIn", "secondFactor"], off);
  const others = ["github", "oidc", "header", "dummy"].some((method) => checks.has(["signIn", method]));
  if (!others) checks.problem(["signIn", "passwords"], "nobody could sign in: there is no other way");
}

/** `people` names somebody by whichever way of signing in knows them, and two ways may know two people by one name. */
function checkNames(checks: Checks): void {
  const { signIn, people } = checks.config;
  const { github, oidc, header, passwords } = signIn;
  const lists = [
    ...(people.names.length > 0 ? ["people.names"] : []),
    ...(people.admins.length > 0 ? ["people.admins"] : []),
    ...(people.usersFile === undefined ? [] : ["people.usersFile"]),
  ];
  // Anybody may register a name there; the proxy's names are those of the house, like those with passwords.
  const open = [
    ...(github === undefined ? [] : ["signIn.github"]),
    ...Object.keys(oidc).map((name) => `signIn.oidc.${name}`),
  ];
  const ways = [
    ...(passwords && open.length > 0 ? ["own passwords"] : []),
    ...open,
    ...(header === undefined ? [] : ["signIn.header"]),
  ];
  if (lists.length === 0 || ways.length < 2) return;
  const better = open.map((way) => `${way}.allow.users`).join(" or ");
  checks.warn(
    `Names in ${listed(lists)} let in whoever has them by ${listed(ways)}, and whoever comes first gets the account: the same name may be different people there. Name people in ${better} instead, or keep one way of signing in${passwords ? " (signIn.passwords: false turns own passwords off)" : ""}.`,
  );
}

/** “a, b and c” */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" and ");
}

function checkHeader(checks: Checks, header: NonNullable<Config["signIn"]["header"]>): void {
  const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
  for (const key of ["user", "groups"] as const)
    if (header[key] !== undefined && !token.test(header[key]))
      checks.problem(["signIn", "header", key], "is not a name of a header; write it like X-Remote-User");
  if (header.groups === undefined && header.allow.groups.length + header.admins.groups.length > 0)
    checks.problem(["signIn", "header"], "there are rules for groups, but “groups” does not name their header");
  for (const list of ["allow", "admins"] as const)
    for (const [index, name] of header[list].users.entries())
      checks.accept(["signIn", "header", list, "users", index], () => userName(name));
  if (header.allow.everyone) checks.warn("Everybody whom the proxy names may enter (signIn.header.allow.everyone).");
}

/** Why the dummy must not be here, in words that follow its path; undefined when it may. */
export function dummyExposure(config: Config, listening: string = config.listen): string | undefined {
  const { dummy } = config.signIn;
  if (dummy === undefined || dummy.allowAnywhere) return undefined;
  // A host alone may be an IPv6 address, whose last part is no port.
  const host = /^(\[.*\]|[^:]*):\d+$/.exec(listening)?.[1] ?? listening;
  const open = !isLoopback(host)
    ? `at ${listening}`
    : config.publicUrl !== undefined && !isLoopbackUrl(config.publicUrl)
      ? `by ${config.publicUrl}`
      : undefined;
  return open === undefined
    ? undefined
    : `anybody could sign in by any name, and the hub can be reached from other computers (${open}); remove it, listen on 127.0.0.1, or say allowAnywhere: true`;
}

/** Whether only this computer reaches a host. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}
