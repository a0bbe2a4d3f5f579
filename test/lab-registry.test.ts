/**
 * A lab's day with its own registry, on rootless Podman: release, choose in a browser, release the next version while twenty
 * people work, choose it at once, remove the old one, clean up while somebody still runs it, the registry away and back.
 */
/// <reference lib="dom" />
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { createPodmanDriver, type Driver } from "../src/drivers/index.ts";
import { randomHex } from "../src/kernel/index.ts";
import { openBrowser } from "./support/browser.ts";
import { ensureProgram, makeBusyboxRoot } from "./support/engines.ts";
import { type CliAnswer, eventually, freePort, hubIdOf, startHub, type TestHub } from "./support/hub.ts";
import { PASSWORD, Person } from "./support/person.ts";
import { pushImage, startTestRegistry } from "./support/registry.ts";

const PEOPLE = 20;
const SERVE = "exec busybox httpd -f -p {port} -h /opt/app -c /opt/app/httpd.conf";

const serversSchema = z.array(z.object({ user: z.string(), state: z.string(), image: z.string() }));
const imagesSchema = z.object({
  items: z.array(z.object({ references: z.array(z.string()), usedBy: z.array(z.object({ user: z.string() })) })),
});

describe("a lab with a registry of its own", { timeout: 900_000 }, () => {
  const mark = randomHex(3);
  const base = `localhost/hublet-test/lab-base-${mark}:1`;
  const names = Array.from({ length: PEOPLE }, (_, nth) => `p${mark}x${nth}`);
  let folder: string;
  let port: number;
  let hub: TestHub;
  let hubId: string;
  let driver: Driver;
  let admin: Person;
  let browser: Browser;
  let page: Page;

  before(async () => {
    await ensureProgram("docker-registry", "docker-registry");
    folder = mkdtempSync(join(tmpdir(), "hublet-lab-"));
    port = await freePort();
    hub = await startHub({ config: configured() });
    hubId = await hubIdOf(hub.state);
    driver = createPodmanDriver({ socketPath: join(hub.state, "run/engine.sock"), hub: hubId });
    const root = await makeBusyboxRoot();
    await driver.images?.importRoot(
      root.tarPath,
      {
        ...{ reference: base, entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/tmp" },
        ...{ environment: {}, labels: {} },
      },
      { signal: AbortSignal.timeout(60_000) },
    );
    await root.close();
    admin = new Person(hub.origin, hub.admin);
    await admin.claim(hub.claimLink ?? "");
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    await page.goto(`${hub.origin}/hub/login`);
    await page.getByLabel("User name").fill(hub.admin);
    await page.locator("input[name=password]").fill(PASSWORD);
    await page.locator("form button[type=submit]").first().click();
    await page.waitForURL(/\/hub\/(home|spawn)/);
  });
  after(async () => {
    await browser?.close();
    await driver?.close();
    await hub?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a release is chosen in a browser, and runs", async () => {
    await release("1.0");
    await choose("1.0");
    assert.match(await page.textContent("body").then((text) => text ?? ""), /app 1\.0/);
  });

  test("twenty people work while the next version is released; nobody is disturbed, and it can be chosen at once", async () => {
    for (const name of names) await start(name, "1.0");
    const before = await containers();
    assert.equal(before.size, PEOPLE + 1);
    await release("2.0");
    const released = Date.now();
    await stopMine();
    await choose("2.0");
    assert.match((await page.textContent("body")) ?? "", /app 2\.0/);
    assert.ok(Date.now() - released < 60_000);
    const now = await containers();
    for (const name of names) assert.equal(now.get(`jupyter-${name}`), before.get(`jupyter-${name}`), name);
  });

  test("the old version is not removed while somebody runs it, by nobody's word; then it is", async () => {
    const last = names[0] ?? "";
    for (const name of names.slice(1)) await stop(name);
    const refused = await hub.cli("image", "rm", "--registry", "lab/app:1.0");
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, new RegExp(`in use by ${last}`));
    await release("3.0");
    await release("4.0");
    const swept = await hub.cli("image", "gc", "--json");
    assert.equal(swept.code, 0, swept.stderr);
    assert.match(swept.stdout, new RegExp(`in use by ${last}`));
    assert.deepEqual(await usersOf("1.0"), [last]);
    assert.equal((await driver.observe(`jupyter-${last}`))?.running, true);
    await stop(last);
    assert.equal((await hub.cli("image", "rm", "--registry", "lab/app:1.0")).code, 0);
    const answer = await admin.api("POST", `/users/${last}/server`, { image: "lab/app", tag: "1.0" });
    const said = answer.status === 202 ? await failureOf(last) : answer.text;
    assert.match(said, /1\.0/);
    assert.match(said, /4\.0/, "what there is instead is named");
  });

  test("a registry that does not answer is said, leaves running servers alone, and is well again by itself", async () => {
    await start(names[1] ?? "", "4.0");
    const pid = registryPid();
    // Looked at once: what is known then is what is shown later.
    await admin.api("GET", "/hublet/catalogue/tags?repository=lab%2Fapp");
    process.kill(pid, "SIGSTOP");
    try {
      await eventually("nothing is fresh any more", async () => (await troubled()) || undefined, 60);
      const tags = await admin.api("GET", "/hublet/catalogue/tags?repository=lab%2Fapp");
      const { tags: known, problem } = z
        .object({ tags: z.array(z.string()), problem: z.string().nullable() })
        .parse(JSON.parse(tags.text));
      assert.ok(known.includes("4.0"));
      assert.notEqual(problem, null);
      assert.equal((await driver.observe(`jupyter-${names[1]}`))?.running, true);
      const refused = await releasing("5.0");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /localhost:\d+ .*(does|did) not answer/);
      assert.deepEqual(await usersOf("5.0"), []);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await eventually(
      "it answers again",
      async () =>
        (await admin.api("GET", "/hublet/catalogue/tags?repository=lab%2Fapp")).text.includes('"problem":null') ||
        undefined,
      30,
    );
    await start(names[2] ?? "", "4.0");
  });

  test("an outside registry: a wrong password is said as such, and the right one holds without a restart", async () => {
    const outside = await startTestRegistry({ account: { username: "lab", password: "the right one" } });
    try {
      await pushImage(outside.origin, {
        ...{ repository: "far/app", tags: ["1"], authorization: basic("lab", "the right one") },
      });
      await hub.writeSecret("far", "a wrong one");
      const more = {
        registries: { [outside.address]: { username: "lab", password: { secret: "far" } } },
        catalogue: { registry: outside.address },
      };
      hub.configure(configured(more));
      await seen(/"problem":"[^"]*(password|sign)/i);
      await hub.writeSecret("far", "the right one");
      await seen(/"far\/app"/);
      await seen(/"problem":null/);
    } finally {
      await outside.close();
    }
  });

  async function troubled(): Promise<boolean> {
    return !(await admin.api("GET", "/hublet/catalogue/tags?repository=lab%2Fapp")).text.includes('"problem":null');
  }

  function configured(more: object = {}): string {
    const server = {
      ...{ image: "localhost/none:1", protocol: "http", defaultUrl: "/", home: "/tmp/home", stopGrace: "1s" },
      ...{ command: ["/bin/sh", "-c", SERVE], memory: "64M", cpus: 0.2, pids: 32 },
    };
    // JSON, key by key: `listen` is put before it.
    const keys = Object.entries({ registry: { port }, server, people: { names }, ...more });
    return keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
  }

  async function seen(pattern: RegExp): Promise<void> {
    const look = async () => pattern.test((await admin.api("GET", "/hublet/catalogue")).text) || undefined;
    await eventually(`the catalogue says ${pattern}`, look, 30);
  }

  async function release(version: string): Promise<void> {
    const { code, stdout, stderr } = await releasing(version);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
  }

  function releasing(version: string): Promise<CliAnswer> {
    const source = join(folder, version);
    mkdirSync(source);
    writeFileSync(join(source, "app"), `#!/bin/sh\necho app ${version}\n`, { mode: 0o755 });
    writeFileSync(join(source, "page.html"), `<title>app</title><p>app ${version}</p>`);
    writeFileSync(join(source, "httpd.conf"), "E404:/opt/app/page.html\n");
    writeFileSync(join(source, "Containerfile"), "ARG BASE\nFROM $BASE\nCOPY . /opt/app/\n");
    const words = ["--name", "lab/app", "--build-arg", `BASE=${base}`, "--probe", "/opt/app/app"];
    return hub.cli("image", "release", source, ...words);
  }

  /** As a person does it on the start page. */
  async function choose(version: string): Promise<void> {
    await page.goto(`${hub.origin}/hub/spawn`);
    await page.getByRole("radio", { name: /lab’s images/ }).check();
    await page.getByRole("combobox", { name: "Image" }).selectOption("lab/app");
    await page.getByRole("combobox", { name: "Version" }).selectOption(version);
    await page.getByRole("button", { name: /^Start/ }).click();
    await page.waitForURL(new RegExp(`/user/${hub.admin}/`), { timeout: 120_000 });
  }

  async function stopMine(): Promise<void> {
    assert.equal((await hub.cli("server", "stop", hub.admin)).code, 0);
  }

  async function start(name: string, tag: string): Promise<void> {
    const answer = await admin.api("POST", `/users/${name}/server`, { image: "lab/app", tag });
    assert.ok([201, 202].includes(answer.status), answer.text);
    await eventually(`${name} works`, async () => ((await stateOf(name)) === "ready" ? true : undefined), 60);
  }

  async function stop(name: string): Promise<void> {
    await admin.api("DELETE", `/users/${name}/server`);
    await eventually(`${name} ended`, async () => ((await stateOf(name)) === undefined ? true : undefined), 60);
  }

  async function stateOf(name: string): Promise<string | undefined> {
    const { stdout } = await hub.cli("server", "list", "--json");
    return serversSchema.parse(JSON.parse(stdout)).find(({ user }) => user === name)?.state;
  }

  async function failureOf(name: string): Promise<string> {
    return eventually(
      `${name} fails`,
      async () => {
        const people = await admin.api("GET", `/hublet/people?search=${name}`);
        const { items } = z
          .object({
            items: z.array(
              z.object({ servers: z.array(z.object({ failure: z.object({ message: z.string() }).nullable() })) }),
            ),
          })
          .parse(JSON.parse(people.text));
        return items[0]?.servers[0]?.failure?.message;
      },
      60,
    );
  }

  async function usersOf(tag: string): Promise<string[]> {
    const answer = await admin.api("GET", "/hublet/images");
    const { items } = imagesSchema.parse(JSON.parse(answer.text));
    return items
      .filter(({ references }) => references.some((name) => name.endsWith(`lab/app:${tag}`)))
      .flatMap(({ usedBy }) => usedBy.map(({ user }) => user));
  }

  async function containers(): Promise<Map<string, string>> {
    return new Map((await driver.list(hubId)).map(({ name, id }) => [name, id]));
  }

  function registryPid(): number {
    const lines = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
    const line = lines.find((one) => /docker-registry serve/.test(one) && one.includes(hub.state));
    return Number.parseInt(line?.trim() ?? "", 10);
  }
});

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
