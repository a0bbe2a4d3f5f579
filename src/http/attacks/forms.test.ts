/** CSRF on every form there is: the table must name each, so that a new one without a check is noticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SERVER, serverName } from "../../kernel/index.ts";
import type { Browser } from "../test-support/browser.ts";
import { type House, openHouse, PASSWORD } from "../test-support/house.ts";

interface Form {
  readonly path: string;
  /** As the hub's list of routes names it, where that is not the path. */
  readonly route?: string;
  /** A link starts a server too, as JupyterHub's do (contract 3.5); its page is asked for by another address. */
  readonly linked?: true;
  /** Who is signed in in the victim's browser; "" nobody. */
  readonly as: string;
  readonly page: string;
  fields(house: House): Promise<Record<string, string>>;
  /** Nothing came of it. */
  untouched(house: House, browser: Browser): Promise<boolean>;
}

const nobodyEntered = async (_house: House, browser: Browser) => !browser.cookies.has("jupyterhub-hub-login");
const stillAlice = async (_house: House, browser: Browser) =>
  (await browser.call("GET", "/hub/api/user")).json().name === "alice";
const ticketOf = async (house: House, name: string) => {
  const outcome = await house.signIn.withPassword({ name, password: PASSWORD, address: "10.0.0.1" });
  return outcome.kind === "in" ? "" : outcome.ticket;
};

const FORMS: readonly Form[] = [
  {
    path: "/hub/login",
    as: "alice",
    page: "/hub/home",
    fields: async () => ({ username: "bob", password: PASSWORD }),
    untouched: stillAlice,
  },
  {
    path: "/hub/login/second-factor",
    as: "",
    page: "/hub/login",
    fields: async (house) => ({ ticket: await ticketOf(house, "bob"), code: "000000" }),
    untouched: nobodyEntered,
  },
  {
    path: "/hub/login/set-up-second-factor",
    as: "",
    page: "/hub/login",
    fields: async (house) => ({
      ticket: await ticketOf(house, "bob"),
      code: "000000",
      uri: "otpauth://totp/x?secret=AA",
    }),
    untouched: nobodyEntered,
  },
  {
    path: "/hub/claim",
    as: "alice",
    page: "/hub/home",
    fields: async (house) => ({ code: (await house.signIn.issueClaim("bob")).code, password: PASSWORD }),
    untouched: stillAlice,
  },
  {
    path: "/hub/signup",
    as: "",
    page: "/hub/signup",
    fields: async () => ({ username: "mallory", password: PASSWORD, note: "" }),
    untouched: async (house) => (await house.signIn.listSignUps()).length === 0,
  },
  {
    path: "/hub/auth/change-password",
    as: "alice",
    page: "/hub/auth/change-password",
    fields: async () => ({ current: PASSWORD, password: "mallory knows this one" }),
    untouched: async (house) =>
      (await house.signIn.withPassword({ name: "alice", password: PASSWORD, address: "10.0.0.1" })).kind !== undefined,
  },
  {
    path: "/hub/accept-share",
    as: "alice",
    page: "/hub/home",
    fields: async ({ access, people }) => {
      const server = { user: (await people.require("bob")).name, server: DEFAULT_SERVER };
      return { code: (await access.shares.codes.create({ by: access.commandLine, server })).code.reveal() };
    },
    untouched: async ({ access, people }) => {
      const { name: user } = await people.require("alice");
      return (await access.shares.list({ to: { user } }, { offset: 0, limit: 1 })).total === 0;
    },
  },
  ...["", "/alice", "/alice/second"].map(
    (whose): Form => ({
      path: `/hub/spawn${whose}`,
      route: `/hub/spawn${whose.replace("/alice", "/:user").replace("/second", "/:server")}`,
      linked: true,
      as: "alice",
      page: `/hub/spawn${whose}?plain=1`,
      fields: async () => ({ profile: "large" }),
      untouched: async (house) => {
        const { name: user } = await house.people.require("alice");
        const server = await house.servers.get({ user, server: serverName(whose.endsWith("second") ? "second" : "") });
        return server === undefined || server.state === "stopped";
      },
    }),
  ),
];
/** Posts that are no forms of ours: reports of browsers, what only our proxy asks with a signed cookie, visits to servers. */
const NO_FORMS = ["/hub/security/csp-report", "/hub/gate/renew", "/hub/*"];

