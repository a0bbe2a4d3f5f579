/** Sign-in with OpenID Connect: authorization code, PKCE, state, nonce, issuer; people by issuer and `sub`. */
import * as client from "openid-client";
import { HubError } from "../../kernel/index.ts";
import type { DueIdentity, Trouble } from "../../people/index.ts";
import { type Credential, openCredential, sealCredential } from "../provider/credential.ts";
import type { LookUp, Provider, ProviderTools, Visit, Vouched } from "../provider/port.ts";
import { challengeOf } from "../provider/visits.ts";
import { otherInstance } from "../provider/voice.ts";
import type { Discovery } from "./discovery.ts";
import { askUserinfo, lacks, merge, proofOf, readClaims, type Said } from "./lookup.ts";
import type { OidcSettings } from "./settings.ts";
import { credentialOf, hasEnded, type Tokens } from "./tokens.ts";
import { inWords, isOfPerson, isRevoked } from "./troubles.ts";

/** Milliseconds to leave a provider alone after it did not answer. */
const UNREACHABLE_PAUSE = 60_000;

export interface OidcParts {
  readonly name: string;
  readonly title: string;
  readonly callbackUrl: string | undefined;
  /** Read at every use. @throws HubError `bad-config` */
  readonly settings: () => OidcSettings;
  readonly discovery: Discovery;
  readonly tools: ProviderTools;
}

export function createOidc(parts: OidcParts): Provider {
  const { name, title, callbackUrl, settings } = parts;
  return {
    ...{ id: `oidc:${name}`, title, callbackUrl },
    begin: (visit) => begin(settings(), parts, visit),
    finish: (visit, answer) => finish(settings(), parts, { visit, answer }),
    lasts: (known) => lasts(parts, known),
    refresh: (known, signal) => refresh(parts, { known, signal }),
  };
}

async function begin(settings: OidcSettings, { discovery }: OidcParts, visit: Visit): Promise<string> {
  const configuration = await discovery.client(settings);
  const location = client.buildAuthorizationUrl(configuration, {
    redirect_uri: visit.callbackUrl,
    scope: settings.scopes.join(" "),
    state: visit.state,
    nonce: visit.nonce,
    code_challenge: challengeOf(visit),
    code_challenge_method: "S256",
    ...(settings.promptConsent ? { prompt: "consent" } : {}),
  });
  return location.href;
}

