/** `POST API/oauth2/token`: a code for a token, in OAuth's own shapes (contract 2.4). */
import { randomBytes } from "node:crypto";
import { equalInConstantTime, isoTime, sha256 } from "../../kernel/index.ts";
import {
  findOauthClient,
  findOauthCode,
  type OauthClientRow,
  type OauthCodeRow,
  redeemOauthCode,
} from "../../store/index.ts";
import { field, randomAlphanumeric, repeatedField } from "./fields.ts";
import type { Fields, OAuthParts, TokenAnswer } from "./oauth.ts";
import { verifierFits } from "./pkce.ts";

const FIELDS = ["client_id", "client_secret", "grant_type", "code", "redirect_uri", "code_verifier"] as const;
const HEADERS = { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" };
/** Compared with when there is no such client, so that both cases cost the same. */
const NO_HASH = sha256("");

/** Ends the steps early with an error of RFC 6749, 5.2. */
class Refusal extends Error {
  readonly answer: TokenAnswer;
  constructor(status: 400 | 401, error: string, description?: string) {
    super(error);
    this.answer = {
      status,
      headers: status === 401 ? { ...HEADERS, "www-authenticate": `Bearer error="${error}"` } : HEADERS,
      body: description === undefined ? { error } : { error, error_description: description },
    };
  }
}

/** Nothing is burnt before the last step, so that a failed exchange can be tried again. */
export async function exchange(parts: OAuthParts, form: Fields): Promise<TokenAnswer> {
  try {
    requireSingleValues(form);
    requireCodeGrant(form);
    const client = await requireClient(parts, form);
    const code = await requireCode(parts, client, form);
    requireRedirectUri(code, form);
    requireVerifier(code, form);
    return await redeem(parts, code);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function requireSingleValues(form: Fields): void {
  const repeated = repeatedField(form, FIELDS);
  if (repeated !== undefined) throw new Refusal(400, "invalid_request", `Duplicate ${repeated} parameter.`);
}

function requireCodeGrant(form: Fields): void {
  const type = field(form, "grant_type");
  if (type === undefined) throw new Refusal(400, "invalid_request", "Missing grant_type parameter.");
  if (type !== "authorization_code") throw new Refusal(400, "unsupported_grant_type");
}

async function requireClient({ store }: OAuthParts, form: Fields): Promise<OauthClientRow> {
  const client = await findOauthClient(store.db, field(form, "client_id") ?? "");
  const right = equalInConstantTime(sha256(field(form, "client_secret") ?? ""), client?.secretHash ?? NO_HASH);
  if (client === undefined || !right) throw new Refusal(401, "invalid_client");
  return client;
}

/** Of this client and not expired: a stranger's code is as unknown. */
async function requireCode({ store, clock }: OAuthParts, client: OauthClientRow, form: Fields): Promise<OauthCodeRow> {
  const text = field(form, "code");
  if (text === undefined || text === "") throw new Refusal(400, "invalid_request", "Missing code parameter.");
  const code = await findOauthCode(store.db, sha256(text), client.clientId, isoTime(clock.now()));
  if (code === undefined) throw new Refusal(400, "invalid_grant", "The code is unknown, used or expired.");
  return code;
}

function requireRedirectUri(code: OauthCodeRow, form: Fields): void {
  if (!equalInConstantTime(field(form, "redirect_uri") ?? "", code.redirectUri)) {
    throw new Refusal(400, "invalid_request", "Mismatching redirect URI.");
  }
}

function requireVerifier({ challenge, challengeMethod }: OauthCodeRow, form: Fields): void {
  const verifier = field(form, "code_verifier");
  if (challenge === null) {
    // A client that proves something had sent a challenge, which someone cut out (RFC 9700, 2.1.1).
    if (verifier !== undefined) throw new Refusal(400, "invalid_grant", "No code challenge was given.");
    return;
  }
  if (verifier === undefined) throw new Refusal(400, "invalid_request", "Code verifier required.");
  const method = challengeMethod === "S256" ? "S256" : "plain";
  if (!verifierFits(verifier, { value: challenge, method })) {
    throw new Refusal(400, "invalid_grant", "The code verifier does not match.");
  }
}

async function redeem({ store, clock, tokenSeconds }: OAuthParts, code: OauthCodeRow): Promise<TokenAnswer> {
  const token = randomAlphanumeric(30, randomBytes);
  const won = await redeemOauthCode(store.db, code.hash, {
    userId: code.userId,
    hash: sha256(token),
    note: "",
    scopes: code.scopes,
    clientId: code.clientId,
    sessionId: code.sessionId,
    created: isoTime(clock.now()),
    expiresAt: isoTime(clock.now() + tokenSeconds * 1000),
  });
  if (!won) throw new Refusal(400, "invalid_grant", "The code is unknown, used or expired.");
  return {
    status: 200,
    headers: HEADERS,
    body: { access_token: token, expires_in: tokenSeconds, token_type: "Bearer", scope: code.scopes.join(" ") },
  };
}
