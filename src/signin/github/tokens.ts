/** A code for a token, and an expiring token for the next one (GitHub's OAuth, always status 200 with JSON). */
import { z } from "zod";
import { below } from "../provider/addresses.ts";
import { ask } from "../provider/ask.ts";
import type { Credential } from "../provider/credential.ts";
import type { Visit } from "../provider/port.ts";
import type { GithubSettings } from "./settings.ts";

const tokensSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive().optional(),
  refresh_token: z.string().min(1).optional(),
});
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() });

/** @throws HubError `sign-in-refused`, `provider-unreachable`, `bad-config` */
export async function exchangeCode(
  settings: GithubSettings,
  { visit, code, now }: { readonly visit: Visit; readonly code: string; readonly now: number },
): Promise<Credential> {
  const answer = await post(settings, { code, redirect_uri: visit.callbackUrl, code_verifier: visit.verifier });
  if ("error" in answer) throw refusal(settings, answer);
  return credentialOf(answer, now);
}

/**
 * The next token of a GitHub App whose tokens expire; the old pair is worthless afterwards.
 * @returns undefined when GitHub takes the refresh token no more
 * @throws HubError `provider-unreachable`, `bad-config`
 */
export async function renew(settings: GithubSettings, refresh: string, now: number): Promise<Credential | undefined> {
  // Never aborted: an answer that nobody hears would cost the person the sign-in.
  const answer = await post(settings, { grant_type: "refresh_token", refresh_token: refresh });
  if (!("error" in answer)) return credentialOf(answer, now);
  if (answer.error === "bad_refresh_token" || answer.error === "invalid_grant") return undefined;
  throw refusal(settings, answer);
}

type Tokens = z.infer<typeof tokensSchema>;
type TokenError = z.infer<typeof errorSchema>;

async function post(
  { voice, url, clientId, clientSecret }: GithubSettings,
  form: Readonly<Record<string, string>>,
): Promise<Tokens | TokenError> {
  const address = below(url, "login/oauth/access_token");
  const answer = await ask(voice, address, {
    method: "POST",
    headers: { accept: "application/json", "user-agent": "hublet" },
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret.reveal(), ...form }),
  });
  // GitHub knows no app of this id.
  if (answer.status === 404) return { error: "incorrect_client_credentials" };
  const error = errorSchema.safeParse(answer.body);
  if (error.success) return error.data;
  const tokens = tokensSchema.safeParse(answer.body);
  if (tokens.success) return tokens.data;
  throw voice.unreachable(address.host, `its answer (status ${answer.status}) was not that of GitHub's OAuth`);
}

function credentialOf({ access_token, refresh_token, expires_in }: Tokens, now: number): Credential {
  return {
    access: access_token,
    ...(refresh_token === undefined ? {} : { refresh: refresh_token }),
    ...(expires_in === undefined ? {} : { expiresAt: now + expires_in * 1000 }),
  };
}

/** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors */
function refusal({ voice }: GithubSettings, { error, error_description: description = "" }: TokenError): Error {
  const detail = `${voice.title} refused the code: ${error.slice(0, 80)}. ${description.slice(0, 300)}`;
  switch (error) {
    case "incorrect_client_credentials":
      return voice.misconfigured(
        `${voice.title} does not know the client id, or takes another client secret`,
        "compare signIn.github.clientId and clientSecret with the OAuth app's settings there",
      );
    case "redirect_uri_mismatch":
      return voice.misconfigured(
        "the hub's callback address is not the one registered there",
        "register the hub's address + /hub/oauth_callback with the OAuth app, or set signIn.github.callbackUrl",
      );
    case "unverified_user_email":
      return voice.refused(
        `${voice.title} lets nobody sign in whose e-mail address is not verified. Verify yours there, then try again.`,
        detail,
      );
    default:
      return voice.refusedCode(detail);
  }
}