async function finish(
  settings: OidcSettings,
  { discovery, tools }: OidcParts,
  { visit, answer }: { readonly visit: Visit; readonly answer: URLSearchParams },
): Promise<Vouched> {
  const configuration = await discovery.client(settings);
  try {
    const url = new URL(visit.callbackUrl);
    url.search = answer.toString();
    const tokens = await client.authorizationCodeGrant(configuration, url, {
      pkceCodeVerifier: visit.verifier,
      expectedState: visit.state,
      expectedNonce: visit.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw settings.voice.refused("No ID token came. Begin again at the sign-in page.");
    const { proof, said } = await vouch(settings, configuration, { tokens, claims, tools });
    return { proof, hints: async () => hintsOf(settings, said) };
  } catch (error) {
    throw inWords(settings, error);
  }
}

/** Claims of the ID token, completed by userinfo's where they say too little. */
async function vouch(
  settings: OidcSettings,
  configuration: client.Configuration,
  { tokens, claims, tools }: { tokens: Tokens; claims: client.IDToken; tools: ProviderTools },
) {
  const inToken = readClaims(settings, claims);
  const asked = lacks(inToken, settings)
    ? await askUserinfo(settings, configuration, { access: tokens.access_token, subject: claims.sub })
    : undefined;
  const said = asked === undefined ? inToken : merge(inToken, asked);
  const credential = credentialOf(tokens, { said, inToken, now: tools.clock.now() });
  return { said, proof: sealed(settings, tools, { subject: claims.sub, said, credential }) };
}

function hintsOf({ voice, groupsClaim }: OidcSettings, said: Said): readonly string[] {
  const hints: string[] = [];
  if (said.tooManyGroups)
    hints.push(
      `${voice.title} does not name groups of who is in more than about 200: let it send only those that are assigned to the application.`,
    );
  else if (groupsClaim !== undefined && said.groups === undefined)
    hints.push(`The claim ${groupsClaim}, which holds groups, is neither in the ID token nor at userinfo.`);
  if (said.email === null)
    hints.push(`${voice.title} did not verify the e-mail address, so rules about domains leave it out.`);
  return hints;
}

interface Refreshing {
  readonly known: DueIdentity;
  readonly signal: AbortSignal;
}

async function refresh(parts: OidcParts, { known, signal }: Refreshing): Promise<LookUp> {
  const { tools, discovery } = parts;
  let renewed: string | undefined;
  const unavailable = ({ whose, why }: Untold): LookUp => ({
    outcome: { kind: "unavailable", whose, why, ...(renewed === undefined ? {} : { credential: renewed }) },
  });
  try {
    const settings = parts.settings();
    const { subject } = known;
    // Its tokens are not for this one, and what this one says of that subject is about somebody else.
    if (known.issuer !== settings.issuer.href) return { outcome: otherInstance(settings.voice) };
    const old = openCredential(tools.sealer, holderOf(settings, subject), known.credential);
    if (old === undefined) return revoked("The hub holds no sign-in of this person at this address any more.");
    if (isForSignIns(old, tools.clock.now())) return unavailable(noWayLeft(settings));
    const configuration = await discovery.client(settings, signal);
    const found = await lookUp(settings, configuration, {
      tools,
      old,
      subject,
      keep: (one) => {
        renewed = sealCredential(tools.sealer, holderOf(settings, subject), one);
      },
    });
    if ("why" in found) return unavailable(found);
    const said = { ...found.said, login: found.said.login ?? known.login };
    return {
      outcome: { kind: "proof", proof: sealed(settings, tools, { subject, said, credential: found.credential }) },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (isRevoked(error))
      return revoked(`${parts.title} does not take the sign-in any more: it was revoked or has ended.`);
    // A configuration that cannot be read is told as it is: it would only be thrown again here.
    const told = error instanceof HubError ? error : inWords(parts.settings(), error);
    if (!(told instanceof HubError)) throw told;
    if (isOfPerson(error, told)) return unavailable({ whose: "person", why: told.message });
    return {
      ...unavailable({ whose: "provider", why: told.message }),
      pause: { until: tools.clock.now() + UNREACHABLE_PAUSE, whose: "everybody" },
    };
  }
}

interface Old {
  readonly tools: ProviderTools;
  readonly old: Credential;
  readonly subject: string;
  /** Called with a renewed credential at once: the old one is used up. */
  readonly keep: (credential: Credential) => void;
}

/** Why nothing can be said, in a sentence. */
interface Untold {
  readonly whose: Trouble;
  readonly why: string;
}

interface Told {
  readonly said: Said;
  readonly credential: Credential;
}

async function lookUp(settings: OidcSettings, configuration: client.Configuration, about: Old): Promise<Told | Untold> {
  const { old, subject } = about;
  const ended = hasEnded(old, about.tools.clock.now());
  if (old.refresh !== undefined && (ended || old.groupsInIdToken === true))
    return byRefreshToken(settings, configuration, { ...about, token: old.refresh });
  try {
    const said = await askUserinfo(settings, configuration, { access: old.access, subject });
    return said === undefined
      ? never(`${settings.voice.title} has no userinfo endpoint.`)
      : complete(settings, said, old);
  } catch (error) {
    if (!isRevoked(error) || old.refresh === undefined) throw error;
    return byRefreshToken(settings, configuration, { ...about, token: old.refresh });
  }
}

async function byRefreshToken(
  settings: OidcSettings,
  configuration: client.Configuration,
  { tools, old, subject, keep, token }: Old & { readonly token: string },
): Promise<Told | Untold> {
  const { voice } = settings;
  const tokens = await client.refreshTokenGrant(configuration, token);
  const renewed = { ...old, ...credentialOf(tokens, { now: tools.clock.now() }) };
  keep(renewed);
  const claims = tokens.claims();
  // OpenID Connect Core 12.2: the same subject, or it is somebody else's.
  if (claims !== undefined && claims.sub !== subject)
    return {
      ...{ whose: "person", why: `${voice.title} answered with the sign-in of somebody else, which is not believed.` },
    };
  const inToken = readClaims(settings, claims ?? {});
  const asked = lacks(inToken, settings)
    ? await askUserinfo(settings, configuration, { access: tokens.access_token, subject })
    : undefined;
  const said = asked === undefined ? inToken : merge(inToken, asked);
  // Who founds enough groups brings that about.
  if (said.tooManyGroups) return { whose: "person", why: `${voice.title} names no groups of who is in so many.` };
  // With an ID token nothing was held back: what is not there is not so any more.
  return complete(
    settings,
    said,
    claims === undefined ? renewed : { ...renewed, groupsInIdToken: inToken.groups !== undefined },
    claims !== undefined,
  );
}

/** What only an ID token says is known from the last one, or not at all. */
function complete({ voice }: OidcSettings, said: Said, credential: Credential, hadToken = false): Told | Untold {
  if (!hadToken && credential.groupsInIdToken === true && said.groups === undefined)
    return never(`${voice.title} names groups only at a sign-in: they are looked up at the next one.`);
  return { said: said.email === undefined ? { ...said, email: credential.email } : said, credential };
}

function never(why: string): Untold {
  return { whose: "nobody", why };
}

/** No refresh token, and the access token has ended: there is nothing to ask with. */
function isForSignIns(old: Credential, now: number): boolean {
  return old.refresh === undefined && hasEnded(old, now);
}

function noWayLeft({ voice }: OidcSettings): Untold {
  return never(
    `${voice.title} gives no way to look groups up after a while (no refresh token): they are looked up at the next sign-in.`,
  );
}

function lasts({ settings, tools }: OidcParts, { subject, credential }: DueIdentity): boolean {
  const old = openCredential(tools.sealer, holderOf(settings(), subject), credential);
  return old === undefined || !isForSignIns(old, tools.clock.now());
}

function revoked(why: string): LookUp {
  return { outcome: { kind: "revoked", why } };
}

function holderOf({ name, issuer }: OidcSettings, subject: string) {
  return { provider: `oidc:${name}`, issuer: issuer.href, subject };
}

function sealed(
  settings: OidcSettings,
  { sealer }: ProviderTools,
  { subject, said, credential }: { readonly subject: string; readonly said: Said; readonly credential: Credential },
) {
  // Where there are neither groups nor a refresh token, there is nothing to look up and no way to.
  const useless = settings.groupsClaim === undefined && credential.refresh === undefined;
  const known = useless ? null : sealCredential(sealer, holderOf(settings, subject), credential);
  return { ...proofOf(settings, subject, said), credential: known };
}
