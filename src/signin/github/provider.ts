/** Sign-in with GitHub, github.com or Enterprise: OAuth web flow with PKCE, people by their number. */
import { HubError } from "../../kernel/index.ts";
import type { DueIdentity, Proof, Trouble } from "../../people/index.ts";
import { below } from "../provider/addresses.ts";
import { type Credential, openCredential, sealCredential } from "../provider/credential.ts";
import type { LookUp, Provider, ProviderTools, Visit, Vouched } from "../provider/port.ts";
import { challengeOf } from "../provider/visits.ts";
import { otherInstance } from "../provider/voice.ts";
import { type Api, GithubTrouble } from "./api.ts";
import { hintsOf, lookUpMemberships, lookUpUser, type Memberships } from "./lookup.ts";
import type { GithubSettings } from "./settings.ts";
import { exchangeCode, renew } from "./tokens.ts";

const ID = "github";
/** Milliseconds before its end at which a token is renewed. */
const RENEW_EARLY = 5 * 60 * 1000;
/** Milliseconds to leave GitHub alone after it did not answer. */
const UNREACHABLE_PAUSE = 60_000;

export interface GithubParts {
  readonly title: string;
  readonly callbackUrl: string | undefined;
  /** Read at every use. @throws HubError `bad-config` */
  readonly settings: () => GithubSettings;
  readonly tools: ProviderTools;
}

export function createGithub({ title, callbackUrl, settings, tools }: GithubParts): Provider {
  return {
    ...{ id: ID, title, callbackUrl },
    begin: async (visit) => authorizeUrl(settings(), visit),
    finish: (visit, answer) => finish(settings(), tools, { visit, answer }),
    // Tokens last until they are revoked, or can be renewed.
    lasts: () => true,
    refresh: (known, signal) => refresh(settings, tools, { known, signal }),
  };
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#1-request-a-users-github-identity */
function authorizeUrl({ url, clientId, memberships }: GithubSettings, visit: Visit): string {
  const location = below(url, "login/oauth/authorize");
  location.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: visit.callbackUrl,
    state: visit.state,
    code_challenge: challengeOf(visit),
    code_challenge_method: "S256",
    ...(memberships ? { scope: "read:org" } : {}),
  }).toString();
  return location.href;
}

async function finish(
  settings: GithubSettings,
  tools: ProviderTools,
  { visit, answer }: { readonly visit: Visit; readonly answer: URLSearchParams },
): Promise<Vouched> {
  const { voice } = settings;
  // GitHub sends no issuer; one that is there is another provider's (RFC 9207).
  const issuer = answer.get("iss");
  if (issuer !== null && URL.parse(issuer)?.origin !== settings.url.origin)
    throw voice.refused(
      `This sign-in was begun with ${voice.title}, but another provider answered. Begin again at the sign-in page.`,
      "mix-up: the callback names another issuer",
    );
  const code = answer.get("code") ?? "";
  const credential = await exchangeCode(settings, { visit, code, now: tools.clock.now() });
  const api = apiOf(settings, tools, credential);
  const user = await lookUpUser(api);
  const { groups, notes } = settings.memberships ? await membershipsOrWhyNot(api) : { groups: [], notes: [] };
  return {
    proof: proofOf(settings, tools, { ...user, groups, credential }),
    hints: async () => (settings.memberships ? [...notes, ...(await hintsOf(api, settings, groups))] : []),
  };
}

/** A token that may not see memberships still tells who somebody is, and a rule may name them. */
async function membershipsOrWhyNot(api: Api): Promise<Memberships> {
  try {
    return await lookUpMemberships(api);
  } catch (error) {
    if (error instanceof GithubTrouble && error.kind === "forbidden") return { groups: [], notes: [error.message] };
    throw error;
  }
}

interface Refreshing {
  readonly known: DueIdentity;
  readonly signal: AbortSignal;
}

async function refresh(settings: () => GithubSettings, tools: ProviderTools, about: Refreshing): Promise<LookUp> {
  let renewed: string | undefined;
  try {
    const now = settings();
    const { known, signal } = about;
    // Its token is not for this one, and what this one says of that number is about somebody else.
    if (known.issuer !== now.url.origin) return { outcome: otherInstance(now.voice) };
    const old = openCredential(tools.sealer, holderOf(now, known.subject), known.credential);
    if (old === undefined) return revoked("The hub holds no sign-in of this person at this address any more.");
    const credential = await current(now, tools, old);
    if (credential === undefined)
      return revoked(
        `${now.voice.title} does not renew the sign-in any more: it was revoked there, or not used for months.`,
      );
    if (credential !== old) renewed = sealCredential(tools.sealer, holderOf(now, known.subject), credential);
    const api = { ...apiOf(now, tools, credential), signal };
    const user = await lookUpUser(api);
    if (user.subject !== known.subject) return revoked(`The sign-in belongs to another account at ${now.voice.title}.`);
    const { groups } = now.memberships ? await lookUpMemberships(api) : { groups: [] };
    return { outcome: { kind: "proof", proof: proofOf(now, tools, { ...user, groups, credential }) } };
  } catch (error) {
    about.signal.throwIfAborted();
    if (error instanceof GithubTrouble && error.kind === "revoked") return revoked(error.message);
    if (!(error instanceof HubError)) throw error;
    const whose = whoseTrouble(error);
    const outcome = {
      ...{ kind: "unavailable" as const, whose, why: error.message },
      ...(renewed === undefined ? {} : { credential: renewed }),
    };
    if (error instanceof GithubTrouble && error.pause !== undefined) return { outcome, pause: error.pause };
    if (whose === "person") return { outcome };
    return { outcome, pause: { until: tools.clock.now() + UNREACHABLE_PAUSE, whose: "everybody" } };
  }
}

/**
 * The hourly limit is each account's own, so its owner can use it up; what is refused is refused to this account.
 * No answer, a pause for everybody or a wrong client secret is GitHub's, or ours.
 */
function whoseTrouble(error: HubError): Trouble {
  if (error instanceof GithubTrouble) return error.pause?.whose === "everybody" ? "provider" : "person";
  return error.code === "sign-in-refused" ? "person" : "provider";
}

/** The credential, renewed when it is about to end; undefined when it cannot be. */
async function current(
  settings: GithubSettings,
  { clock }: ProviderTools,
  credential: Credential,
): Promise<Credential | undefined> {
  const { expiresAt, refresh: token } = credential;
  if (expiresAt === undefined || token === undefined || expiresAt - RENEW_EARLY > clock.now()) return credential;
  return renew(settings, token, clock.now());
}

function revoked(why: string): LookUp {
  return { outcome: { kind: "revoked", why } };
}

function apiOf({ voice, api }: GithubSettings, { clock }: ProviderTools, { access }: Credential): Api {
  return { voice, api, token: access, now: () => clock.now() };
}

function holderOf({ url }: GithubSettings, subject: string) {
  return { provider: ID, issuer: url.origin, subject };
}

function proofOf(
  settings: GithubSettings,
  { sealer }: ProviderTools,
  found: Pick<Proof, "subject" | "login" | "groups"> & { readonly credential: Credential },
): Proof {
  const { subject, login, groups } = found;
  const credential = sealCredential(sealer, holderOf(settings, subject), found.credential);
  return { ...holderOf(settings, subject), login, email: null, groups, credential };
}
