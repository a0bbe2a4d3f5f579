/** A hub whose people come from GitHub's stand-in, and what their browsers do. */
import type { TestContext } from "node:test";
import { type GithubStandIn, startGithub } from "../../../test/support/github.ts";
import type { Answer, Browser } from "./browser.ts";
import { type House, openHouse } from "./house.ts";

export interface GithubHouse {
  readonly house: House;
  readonly github: GithubStandIn;
  /** What the configuration says in `signIn.github`; to be spread into another configuration. */
  readonly settings: Record<string, unknown>;
  /** From our button through GitHub's page to our callback: the callback's path with its query. */
  begin(browser: Browser, login: string, path?: string): Promise<string>;
  /** All of it. */
  signIn(browser: Browser, login: string, path?: string): Promise<Answer>;
}

/** GitHub lets in `octocat` and the members of `lab`; those of `lab:admins` are admins. */
export async function openGithubHouse(t: TestContext, more: Record<string, unknown> = {}): Promise<GithubHouse> {
  const github = await startGithub();
  t.after(() => github.close());
  const { directory } = github;
  for (const login of ["octocat", "hubot", "stranger", "boss"]) directory.person(login);
  directory.organization("lab");
  directory.team("lab", "admins");
  for (const login of ["hubot", "boss"]) directory.join(login, "lab");
  directory.join("boss", "lab:admins");
  const settings = {
    url: github.url,
    apiUrl: github.apiUrl,
    clientId: github.clientId,
    clientSecret: { secret: "github" },
    allow: { users: ["octocat"], organizations: ["lab"] },
    admins: { organizations: ["lab:admins"] },
  };
  const { signIn = {}, ...rest } = more as { signIn?: Record<string, unknown> };
  const house = await openHouse(t, {
    config: { ...rest, signIn: { github: settings, ...signIn } },
    secrets: { github: github.clientSecret },
  });
  const begin: GithubHouse["begin"] = async (browser, login, path = "/hub/oauth_login") => {
    const { location } = await browser.open(path);
    const back = await github.visit(location, login);
    return `${back.pathname}${back.search}`;
  };
  return {
    house,
    github,
    settings,
    begin,
    signIn: async (browser, login, path) => browser.open(await begin(browser, login, path)),
  };
}
