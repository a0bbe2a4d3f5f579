/** What an issuer says of itself, asked once an hour, and a client that is made of it for each use. */
import * as client from "openid-client";
import type { Clock } from "../../kernel/index.ts";
import { isLoopback } from "../provider/addresses.ts";
import { ANSWER_TIMEOUT } from "../provider/ask.ts";
import type { OidcSettings } from "./settings.ts";
import { inWords } from "./troubles.ts";

/** Milliseconds after which an issuer's addresses are asked for again. */
const DISCOVERY_TIME = 60 * 60 * 1000;
/** Seconds that clocks may differ. */
const CLOCK_TOLERANCE = 60;

export interface Discovery {
  /**
   * @param signal ends questions, but not the use of codes and refresh tokens, which are good for once
   * @throws HubError `provider-unreachable`, `bad-config`
   */
  client(settings: OidcSettings, signal?: AbortSignal): Promise<client.Configuration>;
}

interface Known {
  readonly metadata: Promise<client.ServerMetadata>;
  readonly until: number;
  /** Holds the issuer's keys, shared by all clients. */
  last: client.Configuration | undefined;
}

export function createDiscovery({ clock }: { readonly clock: Clock }): Discovery {
  const issuers = new Map<string, Known>();
  const ask = (settings: OidcSettings): Known => {
    const now = clock.now();
    for (const [issuer, { until }] of issuers) if (until <= now) issuers.delete(issuer);
    const known = issuers.get(settings.issuer.href);
    if (known !== undefined) return known;
    const fresh: Known = { metadata: discover(settings), until: now + DISCOVERY_TIME, last: undefined };
    issuers.set(settings.issuer.href, fresh);
    return fresh;
  };
  return {
    async client(settings, signal) {
      const known = ask(settings);
      let metadata: client.ServerMetadata;
      try {
        metadata = await known.metadata;
      } catch (error) {
        // What failed is asked again at the next use.
        if (issuers.get(settings.issuer.href) === known) issuers.delete(settings.issuer.href);
        throw inWords(settings, error);
      }
      const made = clientOf(settings, metadata, { clock, signal });
      const keys = known.last === undefined ? undefined : client.getJwksCache(known.last);
      if (keys !== undefined) client.setJwksCache(made, keys);
      known.last = made;
      return made;
    },
  };
}

async function discover(settings: OidcSettings): Promise<client.ServerMetadata> {
  const { voice, issuer, clientId } = settings;
  const found = await client.discovery(issuer, clientId, undefined, client.None(), {
    timeout: ANSWER_TIMEOUT / 1000,
    execute: isLoopback(issuer) ? [client.allowInsecureRequests] : [],
  });
  const metadata = found.serverMetadata();
  if (metadata.issuer.includes("{"))
    throw voice.misconfigured(
      `${issuer.href} stands for every organisation there is`,
      `name your own in signIn.oidc.${settings.name}.issuer (https://login.microsoftonline.com/TENANT/v2.0)`,
    );
  return metadata;
}

function clientOf(
  { issuer, clientId, clientSecret }: OidcSettings,
  metadata: client.ServerMetadata,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): client.Configuration {
  const made = new client.Configuration(
    metadata,
    clientId,
    {
      [client.clockTolerance]: CLOCK_TOLERANCE,
      // Time is the clock's that was given to us; without this it would be the computer's.
      [client.clockSkew]: Math.round((clock.now() - Date.now()) / 1000),
    },
    clientSecret === undefined ? client.None() : authentication(metadata, clientSecret.reveal()),
  );
  made.timeout = ANSWER_TIMEOUT / 1000;
  made[client.customFetch] = (url, options) => {
    const signals = [options.signal, options.method === "GET" ? signal : undefined].filter((one) => one !== undefined);
    // The library's type of a body is wider than fetch's, but it is a form or nothing.
    return fetch(url, { ...options, signal: AbortSignal.any(signals) } as RequestInit);
  };
  if (isLoopback(issuer)) client.allowInsecureRequests(made);
  // ID tokens come by TLS from the provider itself; their signature is looked at all the same.
  client.enableNonRepudiationChecks(made);
  return made;
}

/** OpenID Connect Core 9: `client_secret_basic` unless the provider says otherwise; in the body it is more robust. */
function authentication(metadata: client.ServerMetadata, secret: string): client.ClientAuth {
  const supported = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return supported.includes("client_secret_post") ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
}
