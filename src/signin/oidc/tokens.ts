/** Tokens of a provider as the hub keeps them. */
import type * as client from "openid-client";
import type { Credential } from "../provider/credential.ts";
import type { Said } from "./lookup.ts";

export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/** Milliseconds before its end at which an access token counts as ended. */
const END_EARLY = 60_000;

/**
 * @param found.said everything that is known
 * @param found.inToken what the ID token said
 */
export function credentialOf(
  tokens: Tokens,
  { said, inToken, now }: { readonly said?: Said; readonly inToken?: Said; readonly now: number },
): Credential {
  const seconds = tokens.expiresIn();
  return {
    access: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refresh: tokens.refresh_token }),
    ...(seconds === undefined ? {} : { expiresAt: now + seconds * 1000 }),
    ...(inToken === undefined ? {} : { groupsInIdToken: inToken.groups !== undefined }),
    ...(said?.email == null ? {} : { email: said.email }),
  };
}

export function hasEnded({ expiresAt }: Credential, now: number): boolean {
  return expiresAt !== undefined && expiresAt - END_EARLY <= now;
}
