/** Which instance of a provider the configuration names: an id or a login of another one is somebody else's. */
import { issuerOf } from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import type { ProviderId } from "../port.ts";

/** Whether names there are those of this host and its lab, as opposed to those that anybody may register elsewhere. */
export function hasLocalNames(provider: ProviderId): boolean {
  return provider === "header" || provider === "dummy";
}

/** As in `Proof.issuer`; undefined for a provider that the configuration does not have. */
export function configuredIssuer(signIn: Config["signIn"], provider: ProviderId): string | undefined {
  const { github, oidc, header, dummy } = signIn;
  if (provider === "github") return github === undefined ? undefined : new URL(github.url).origin;
  if (provider === "header") return header === undefined ? undefined : "";
  if (provider === "dummy") return dummy === undefined ? undefined : "";
  const name = provider.startsWith("oidc:") ? provider.slice("oidc:".length) : "";
  const one = Object.hasOwn(oidc, name) ? oidc[name] : undefined;
  const issuer = one === undefined ? undefined : issuerOf(one);
  return issuer === undefined ? undefined : new URL(issuer).href;
}
