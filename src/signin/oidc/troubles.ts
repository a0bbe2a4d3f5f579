/** What goes wrong with OpenID providers, in words; never with tokens, codes or claims in them. */
import * as client from "openid-client";
import { HubError, messageOf } from "../../kernel/index.ts";
import { reason } from "../provider/ask.ts";
import { CodeRefused } from "../provider/voice.ts";
import type { OidcSettings } from "./settings.ts";

/** The provider takes the code, refresh token or access token no more. */
export function isRevoked(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError)
    return error.error === "invalid_grant" || error.error === "invalid_token";
  return error instanceof client.WWWAuthenticateChallengeError && error.status === 401;
}

/**
 * Whether a look-up failed for this person alone, who may have brought it about: what is refused is refused to their
 * tokens, and a limit of questions may be theirs.
 * @param told what `inWords` makes of the error
 */
export function isOfPerson(error: unknown, told: HubError): boolean {
  const cause = error instanceof client.ClientError ? error.cause : undefined;
  if (cause instanceof Response && (cause.status === 403 || cause.status === 429)) return true;
  return told.code === "sign-in-refused";
}

/** @returns a HubError `sign-in-refused`, `provider-unreachable` or `bad-config`; other bugs as they are */
export function inWords({ voice, issuer, name }: OidcSettings, error: unknown): unknown {
  if (error instanceof HubError) return error;
  const again = "Begin again at the sign-in page.";
  if (error instanceof client.ResponseBodyError) {
    if (error.status >= 500) return voice.unreachable(issuer.host, `it answered with status ${error.status}`, error);
    if (error.error === "invalid_client" || error.error === "unauthorized_client")
      return voice.misconfigured(
        `${voice.title} does not know the client id, or takes another client secret (${error.error})`,
        `compare signIn.oidc.${name}.clientId and clientSecret with the client's settings there`,
      );
    if (error.error === "invalid_grant") return voice.refusedCode(described(error));
    return new CodeRefused(`${voice.title} refused the sign-in (${plain(error.error)}). ${again}`, described(error));
  }
  if (error instanceof client.WWWAuthenticateChallengeError)
    return voice.refused(`${voice.title} does not say who you are. ${again}`, `userinfo answered ${error.status}`);
  if (error instanceof client.ClientError) {
    const status = error.cause instanceof Response ? error.cause.status : undefined;
    if (error.code === "OAUTH_TIMEOUT" || status !== undefined)
      return voice.unreachable(
        issuer.host,
        status === undefined ? "there was no answer in time" : `it answered with status ${status}`,
        error,
      );
    return voice.refused(
      `What ${voice.title} answered cannot be believed, so nobody is signed in. ${again} If it stays so, tell an admin.`,
      `${error.code ?? "no code"}: ${error.message}${causeOf(error)}`,
      error,
    );
  }
  // fetch() says so when there is no way to the host
  if (error instanceof TypeError) return voice.unreachable(issuer.host, reason(error), error);
  return error;
}

/** Which claim it was, without its value. */
function causeOf({ cause }: client.ClientError): string {
  if (!(cause instanceof Error)) return "";
  const about = cause.cause;
  const claim = typeof about === "object" && about !== null && "claim" in about ? ` (${String(about.claim)})` : "";
  return `; ${messageOf(cause)}${claim}`;
}

function described({ error, error_description: description = "" }: client.ResponseBodyError): string {
  return `${plain(error)}: ${description.slice(0, 300)}`;
}

/** Errors are single words (RFC 6749); what is none is not repeated to people. */
export function plain(error: string): string {
  return /^[\w.-]{1,60}$/.test(error) ? error : "an unknown error";
}
