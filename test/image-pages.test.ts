/** Choosing image and version in a real browser, from a real registry: by keyboard, on a phone, without script; and the admins' pages. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { BuildView } from "../src/contract/index.ts";
import { axeFindings, isShown, openBrowser } from "./support/browser.ts";
import { timing } from "./support/form-timing.ts";
import { eventually, startHub, type TestHub } from "./support/hub.ts";
import { PASSWORD, Person } from "./support/person.ts";
import { pushImage, repeatRepository, startTestRegistry, type TestRegistry } from "./support/registry.ts";

const REPOSITORIES = 500;
const VERSIONS = 50;
/** The machine may be busy with other things: the best of so many counts. */
const ROUNDS = 5;

let registry: TestRegistry;
let hub: TestHub;
let admin: Person;
let browser: Browser;
let context: BrowserContext;
let page: Page;

before(async () => {
  registry = await startTestRegistry();
  await pushImage(registry.origin, { repository: "lab/uspy", tags: ["2.0", "latest", "10.1"] });
  await pushImage(registry.origin, { repository: "lab/r", tags: ["4.4"] });
  hub = await startHub({ config: settings("[lab/*]") });
  assert.ok(hub.claimLink !== undefined);
  admin = new Person(hub.origin, hub.admin);
  await admin.claim(hub.claimLink);
  browser = await openBrowser();
  context = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 800 } });
  page = await context.newPage();
  await signIn(page);
});

after(async () => {
  await browser?.close();
  await hub?.destroy();
  await registry?.close();
});

function settings(repositories: string): string {
  return `engine: process
allowManyOnProcess: true
catalogue:
  registry: ${registry.address}
  repositories: ${repositories}
`;
}

async function signIn(tab: Page): Promise<void> {
  await tab.goto(`${hub.origin}/hub/login`);
  await tab.getByLabel("User name").fill(hub.admin);
  await tab.locator("input[name=password]").fill(PASSWORD);
  await tab.locator("form button[type=submit]").first().click();
  await tab.waitForURL(/\/hub\/(home|spawn)/);
}

