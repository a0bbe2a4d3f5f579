/** GitHub as the configuration has it, with what follows from its address. */

import type { ConfigSnapshot } from "../../config/index.ts";
import type { Config, GithubConfig } from "../../contract/index.ts";
import type { Secret } from "../../kernel/index.ts";
import { below, requireSafe } from "../provider/addresses.ts";
import type { Voice } from "../provider/port.ts";
import { voiceOf } from "../provider/voice.ts";

export interface GithubSettings {
  readonly voice: Voice;
  /** Where browsers go. */
  readonly url: URL;
  /** Where the REST API is. */
  readonly api: URL;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** A rule names organisations or teams: only then does anybody's membership concern us. */
  readonly memberships: boolean;
  /** Organisations whose members may enter, lower case, without teams. */
  readonly organizations: readonly string[];
}

/** @throws HubError `bad-config` when the OAuth app's id or secret is nowhere, or an address is not safe */
export function githubSettings(snapshot: ConfigSnapshot, github: GithubConfig): GithubSettings {
  const voice = voiceOf(github.title);
  const url = requireSafe(voice, new URL(github.url), "signIn.github.url");
  const api = github.apiUrl === undefined ? apiOf(url) : new URL(github.apiUrl);
  const { clientId, clientSecret } = github;
  // The configuration takes them from the environment, too, and has both whenever it has this section.
  if (clientId === undefined || clientSecret === undefined)
    throw voice.misconfigured(
      "the OAuth app's client id or secret is missing",
      "set signIn.github.clientId and clientSecret",
    );
  return {
    ...{ voice, url, clientId },
    clientSecret: snapshot.secret(clientSecret),
    api: requireSafe(voice, api, "signIn.github.apiUrl"),
    memberships: namedOrganizations(snapshot.config).length > 0,
    organizations: organizationsOf([...github.allow.organizations, ...github.admins.organizations]),
  };
}

/**
 * github.com, a company's own name at ghe.com, or GitHub Enterprise Server.
 * https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
function apiOf(url: URL): URL {
  if (url.hostname === "github.com" || url.hostname.endsWith(".ghe.com"))
    return new URL(`${url.protocol}//api.${url.hostname}`);
  return below(url, "api/v3");
}

/** Everything in the configuration that organisations and teams decide about. */
function namedOrganizations(config: Config): readonly string[] {
  const { github } = config.signIn;
  const groups = Object.values(config.groups).flatMap((group) => group.members.github);
  return [...(github?.allow.organizations ?? []), ...(github?.admins.organizations ?? []), ...groups];
}

function organizationsOf(rules: readonly string[]): readonly string[] {
  return [...new Set(rules.map((rule) => rule.split(":")[0]?.toLowerCase() ?? ""))];
}
