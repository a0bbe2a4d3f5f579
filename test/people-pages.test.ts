/** The pages for admins and for signing in otherwise, in a real browser: what people do there, on a phone and for axe. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axeFindings, openBrowser } from "./support/browser.ts";
import { type GithubStandIn, startGithub } from "./support/github.ts";
import { startHub, type TestHub } from "./support/hub.ts";
import { PASSWORD, Person } from "./support/person.ts";

const PAGES = [
  "/hub/home",
  "/hub/account",
  "/hub/admin",
  "/hub/admin/import",
  "/hub/admin/groups",
  "/hub/admin/groups/staff",
  "/hub/admin/images",
  "/hub/admin/images/registry",
  "/hub/admin/images/builds",
  "/hub/admin/requests",
  "/hub/admin/lockouts",
  "/hub/admin/configuration",
  "/hub/admin/host",
];

let hub: TestHub;
let admin: Person;
let github: GithubStandIn;
let browser: Browser;
let context: BrowserContext;
let page: Page;

function settings(more = ""): string {
  return `engine: process
allowManyOnProcess: true
signIn:
  signUp: approval
  github:
    url: ${github.url}
    apiUrl: ${github.apiUrl}
    clientId: ${github.clientId}
    clientSecret: {secret: github}
    allow: {organizations: [my-lab]}
groups:
  staff:
    description: People of the lab
    members: {names: [person-1, person-2], github: ["my-lab:staff"]}
    memory: 3G
    mounts: [{source: /srv/data, target: /data}]
  students: {memory: 1G}
${more}`;
}

before(async () => {
  github = await startGithub();
  hub = await startHub({ config: "engine: process\nallowManyOnProcess: true\n" });
  assert.ok(hub.claimLink !== undefined);
  admin = new Person(hub.origin, hub.admin);
  await admin.claim(hub.claimLink);
  await hub.writeSecret("github", github.clientSecret);
  hub.configure(settings());
  const rows = Array.from({ length: 120 }, (_, index) => ({ name: `person-${index + 1}` }));
  const long = { name: "a-very-long-name-".repeat(4).slice(0, 64) };
  const added = await admin.api("POST", "/hublet/people/import", { rows: [...rows, long], give: "links" });
  assert.equal(added.status, 201, added.text);
  browser = await openBrowser();
  context = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  await page.goto(`${hub.origin}/hub/login`);
  await page.getByLabel("Name", { exact: false }).first().fill(hub.admin);
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await page.locator("form button[type=submit]").first().click();
  await page.waitForURL(/\/hub\/(home|spawn)/);
});

after(async () => {
  await browser?.close();
  await hub?.destroy();
  await github?.close();
});

describe("signing in", () => {
  test("by GitHub in a browser: from the button to the home page, and out again", async () => {
    github.directory.join("octocat", "my-lab:staff");
    const other = await browser.newContext({ bypassCSP: true, viewport: { width: 390, height: 844 } });
    const phone = await other.newPage();
    await phone.goto(`${hub.origin}/hub/login`);
    assert.deepEqual(await axeFindings(phone), []);
    await phone
      .getByRole("link", { name: /GitHub/ })
      .or(phone.getByRole("button", { name: /GitHub/ }))
      .click();
    await phone.getByText("octocat").click();
    await phone.waitForURL(/\/hub\/(home|spawn)/);
    await phone.goto(`${hub.origin}/hub/account`);
    await phone.getByText("staff", { exact: false }).first().waitFor();
    await other.close();
  });

  test("a request for an account: asked by a stranger, approved by the admin, used at once", async () => {
    const other = await browser.newContext({ bypassCSP: true });
    const stranger = await other.newPage();
    await stranger.goto(`${hub.origin}/hub/signup`);
    assert.deepEqual(await axeFindings(stranger), []);
    await stranger.locator("input[name=username]").fill("newcomer");
    await stranger.locator("input[name=password]").fill(PASSWORD);
    await stranger.locator("form button[type=submit]").click();
    await page.goto(`${hub.origin}/hub/admin/requests`);
    await page.getByText("newcomer").first().waitFor();
    await page
      .getByRole("button", { name: /Let in/ })
      .first()
      .click();
    await page
      .getByText("newcomer")
      .first()
      .waitFor({ state: "detached" })
      .catch(() => undefined);
    const person = new Person(hub.origin, "newcomer");
    assert.equal((await person.signIn()).status, 302);
    await other.close();
  });
});

describe("the admin's pages", () => {
  test("a swap shows at once: the banner on open pages, and a refused file with its line", async () => {
    await page.goto(`${hub.origin}/hub/admin/configuration`);
    await page.locator("h1").first().waitFor();
    hub.configure(settings("banner: {text: Maintenance on Friday, level: warning}\n"));
    await page.getByText("Maintenance on Friday").first().waitFor({ timeout: 20_000 });
    hub.configure(settings("serverr: {}\n"));
    await page
      .getByText(/did you mean/)
      .first()
      .waitFor({ timeout: 20_000 });
    assert.deepEqual(await axeFindings(page), []);
    hub.configure(settings());
    await page
      .getByText(/did you mean/)
      .first()
      .waitFor({ state: "detached", timeout: 20_000 });
  });

  test("a lock-out is listed and forgiven", async () => {
    for (let tries = 0; tries < 6; tries++) await new Person(hub.origin, "person-7").signIn("a wrong password");
    await page.goto(`${hub.origin}/hub/admin/lockouts`);
    await page.getByText("person-7").first().waitFor();
    await page
      .getByRole("button", { name: /Forgive|Unlock/ })
      .first()
      .click();
    await page.getByText("person-7").first().waitFor({ state: "detached", timeout: 20_000 });
  });

  test("the host's faults are told on the home page and shown with the lines that mend them", async () => {
    const finding = {
      ...{ problem: "Lingering is off for hublet.", why: "Everything ends with the last session.", advice: "" },
      ...{ fix: ["loginctl enable-linger hublet"], severity: "error", safe: true },
    };
    const title = "the account's programs start at boot";
    const checks = [{ id: "linger", group: "account", title, outcome: "error", findings: [finding], note: null }];
    const report = { made: new Date().toISOString(), deep: false, checks };
    writeFileSync(join(hub.state, "run", "doctor.json"), JSON.stringify(report));
    await page.goto(`${hub.origin}/hub/home`);
    await page.getByRole("link", { name: "See what mends it" }).click();
    await page.getByRole("heading", { name: finding.problem }).waitFor();
    await page.getByText("loginctl enable-linger hublet").waitFor();
    await page.getByRole("button", { name: "Copy the commands for linger" }).click();
    assert.deepEqual(await axeFindings(page), []);
  });

  for (const [width, scheme] of [
    [390, "light"],
    [1280, "dark"],
  ] as const) {
    test(`every page is whole at ${width} px, ${scheme}, and axe finds nothing`, { timeout: 120_000 }, async () => {
      const visitor = await browser.newContext({
        storageState: await context.storageState(),
        bypassCSP: true,
        viewport: { width, height: 844 },
        colorScheme: scheme,
      });
      const tab = await visitor.newPage();
      for (const path of PAGES) {
        await tab.goto(hub.origin + path);
        await tab.locator("h1").first().waitFor();
        await tab.waitForLoadState("networkidle").catch(() => undefined); // the event stream stays open
        const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
        assert.deepEqual(await axeFindings(tab), [], path);
      }
      await visitor.close();
    });
  }
});