async function assertWhole(tab: Page): Promise<void> {
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${tab.url()} is ${wide} px too wide`);
  assert.deepEqual(await axeFindings(tab), [], tab.url());
}

/** Sees what the page asks the hub to start, and answers in its place: nothing is started. */
async function watchStart(tab: Page): Promise<{ asked(): Promise<unknown> }> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await tab.route(/\/hub\/api\/users\/[^/]+\/server$/, async (route) => {
    resolve(route.request().postDataJSON());
    await route.fulfill({ status: 503, json: { status: 503, message: "Not now: this is a test." } });
  });
  return { asked: () => promise };
}

describe("choosing", () => {
  test("by keyboard alone: image, version, start; a tag pushed meanwhile is there when the field is opened", async () => {
    await page.goto(`${hub.origin}/hub/spawn`);
    const start = await watchStart(page);
    await page.getByRole("radio", { name: "Standard" }).focus();
    await page.keyboard.press("ArrowDown");
    const version = page.getByRole("combobox", { name: "Version" });
    await page.getByRole("combobox", { name: "Image" }).selectOption("lab/uspy");
    await page.waitForFunction(() => document.querySelectorAll("select")[1]?.options.length === 3);
    assert.deepEqual(await version.locator("option").allTextContents(), ["latest", "10.1", "2.0"]);
    await assertWhole(page);

    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["11.0"] });
    await page.getByRole("combobox", { name: "Image" }).focus();
    // Answers of the last second are not asked for again, whoever looks.
    while (!(await version.locator("option").allTextContents()).includes("11.0")) {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Shift+Tab");
      await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
    }
    await version.focus();
    // Once more would be the next one that begins so.
    await page.keyboard.type("1");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.deepEqual(await start.asked(), { user_options: { image: "lab/uspy", tag: "11.0" } });
    await page.getByText("Not now: this is a test.").waitFor();
    await page.unroute(/\/hub\/api\/users\/[^/]+\/server$/);
  });

  test("a registry that went away leaves what was known, and says so", async () => {
    await registry.stop();
    try {
      await page.goto(`${hub.origin}/hub/spawn`);
      await page.getByRole("radio", { name: /lab’s images/ }).check();
      await page
        .getByText(/cannot be reached|does not answer/)
        .first()
        .waitFor({ timeout: 10_000 });
      assert.equal(await page.getByRole("combobox", { name: "Image" }).inputValue(), "lab/r");
      await assertWhole(page);
    } finally {
      await registry.start();
    }
  });

  test("without script: a form for the image, another for its version", async () => {
    const plain = await browser.newContext({ storageState: await context.storageState(), javaScriptEnabled: false });
    const tab = await plain.newPage();
    await tab.goto(`${hub.origin}/hub/spawn`);
    await tab.getByRole("link", { name: "Start a server without JavaScript" }).click();
    await tab.getByLabel("Image").selectOption("lab/uspy");
    await tab.getByRole("button", { name: "Start" }).click();
    await tab.getByRole("heading", { name: "Choose a version" }).waitFor();
    const tags = await tab.getByLabel("Version").locator("option").allTextContents();
    assert.equal(tags[0]?.trim(), "latest");
    await plain.close();
  });

  test(`of ${REPOSITORIES} images with ${VERSIONS} versions each`, { timeout: 180_000 }, async (t) => {
    const versions = Array.from({ length: VERSIONS }, (_, nth) => `1.${nth}`);
    await pushImage(registry.origin, { repository: "many/image-0", tags: versions });
    const others = Array.from({ length: REPOSITORIES - 3 }, (_, nth) => `many/image-${nth + 1}`);
    await repeatRepository(registry, "many/image-0", others);
    hub.configure(settings("['*']"));
    const image = page.getByRole("combobox", { name: "Image" });
    const listed = page.getByRole("listbox").getByRole("option");
    await eventually(
      "the registry's images are listed",
      async () => {
        const seen = await admin.api("GET", "/hublet/catalogue");
        return seen.text.includes(`"many/image-${REPOSITORIES - 3}"`) || undefined;
      },
      20,
    );
    await page.addInitScript(`(${timing})()`);

    await t.test("their two fields are there within 200 ms, and so are another image's versions", async (t) => {
      const forms: number[] = [];
      const pages: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await page.goto(`${hub.origin}/hub/spawn`);
        await page.getByRole("radio", { name: /lab’s images/ }).waitFor();
        const { taken, sinceStart } = await page.evaluate(() => window.timing.open());
        forms.push(taken);
        pages.push(sinceStart);
      }
      const switches: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await image.click();
        await image.fill(`image-${REPOSITORIES - 10 * (round + 1)}`);
        switches.push(await page.evaluate(() => window.timing.choose()));
      }
      const all = (times: readonly number[]) => times.map((time) => Math.round(time)).join(", ");
      t.diagnostic(
        `fields after choosing their card: ${all(forms)} ms; after the page was asked for: ${all(pages)} ms`,
      );
      t.diagnostic(`another image's versions: ${all(switches)} ms`);
      assert.ok(Math.min(...forms) < 200, `the fields came after ${all(forms)} ms`);
      assert.ok(Math.min(...switches) < 200, `the versions came after ${all(switches)} ms`);
    });

    await t.test("one is found by typing, by going through them, and again after a change of mind", async () => {
      await page.goto(`${hub.origin}/hub/spawn`);
      await page.getByRole("radio", { name: /lab’s images/ }).check();
      // The browser's own list gives way to one that filters once there are many.
      await page.locator("input[role=combobox]").waitFor({ timeout: 15_000 });
      await image.focus();
      await page.keyboard.press("ArrowDown");
      assert.equal(await listed.count(), REPOSITORIES);
      await page.keyboard.press("ArrowUp");
      const last = listed.nth(REPOSITORIES - 1);
      assert.equal(await last.getAttribute("aria-selected"), "true");
      assert.equal(await image.getAttribute("aria-activedescendant"), await last.getAttribute("id"));
      assert.ok(await isShown(last), "what is marked is in sight");
      await page.keyboard.press("PageUp");
      assert.equal(await listed.nth(REPOSITORIES - 8).getAttribute("aria-selected"), "true");

      const typed = performance.now();
      await page.keyboard.type("many 27");
      await page.getByRole("option", { name: "many/image-270" }).waitFor();
      assert.ok(performance.now() - typed < 10_000, "typing keeps up");
      await assertWhole(page);
      for (const _letter of "many 27") await page.keyboard.press("Backspace");
      assert.equal(await image.inputValue(), "", "what was chosen does not come back between letters");
      await page.keyboard.type("many 27");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      assert.equal(await listed.count(), 0);
      assert.match(await image.inputValue(), /^many\/image-\d*27/);
      await page.waitForFunction(() => document.querySelector("select")?.value === "1.49");
      await image.focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Escape");
      assert.match(await image.inputValue(), /^many\/image-\d*27/);
    });

    await t.test("on a phone whose keyboard leaves half of the page", async () => {
      const size = page.viewportSize();
      await image.click();
      await page.setViewportSize({ width: 320, height: 330 });
      const chosen = listed.and(page.locator("[data-chosen]"));
      for (const part of [image, chosen, page.getByText(/images: type to find one/)])
        await eventually(`${part} is above the keyboard`, async () => (await isShown(part)) || undefined, 20);
      await page.keyboard.press("Escape");
      if (size !== null) await page.setViewportSize(size);
    });
  });
});

