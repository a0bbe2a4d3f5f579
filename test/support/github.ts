/**
 * A stand-in for GitHub on this computer, which follows GitHub's documented OAuth web flow and REST API as far as
 * signing in needs them: pages of docs.github.com are named where their rules are kept. As everywhere there, what is
 * not known is 404 with `{message}`, and OAuth's errors come with status 200.
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GithubDirectory } from "./github/directory.ts";
import { GithubOauth } from "./github/oauth.ts";
import { GithubRest } from "./github/rest.ts";

export type { GithubAccount } from "./github/directory.ts";

export interface GithubOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Callback addresses below this one are taken; default: any on this computer. */
  readonly callbackUrl?: string;
  /** The REST API below `/api/v3` (GitHub Enterprise Server) instead of an address of its own. Default: false. */
  readonly enterprise?: boolean;
  /** Tokens end after so many seconds and come with a refresh token (GitHub Apps). Default: they do not end. */
  readonly expiringTokens?: number;
  /** Milliseconds since the epoch. Default: this computer's. */
  readonly now?: () => number;
}

export interface GithubStandIn {
  /** `signIn.github.url`, and `apiUrl` (not needed with `enterprise`). */
  readonly url: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** People, organisations and teams; changes hold at once. */
  readonly directory: GithubDirectory;
  readonly oauth: GithubOauth;
  readonly rest: GithubRest;
  /** Every request that was answered, as `GET /user`, oldest first. */
  readonly requests: string[];
  /** What a browser does whose person is signed in as `login` and agrees: returns where GitHub sends it back to. */
  visit(location: string, login: string): Promise<URL>;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startGithub(options: GithubOptions = {}): Promise<GithubStandIn> {
  const { clientId = "Iv1.hublet", clientSecret = "a secret of the app", enterprise = false } = options;
  const requests: string[] = [];
  const directory = new GithubDirectory();
  const oauth = new GithubOauth(directory, { ...options, clientId, clientSecret, now: options.now ?? Date.now });
  const rest = new GithubRest(directory, oauth, options.now ?? Date.now);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://github.invalid");
    requests.push(`${request.method} ${url.pathname}`);
    answer(request, response, url).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname.startsWith("/login/oauth/")) return oauth.answer(request, response, url);
    // github.com has api.github.com for this; here it is the same host, below a path.
    const prefix = enterprise ? "/api/v3" : "/api";
    if (url.pathname.startsWith(`${prefix}/`)) {
      return rest.answer(request, response, { url, path: url.pathname.slice(prefix.length) });
    }
    response.writeHead(404).end("Not Found");
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  rest.base = `${url}${enterprise ? "/api/v3" : "/api"}`;
  return {
    ...{ url, apiUrl: rest.base, clientId, clientSecret, directory, oauth, rest, requests },
    async visit(location, login) {
      const page = await fetch(location, { redirect: "manual", headers: { cookie: `user_session=${login}` } });
      const back = page.headers.get("location");
      if (back === null) throw new Error(`GitHub's stand-in shows a page: ${page.status} ${await page.text()}`);
      return new URL(back);
    },
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
