/** Builds in the admins' pages: what the hub tells by its event stream is shown, and nothing is asked for in between. */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildView } from "../src/contract/index.ts";
import { openBrowser } from "./support/browser.ts";
import { startHub } from "./support/hub.ts";
import { PASSWORD, Person } from "./support/person.ts";

declare global {
  interface Window {
    /** The page's event stream: the test's own in its place. */
    told: EventTarget;
  }
}

const DONE: BuildView = {
  ...{ id: "b1", name: "lab/uspy", kind: "release", state: "done", by: "admin", message: "Released." },
  ...{ startedAt: "2026-11-22T04:00:00.000Z", endedAt: "2026-11-22T04:03:00.000Z", version: "2.1" },
  ...{ references: ["localhost:5000/lab/uspy:2.1"], imageId: null, digest: null },
};

/** Runs in the page: a stream of which the test says what comes. */
function ownStream(): void {
  class Told extends EventTarget {
    readyState = 1;
    constructor() {
      super();
      window.told = this;
      queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
    close(): void {
      this.readyState = 2;
    }
  }
  window.EventSource = Told as unknown as typeof EventSource; // all that the page uses of it
}

test("the list of builds follows the event stream and is asked for once, and again when an answer was overtaken", async (t) => {
  const hub = await startHub({ config: "engine: process\nallowManyOnProcess: true\n" });
  t.after(() => hub.destroy());
  assert.ok(hub.claimLink !== undefined);
  await new Person(hub.origin, hub.admin).claim(hub.claimLink);
  const browser = await openBrowser();
  t.after(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(`${hub.origin}/hub/login`);
  await tab.getByLabel("User name").fill(hub.admin);
  await tab.locator("input[name=password]").fill(PASSWORD);
  await tab.locator("form button[type=submit]").first().click();
  await tab.waitForURL(/\/hub\/(home|spawn)/);

  await tab.addInitScript(`(${ownStream})()`);
  const building: BuildView = { ...DONE, state: "building", endedAt: null, message: "Building" };
  const answers: (() => Promise<void>)[] = [];
  const asked: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  await tab.route(/\/hub\/api\/hublet\/builds$/, async (route) => {
    answers.push(() => route.fulfill({ json: { items: [building] } }));
    asked[answers.length - 1]?.resolve();
  });
  const tell = (build: BuildView) =>
    tab.evaluate((data) => window.told.dispatchEvent(new MessageEvent("build", { data })), JSON.stringify(build));
  await tab.goto(`${hub.origin}/hub/admin/images/builds`);
  await asked[0]?.promise;
  // What is on its way says less than this.
  await tell(building);
  await asked[1]?.promise;
  await answers[1]?.();
  const list = tab.getByRole("list", { name: "Builds" });
  await list.getByText("Building", { exact: true }).first().waitFor();
  await tell({ ...building, id: "b2", name: "lab/next", state: "queued" });
  await list.getByText("lab/next").waitFor();
  await tell(DONE);
  await list.getByText("Done", { exact: true }).waitFor();
  assert.equal(answers.length, 2);
});