const BUILD: BuildView = {
  ...{ id: "b1", name: "lab/uspy", kind: "release", state: "done", by: "admin", message: "Released." },
  ...{ startedAt: "2026-11-22T04:00:00.000Z", endedAt: "2026-11-22T04:03:00.000Z", version: "2.1" },
  ...{ references: ["localhost:5000/lab/uspy:2.1"], imageId: null, digest: `sha256:${"ab".repeat(32)}` },
};

describe("the admins' pages of images", () => {
  test("a version is removed from the registry, after what follows from it was said", async () => {
    await page.goto(`${hub.origin}/hub/admin/images/registry`);
    await page.getByLabel("Search by name").fill("lab uspy");
    await page.locator("summary", { hasText: "lab/uspy" }).click();
    await page.getByRole("button", { name: "Remove lab/uspy:11.0 from the registry" }).click();
    await page.getByText("While somebody’s server runs with it, it stays.").waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("button", { name: "Remove version" }).click();
    await page.getByText(/is removed from the registry/).waitFor();
    await page.getByRole("button", { name: "Remove lab/uspy:11.0 from the registry" }).waitFor({ state: "detached" });
    assert.ok(await page.getByRole("button", { name: "Remove lab/uspy:latest from the registry" }).isVisible());
  });

  // This engine builds nothing: the hub's part is tested with one that does.
  test("a build's log is shown from its first line on, and the stream is left with its end", async () => {
    let opened = 0;
    const path = /\/hub\/api\/hublet\/builds\/b1(\/log)?(\?|$)/;
    await page.route(path, async (route) => {
      if (!route.request().url().includes("/log")) return route.fulfill({ json: { ...BUILD, state: "building" } });
      opened += 1;
      const lines = Array.from({ length: 300 }, (_, line) => `event: line\ndata: {"text": "STEP ${line}"}\n\n`);
      const body = `${lines.join("")}event: build\ndata: ${JSON.stringify(BUILD)}\n\n`;
      return route.fulfill({ headers: { "content-type": "text/event-stream" }, body });
    });
    await page.goto(`${hub.origin}/hub/admin/images/builds/b1`);
    await page.getByText("Done", { exact: true }).waitFor();
    const log = page.getByRole("region", { name: "Lines of the log" });
    await log.getByText(/STEP 299$/).waitFor();
    assert.match(await log.innerText(), /^STEP 0\n/);
    assert.ok(
      await log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40),
      "the end is in sight",
    );
    await assertWhole(page);
    assert.equal(opened, 1);
    await page.unroute(path);
  });

  test("a build is asked for from lists of packages", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await page.route(/\/hub\/api\/hublet\/builds$/, async (route) => {
      if (route.request().method() !== "POST") return route.fulfill({ json: { items: [] } });
      resolve(route.request().postDataJSON());
      return route.fulfill({ status: 503, json: { status: 503, message: "Not now: this is a test." } });
    });
    await page.goto(`${hub.origin}/hub/admin/images/builds`);
    await page.getByRole("heading", { name: "Nothing was built here yet" }).waitFor();
    await page.getByRole("button", { name: "New build" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("lab/geo");
    await page.getByLabel("System packages (apt)").fill("gdal-bin\ngraphviz");
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole("button", { name: "Build and release" }).click();
    assert.deepEqual(await promise, {
      ...{ name: "lab/geo", tags: [], release: true },
      environment: { apt: ["gdal-bin", "graphviz"], pip: [], conda: [], r: [] },
    });
    await page.getByText("Not now: this is a test.").waitFor();
  });
});
