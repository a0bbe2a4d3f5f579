/** An OpenID provider as the configuration has it, its preset filled in. */
import { type ConfigSnapshot, issuerOf } from "../../config/index.ts";
import type { OidcConfig } from "../../contract/index.ts";
import type { Secret } from "../../kernel/index.ts";
import { requireSafe } from "../provider/addresses.ts";
import type { Voice } from "../provider/port.ts";
import { voiceOf } from "../provider/voice.ts";
import { PLAIN, PRESETS } from "./presets.ts";

export interface OidcSettings {
  readonly name: string;
  readonly voice: Voice;
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly scopes: readonly string[];
  /** The specification asks for consent with `offline_access`; providers with a preset are known not to. */
  readonly promptConsent: boolean;
  readonly usernameClaim: string;
  readonly groupsClaim: string | undefined;
}

/** The name on the button. */
export function oidcTitle(name: string, { title, preset }: OidcConfig): string {
  return title ?? (preset === undefined ? name : PRESETS[preset].title);
}

/** @throws HubError `bad-config` without an issuer, or when it is not safe */
export function oidcSettings(snapshot: ConfigSnapshot, name: string, oidc: OidcConfig): OidcSettings {
  const voice = voiceOf(oidcTitle(name, oidc));
  const preset = oidc.preset === undefined ? PLAIN : PRESETS[oidc.preset];
  const key = `signIn.oidc.${name}.issuer`;
  const issuer = issuerOf(oidc);
  if (issuer === undefined) throw voice.misconfigured("its issuer is missing", `set ${key} in hublet.yaml`);
  const scopes = new Set(["openid", ...(oidc.scopes ?? preset.scopes)]);
  return {
    ...{ name, voice, clientId: oidc.clientId },
    issuer: requireSafe(voice, new URL(issuer), key),
    clientSecret: oidc.clientSecret === undefined ? undefined : snapshot.secret(oidc.clientSecret),
    scopes: [...scopes],
    promptConsent: oidc.preset === undefined && scopes.has("offline_access"),
    usernameClaim: oidc.usernameClaim ?? preset.usernameClaim,
    groupsClaim: oidc.groupsClaim ?? preset.groupsClaim,
  };
}
