/// <reference lib="dom" />
/** Chromium as a person's browser, on loopback pages only. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Without these Chromium calls its maker's hosts at every start. */
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/**
 * Starts Chromium. Fails, never skips, where there is none.
 * @param home folder that it takes for the person's home: authorities that they trust are below it
 */
export async function openBrowser(home?: string): Promise<Browser> {
  const executablePath = PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error("Chromium is not installed; “./hublet test” installs it.");
  // Chromium refuses to run sandboxed as root, and the tests visit nothing but the hub.
  return chromium.launch({
    executablePath,
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
    args: [...QUIET, "--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
}

/** Waits until JupyterLab can be worked with. */
export async function labUsable(page: Page, seconds: number): Promise<void> {
  await page.waitForSelector("#jp-main-dock-panel", { timeout: seconds * 1000 });
  await page.waitForSelector("#jupyterlab-splash", { state: "detached", timeout: seconds * 1000 });
}

/** What axe finds wrong with a page, each with the first element it is about. The context must bypass the content policy. */
export async function axeFindings(target: Page): Promise<string[]> {
  await target.addScriptTag({ path: new URL(import.meta.resolve("axe-core/axe.min.js")).pathname });
  return target.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120) ?? ""}`);
  });
}

/** Whether all of its height can be seen, in the window and in the list that it is in. */
export async function isShown(part: Locator): Promise<boolean> {
  return part.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    const around = element.closest("[role=listbox]")?.getBoundingClientRect();
    const [from, to] = [
      Math.max(around?.top ?? 0, 0),
      Math.min(around?.bottom ?? window.innerHeight, window.innerHeight),
    ];
    return bottom > top && top >= from - 1 && bottom <= to + 1;
  });
}
