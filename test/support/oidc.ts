/** A real OpenID provider (oidc-provider) on this computer, whose people and groups tests change as they like. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Adapter, type AdapterPayload } from "oidc-provider";

export interface OidcOptions {
  /** Every address it may send people back to. */
  readonly callbackUrls: readonly string[];
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Where claims of scopes are, beside `sub`. Default: both, as many providers have it; the specification: userinfo alone. */
  readonly claimsIn?: "both" | "userinfo";
  /** `always`: as Keycloak and GitLab do; `offline_access`: only for that scope. Default: always. */
  readonly refreshTokens?: "always" | "offline_access" | "never";
  /** Seconds. Default: an hour. */
  readonly accessTokenTime?: number;
}

export type OidcClaims = Readonly<Record<string, unknown>>;

export interface OidcServer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** By `sub`; changes hold at once, whoever is taken out cannot sign in or be looked up any more. */
  readonly people: Map<string, OidcClaims>;
  /** Every request that was answered, as `POST /token`, oldest first. */
  readonly requests: string[];
  /** What a browser does whose person `sub` is signed in there and agrees: returns where it is sent back to. */
  visit(location: string, sub: string): Promise<URL>;
  /** What the person agreed to is taken back, with all tokens. */
  revoke(sub: string): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startOidc(options: OidcOptions): Promise<OidcServer> {
  const { clientId = "hublet", clientSecret = "a secret of the client", claimsIn = "both" } = options;
  const people = new Map<string, OidcClaims>();
  const grants = new Map<string, string[]>();
  const requests: string[] = [];
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [...options.callbackUrls],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    adapter: memory(),
    jwks: {
      keys: [{ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: "1" }],
    },
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username", "nickname", "groups", "roles", "isMemberOf", "_claim_names"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: claimsIn === "userinfo",
    findAccount: (_, sub) => {
      const claims = people.get(sub);
      return claims === undefined ? undefined : { accountId: sub, claims: () => ({ ...claims, sub }) };
    },
    issueRefreshToken: (_, client, code) => {
      const { refreshTokens = "always" } = options;
      if (refreshTokens === "never") return false;
      return (
        client.grantTypeAllowed("refresh_token") && (refreshTokens === "always" || code.scopes.has("offline_access"))
      );
    },
    rotateRefreshToken: true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    ttl: {
      AccessToken: options.accessTokenTime ?? 3600,
      IdToken: 3600,
      Session: 86_400,
      Grant: 86_400,
      Interaction: 3600,
      RefreshToken: 86_400,
    },
  });
  const callback = provider.callback();
  server.on("request", (request, response) => {
    const url = new URL(request.url ?? "/", issuer);
    requests.push(`${request.method} ${url.pathname}`);
    const work = url.pathname.startsWith("/interaction/")
      ? interact(request, response, url)
      : Promise.resolve(callback(request, response));
    work.catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  /** Signs in whoever the cookie `as` or the link names, and agrees to everything. */
  async function interact(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    if (prompt.name === "login") {
      const sub = url.searchParams.get("as") ?? /(?:^|;\s*)as=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
      if (sub === undefined || !people.has(sub)) {
        const links = [...people.keys()].map((one) => `<p><a href="${url.pathname}?as=${one}">${one}</a></p>`);
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end(`<!doctype html><title>An OpenID provider</title><h1>Sign in as</h1>${links.join("")}`);
        return;
      }
      await provider.interactionFinished(request, response, { login: { accountId: sub } });
      return;
    }
    const sub = String(session?.accountId);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: sub, clientId });
    grant.addOIDCScope(String(params.scope));
    const id = await grant.save();
    grants.set(sub, [...(grants.get(sub) ?? []), id]);
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: id } },
      { mergeWithLastSubmission: true },
    );
  }

  return {
    ...{ issuer, clientId, clientSecret, people, requests },
    visit: (location, sub) => browse(location, { sub, issuer }),
    async revoke(sub) {
      for (const id of grants.get(sub) ?? []) {
        await provider.RefreshToken.revokeByGrantId(id);
        await provider.AccessToken.revokeByGrantId(id);
        await (await provider.Grant.find(id))?.destroy();
      }
    },
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Follows redirects with cookies until they lead away from the provider. */
async function browse(
  location: string,
  { sub, issuer }: { readonly sub: string; readonly issuer: string },
): Promise<URL> {
  const cookies = new Map([["as", sub]]);
  let url = new URL(location);
  for (let hop = 0; hop < 12; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const next = answer.headers.get("location");
    if (next === null) throw new Error(`the provider shows a page: ${answer.status} ${await answer.text()}`);
    url = new URL(next, url);
    if (url.origin !== issuer) return url;
  }
  throw new Error("the provider sends the browser round in circles");
}

/** What the provider remembers, as long as it runs; its own memory warns at every start. */
function memory(): (name: string) => Adapter {
  const rows = new Map<string, AdapterPayload>();
  return (name) => {
    const key = (id: string) => `${name} ${id}`;
    const by = (field: "uid" | "userCode", value: string) =>
      [...rows].find(([at, row]) => at.startsWith(`${name} `) && row[field] === value)?.[1];
    return {
      upsert: async (id, payload) => {
        rows.set(key(id), payload);
      },
      find: async (id) => rows.get(key(id)),
      findByUid: async (uid) => by("uid", uid),
      findByUserCode: async (code) => by("userCode", code),
      consume: async (id) => {
        const row = rows.get(key(id));
        if (row !== undefined) rows.set(key(id), { ...row, consumed: Math.floor(Date.now() / 1000) });
      },
      destroy: async (id) => {
        rows.delete(key(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const [at, row] of rows) if (row.grantId === grantId) rows.delete(at);
      },
    };
  };
}
