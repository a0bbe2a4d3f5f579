/// <reference lib="dom" />
/** The product in one test: from `hublet up` to a saved notebook, as a person does it in a browser. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axeFindings, labUsable, openBrowser } from "./support/browser.ts";
import { hubUid, startHub, type TestHub } from "./support/hub.ts";

// The distribution's own jupyterhub-singleuser, not the launcher that our image puts before it.
const CONFIG = `
profiles:
  - {name: jupyterhub, title: With JupyterHub inside, protocol: jupyterhub, command: [/usr/bin/jupyterhub-singleuser]}
  - {name: plain, title: Plain JupyterLab, protocol: http}
`;
const PASSWORD = "correct horse battery staple";

let hub: TestHub;
let browser: Browser;
let context: BrowserContext;
let page: Page;

before(async () => {
  hub = await startHub({ config: CONFIG });
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await hub?.destroy();
});

test("the one-time link makes the first admin, once", async () => {
  assert.ok(hub.claimLink !== undefined, "a link was printed");
  await page.goto(hub.claimLink);
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.waitForURL(/\/hub\/home/);

  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await second.goto(hub.claimLink);
  assert.equal(await second.locator("input[type=password]").count(), 0, "a used link asks for no password");
  await stranger.close();
});

for (const profile of ["With JupyterHub inside", "Plain JupyterLab"]) {
  test(`a notebook is made, run, saved, and found again after a stop: ${profile}`, { timeout: 400_000 }, async () => {
    const notebook = profile.startsWith("Plain") ? "plain.ipynb" : "hub.ipynb";
    await start(profile);
    await runCell(notebook);
    assert.equal(await output(), "42");

    await page.reload();
    await labUsable(page, 60);
    await page.locator(".jp-Notebook .jp-OutputArea-output").first().waitFor({ timeout: 60_000 });
    assert.equal(await output(), "42", "the saved notebook is there after a reload");

    await stopServer();
    await start(profile);
    await page.goto(`${hub.origin}/user/${hub.admin}/lab/tree/${notebook}?reset`);
    await labUsable(page, 60);
    await page.locator(".jp-Notebook .jp-OutputArea-output").first().waitFor({ timeout: 60_000 });
    assert.equal(await output(), "42", "the saved notebook is there after a stop and a start");
    assert.match(await page.locator(".jp-Notebook .jp-InputArea-editor").first().innerText(), /print\(6\s*\*\s*7\)/);
    await stopServer();
  });
}

test("what Hublet itself adds to a start stays under 0.3 s", () => {
  const starts = [...hub.output().matchAll(/server ready .*oursMs=(\d+)/g)].map((match) => Number(match[1]));
  assert.ok(starts.length >= 4, `starts were measured: ${starts.length}`);
  const median = starts.toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? Number.POSITIVE_INFINITY;
  assert.ok(median < 300, `ours, in ms: ${starts.join(", ")}`);
});

test("nothing that faces people runs as root", async () => {
  const uid = await hubUid();
  assert.notEqual(uid, 0);
  for (const part of ["hub", "proxy"] as const) {
    const status = execFileSync("grep", ["^Uid:", `/proc/${await hub.pidOf(part)}/status`], { encoding: "utf8" });
    assert.deepEqual(status.trim().split(/\s+/).slice(1), Array(4).fill(String(uid)), part);
  }
});

test("the pages are whole on a phone, by keyboard, and for axe", { timeout: 120_000 }, async () => {
  // axe is a script of ours that the pages' content policy rightly refuses.
  const visitor = await browser.newContext({
    storageState: await context.storageState(),
    bypassCSP: true,
    viewport: { width: 390, height: 844 },
  });
  const phone = await visitor.newPage();
  for (const path of ["/hub/home", "/hub/spawn", "/hub/token", "/hub/account", "/hub/admin"]) {
    await phone.goto(hub.origin + path);
    await phone.locator("h1").first().waitFor();
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `${path} is ${wide} px too wide for a phone`);
    assert.deepEqual(await axeFindings(phone), [], path);
  }
  await visitor.close();
});

/** From the home page to a Lab that can be worked with. */
async function start(profile: string): Promise<void> {
  await page.goto(`${hub.origin}/hub/spawn`);
  await page.getByRole("radio", { name: profile }).check();
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/[^/]+\/lab/, { timeout: 240_000 });
  await labUsable(page, 120);
}

/** Makes a notebook of that name through Jupyter's own API, opens it, types, runs, saves. */
async function runCell(name: string): Promise<void> {
  await page.evaluate(async (file) => {
    const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as {
      baseUrl: string;
      token?: string;
    };
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";
    const content = {
      cells: [{ cell_type: "code", source: "", metadata: {}, outputs: [], execution_count: null, id: "first" }],
      metadata: { kernelspec: { name: "python3", display_name: "Python 3" } },
      nbformat: 4,
      nbformat_minor: 5,
    };
    const answer = await fetch(`${config.baseUrl}api/contents/${file}`, {
      method: "PUT",
      headers: {
        "content-type": "application/json",
        "x-xsrftoken": decodeURIComponent(xsrf),
        ...(config.token ? { authorization: `token ${config.token}` } : {}),
      },
      body: JSON.stringify({ type: "notebook", format: "json", content }),
    });
    if (!answer.ok) throw new Error(`the notebook could not be made: ${answer.status}`);
  }, name);
  await page.goto(`${hub.origin}/user/${hub.admin}/lab/tree/${name}?reset`);
  await labUsable(page, 60);
  const editor = page.locator(".jp-Notebook .jp-InputArea-editor .cm-content").first();
  await editor.waitFor({ timeout: 60_000 });
  // What is typed before the kernel is there would be run by none.
  await page.getByText("Python 3 (ipykernel) | Idle").waitFor({ timeout: 60_000 });
  await editor.click();
  await page.keyboard.type("print(6*7)");
  await page.keyboard.press("Shift+Enter");
  await page.locator(".jp-Notebook .jp-OutputArea-output").first().waitFor({ timeout: 90_000 });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+s");
  await page.waitForFunction(() => document.querySelector(".jp-mod-dirty") === null, undefined, { timeout: 30_000 });
}

async function output(): Promise<string> {
  return (await page.locator(".jp-Notebook .jp-OutputArea-output").first().innerText()).trim();
}

async function stopServer(): Promise<void> {
  await page.goto(`${hub.origin}/hub/home`);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: /stop/i }).click();
  await page
    .getByRole("button", { name: /^Start/ })
    .first()
    .waitFor({ timeout: 60_000 });
}