async function openAll(t: Parameters<typeof openHouse>[0], secondFactor = "optional"): Promise<House> {
  // With something to choose, so that looking at the start page starts nothing.
  const profiles = ["small", "large"].map((name) => ({ name, title: name }));
  const house = await openHouse(t, { config: { profiles, signIn: { signUp: "approval", secondFactor } } });
  for (const name of ["alice", "bob"]) await house.signIn.setPassword(name, PASSWORD);
  return house;
}

test("CSRF on each form: without the page's token, with another's, or with a stale one nothing happens", async (t) => {
  const house = await openAll(t);
  for (const form of FORMS) {
    const fields = await form.fields(house);
    const foreign = await house.browserOf("");
    await foreign.open("/hub/login");
    for (const token of [undefined, "", "stale", "2|a|b|c", (await house.browserOf("bob")).xsrf]) {
      const victim = await house.browserOf(form.as);
      await victim.open(form.page);
      const answer = await victim.send("POST", form.path, {
        body: new URLSearchParams(token === undefined ? fields : { ...fields, _xsrf: token }),
        headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
      });
      assert.equal(answer.status, 403, `${form.path} with ${token}`);
      assert.ok(await form.untouched(house, victim), form.path);
      assert.equal(answer.text.includes(PASSWORD), false, "a password comes back in a page");
    }
    // The cookie alone, which a page of a neighbour's server could plant, is not enough either.
    const planted = await house.browserOf(form.as);
    await planted.open(form.page);
    planted.cookies.set("_xsrf", foreign.xsrf);
    const other = await planted.send("POST", form.path, {
      body: new URLSearchParams({ ...fields, _xsrf: foreign.xsrf }),
      headers: { "user-agent": "another browser" },
    });
    assert.equal(other.status, 403, form.path);
  }
});

test("CSRF: the table of forms is whole", async (t) => {
  const house = await openHouse(t);
  const posts = routesOf(house.face.app.printRoutes({ commonPrefix: false, includeHooks: false }), "POST");
  const pages = posts.filter((path) => !path.startsWith("/hub/api") && !path.startsWith("/hub/user/"));
  assert.deepEqual(pages.toSorted(), [...FORMS.map(({ path, route }) => route ?? path), ...NO_FORMS].toSorted());
});

test("GET changes nothing: a link to a form's address with all its fields does what a look does", async (t) => {
  const house = await openAll(t);
  for (const form of FORMS.filter(({ linked }) => linked === undefined)) {
    const victim = await house.browserOf(form.as);
    await victim.open(`${form.path}?${new URLSearchParams(await form.fields(house))}`);
    assert.ok(await form.untouched(house, victim), form.path);
  }
});

test("clickjacking: no form can be framed, and none posts elsewhere", async (t) => {
  const house = await openAll(t);
  for (const { as, path, page, linked } of FORMS) {
    const { headers } = await (await house.browserOf(as)).open(linked === undefined ? path : page);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.match(policy, /form-action 'self'/, path);
    assert.equal(headers["cache-control"], "no-store", path);
    assert.equal(headers["referrer-policy"], "same-origin", path);
  }
});

/** Paths of a method in Fastify's tree of routes. */
function routesOf(tree: string, method: string): string[] {
  const at: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const found = /^([│ ]*)(?:├|└)── (\S*) ?(?:\(([^)]*)\))?/.exec(line);
    if (found === null) return [];
    const [, indent = "", part = "", methods = ""] = found;
    const depth = indent.length / 4;
    at.length = depth;
    at.push(part);
    return methods.split(", ").includes(method) ? [at.join("")] : [];
  });
}
