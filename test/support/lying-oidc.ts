/** An OpenID provider that lies: its ID tokens say what a test wants, signed by its own key or by another. */
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LyingOidc {
  readonly issuer: string;
  /** Overwrites claims of the next ID tokens; undefined takes one out. The nonce is the right one unless it is said. */
  lies: Record<string, unknown>;
  /** Signs with a key that is not published. */
  foreignKey: boolean;
  /** Signs with nothing at all: `alg: none`. */
  unsigned: boolean;
  /** What userinfo answers; undefined: it has none. */
  userinfo: Record<string, unknown> | undefined;
  /** Sends token requests on to this address. */
  redirectTokens: string | undefined;
  /** Ends the connection in place of an answer of the token endpoint. */
  silent: boolean;
  readonly requests: string[];
  /** Where the browser comes back to, for a location that the hub sent it to. */
  visit(location: string): URL;
  close(): Promise<void>;
}

export async function startLyingOidc(clientId: string): Promise<LyingOidc> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  let nonce: string | null = null;
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: LyingOidc = {
    ...{ issuer, lies: {}, foreignKey: false, unsigned: false, userinfo: undefined, requests: [] },
    ...{ redirectTokens: undefined, silent: false },
    visit(location) {
      const given = new URL(location).searchParams;
      nonce = given.get("nonce");
      const back = new URL(given.get("redirect_uri") ?? "");
      back.search = new URLSearchParams({ code: "a-code", state: given.get("state") ?? "" }).toString();
      return back;
    },
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "/", issuer).pathname;
    self.requests.push(`${request.method} ${path}`);
    const json = (body: object) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (path === "/.well-known/openid-configuration") {
      json({
        ...{
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        },
        ...(self.userinfo === undefined ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    } else if (path === "/jwks") {
      json({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] });
    } else if (path === "/userinfo") {
      json(self.userinfo ?? {});
    } else if (path === "/token" && self.silent) {
      response.destroy();
    } else if (path === "/token" && self.redirectTokens !== undefined) {
      response.writeHead(307, { location: self.redirectTokens }).end();
    } else if (path === "/token") {
      json({ access_token: "an-access-token", token_type: "Bearer", expires_in: 3600, id_token: idToken() });
    } else response.writeHead(404).end();
  }

  function idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const truth = {
      iss: issuer,
      sub: "u1",
      aud: clientId,
      iat: now,
      exp: now + 300,
      nonce,
      preferred_username: "anna",
    };
    const claims = Object.fromEntries(
      Object.entries({ ...truth, ...self.lies }).filter(([, value]) => value !== undefined),
    );
    if (self.unsigned) return `${part({ alg: "none" })}.${part(claims)}.`;
    return signed(claims, self.foreignKey ? other : privateKey);
  }
  return self;
}

function signed(claims: object, key: KeyObject): string {
  const text = `${part({ alg: "RS256", kid: "1" })}.${part(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
