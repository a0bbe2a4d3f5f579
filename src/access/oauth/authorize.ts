/** `GET|POST API/oauth2/authorize` (contract 2.2). */
import { randomBytes } from "node:crypto";
import { equalInConstantTime, isoTime, sha256 } from "../../kernel/index.ts";
import { findOauthClient, insertOauthCode, type OauthClientRow } from "../../store/index.ts";
import type { Holder } from "../authority.ts";
import type { Identity } from "../identity.ts";
import { holds } from "../scopes/check.ts";
import { wordsOf } from "../scopes/words.ts";
import { field, randomAlphanumeric, repeatedField } from "./fields.ts";
import { grantable, needsConfirmation } from "./granting.ts";
import type { AuthorizeOutcome, Fields, OAuthParts } from "./oauth.ts";
import { type Challenge, readChallenge } from "./pkce.ts";

/** Life of a code in seconds. */
const CODE_LIFE = 300;
const PARAMETERS = ["response_type", "state", "scope", "code_challenge", "code_challenge_method"] as const;

/** A request that went through every step and only waits for the person's word, if for anything. */
interface Asked {
  readonly client: OauthClientRow;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly challenge: Challenge | null;
  readonly scopes: readonly string[];
}

/** Ends the steps early with an answer. */
class Refusal extends Error {
  readonly outcome: AuthorizeOutcome;
  constructor(outcome: AuthorizeOutcome) {
    super("authorization refused");
    this.outcome = outcome;
  }
}

/** The visit: a redirect with a code, or the question, or a refusal. */
export async function authorize(parts: OAuthParts, query: Fields, identity: Identity): Promise<AuthorizeOutcome> {
  return answering(async () => {
    const asked = await examine(parts, query, identity);
    if (await needsConfirmation(parts, asked.client, identity.user, asked.scopes)) {
      return confirmation(asked, identity);
    }
    return redirectWithCode(parts, asked, asked.scopes, identity);
  });
}

/** The answer to the question. Everything is examined anew: the form proves nothing but the person's will. */
export async function grant(
  parts: OAuthParts,
  query: Fields,
  scopes: readonly string[],
  identity: Identity,
): Promise<AuthorizeOutcome> {
  return answering(async () => {
    const asked = await examine(parts, query, identity);
    requireOffered(scopes, asked.scopes);
    return redirectWithCode(parts, asked, scopes, identity);
  });
}

async function examine(parts: OAuthParts, query: Fields, identity: Identity): Promise<Asked> {
  const client = await requireClient(parts, query);
  const redirectUri = requireRedirectUri(client, query);
  const back = { redirectUri, state: field(query, "state") };
  requireSingleValues(query, back);
  requireCodeFlow(query, back);
  const challenge = requireChallenge(parts, query, back);
  requireBrowser(identity);
  requireAccess(client, identity);
  const scopes = requireScopes(parts, client, await parts.authority.holderOf(identity.user), query, back);
  return { client, ...back, challenge, scopes };
}

async function requireClient({ store }: OAuthParts, query: Fields): Promise<OauthClientRow> {
  const id = field(query, "client_id");
  const client = id === undefined ? undefined : await findOauthClient(store.db, id);
  if (client === undefined || client.secretHash === "") {
    throw page(
      400,
      "The server that sent you here is not known: it was stopped or restarted meanwhile. Open it again.",
    );
  }
  return client;
}

/** Compared as an exact string; relative ones are ours. A mismatch is never redirected to. */
function requireRedirectUri(client: OauthClientRow, query: Fields): string {
  const uri = field(query, "redirect_uri");
  if (uri === undefined || !equalInConstantTime(uri, client.redirectUri)) {
    throw page(
      400,
      "The server that sent you here asks to be answered at an address that is not its own. Open it again.",
    );
  }
  return client.redirectUri;
}

function requireSingleValues(query: Fields, back: Back): void {
  const repeated = repeatedField(query, PARAMETERS);
  if (repeated !== undefined) throw problem(back, "invalid_request", `Duplicate ${repeated} parameter.`);
}

function requireCodeFlow(query: Fields, back: Back): void {
  const type = field(query, "response_type");
  if (type === undefined) throw problem(back, "invalid_request", "Missing response_type parameter.");
  if (type !== "code") throw problem(back, "unsupported_response_type", "Only response_type code is supported.");
}

function requireChallenge(parts: OAuthParts, query: Fields, back: Back): Challenge | null {
  const challenge = readChallenge(field(query, "code_challenge"), field(query, "code_challenge_method"));
  if (challenge !== null && "problem" in challenge) throw problem(back, "invalid_request", challenge.problem);
  if (challenge === null && parts.requirePkce) throw problem(back, "invalid_request", "Code challenge required.");
  return challenge;
}

/** A token must not turn itself into one with other scopes. */
function requireBrowser(identity: Identity): void {
  if (identity.via !== "cookie")
    throw page(403, "Only a signed-in browser can let a server know who you are. Sign in first.");
}

function requireAccess(client: OauthClientRow, identity: Identity): void {
  if (holds(identity, "access:servers", { user: client.user, server: client.server }) !== "yes") {
    throw page(403, "You may not open this server: it belongs to someone else. Ask its owner or an administrator.");
  }
}

function requireScopes(
  parts: OAuthParts,
  client: OauthClientRow,
  visitor: Holder,
  query: Fields,
  back: Back,
): readonly string[] {
  const scopes = grantable(parts, client, visitor, field(query, "scope"));
  if ("problem" in scopes) throw problem(back, "invalid_scope", scopes.problem);
  return scopes;
}

function requireOffered(chosen: readonly string[], offered: readonly string[]): void {
  if (chosen.every((scope) => offered.includes(scope))) return;
  throw page(400, "The form gives away more than was asked. Nothing was given. Open the server again.");
}

function confirmation({ client, scopes }: Asked, { user }: Identity): AuthorizeOutcome {
  return {
    kind: "confirm",
    client: { id: client.clientId, description: client.description, user: client.user, server: client.server },
    scopes: scopes.map((scope) => ({ scope, words: wordsOf(scope, user.name) })),
  };
}

async function redirectWithCode(
  { store, clock }: OAuthParts,
  asked: Asked,
  scopes: readonly string[],
  identity: Identity,
): Promise<AuthorizeOutcome> {
  const code = randomAlphanumeric(30, randomBytes);
  await insertOauthCode(store.db, {
    hash: sha256(code),
    clientId: asked.client.clientId,
    userId: identity.user.id,
    redirectUri: asked.redirectUri,
    scopes,
    challenge: asked.challenge?.value ?? null,
    challengeMethod: asked.challenge?.method ?? null,
    sessionId: identity.sessionId,
    expiresAt: isoTime(clock.now() + CODE_LIFE * 1000),
  });
  return { kind: "redirect", to: withQuery(asked.redirectUri, { code, state: asked.state }) };
}

type Back = Pick<Asked, "redirectUri" | "state">;

async function answering(steps: () => Promise<AuthorizeOutcome>): Promise<AuthorizeOutcome> {
  try {
    return await steps();
  } catch (error) {
    if (error instanceof Refusal) return error.outcome;
    throw error;
  }
}

function page(status: 400 | 403, message: string): Refusal {
  return new Refusal({ kind: "error-page", status, message });
}

/** An error for the client, which shows it to the person. */
function problem({ redirectUri, state }: Back, error: string, description: string): Refusal {
  return new Refusal({
    kind: "redirect",
    to: withQuery(redirectUri, { error, error_description: description, state }),
  });
}

function withQuery(uri: string, values: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value);
  return `${uri}${uri.includes("?") ? "&" : "?"}${query}`;
}
