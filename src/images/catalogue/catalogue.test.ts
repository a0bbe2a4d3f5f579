import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pushImage, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { type ErrorCode, HubError, systemClock } from "../../kernel/index.ts";
import { createRegistryClient } from "../registry/client.ts";
import type { RegistryClient } from "../registry/types.ts";
import { createCatalogue } from "./catalogue.ts";
import type { Catalogue, CatalogueSettings } from "./types.ts";

const EVERYBODY = { images: [] };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function failsWith(code: ErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

/** What was asked of a registry: `repositories`, `tags lab/uspy`. */
function counted(client: RegistryClient): { readonly client: RegistryClient; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    client: {
      ...client,
      repositories: (signal) => {
        asked.push("repositories");
        return client.repositories(signal);
      },
      tags: (repository, signal) => {
        asked.push(`tags ${repository}`);
        return client.tags(repository, signal);
      },
    },
  };
}

async function until<T>(look: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ; await delay(20)) {
    const value = await look();
    if (good(value)) return value;
    assert.ok(Date.now() < end, JSON.stringify(value));
  }
}

describe("the catalogue of the real registry", () => {
  let registry: TestRegistry;
  let client: RegistryClient;
  let catalogue: Catalogue;
  let settings: CatalogueSettings | undefined;
  const heard: string[] = [];

  before(async () => {
    registry = await startTestRegistry();
    client = createRegistryClient({ address: registry.address });
    settings = { registry: registry.address, repositories: ["lab/*", "main"], prefer: ["main"], everyone: true };
    catalogue = createCatalogue({ settings: () => settings, client: () => client, clock: systemClock, log: silent });
    catalogue.subscribe(() => heard.push("changed"));
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1.9", "1.10", "latest"] });
    await pushImage(registry.origin, { repository: "main", tags: ["1"] });
    await pushImage(registry.origin, { repository: "hidden/x", tags: ["1.0", "2.0"] });
  });
  after(async () => {
    await catalogue.close();
    await client.close();
    await registry.close();
  });

  test("shows what is offered at the first look, preferred ones first", async () => {
    const view = await catalogue.view(EVERYBODY);
    assert.equal(view.state, "ready");
    assert.equal(view.problem, null);
    assert.equal(view.registry, registry.address);
    assert.ok(view.checkedAt !== null);
    assert.deepEqual(view.repositories, [
      { name: "main", preferred: true },
      { name: "lab/uspy", preferred: false },
    ]);
    assert.deepEqual((await catalogue.tags(EVERYBODY, "lab/uspy")).tags, ["latest", "1.10", "1.9"]);
  });

  test("shows a person what their groups name, and only those tags of it", async () => {
    const person = { images: [`${registry.address}/hidden/x:2.*`] };
    const names = (await catalogue.view(person)).repositories.map(({ name }) => name);
    assert.deepEqual(names, ["main", "hidden/x", "lab/uspy"]);
    assert.deepEqual((await catalogue.tags(person, "hidden/x")).tags, ["2.0"]);
    await assert.rejects(catalogue.tags(EVERYBODY, "hidden/x"), failsWith("forbidden", /not offered/));
    await assert.rejects(catalogue.resolve(EVERYBODY, "hidden/x", "2.0"), failsWith("forbidden", /not offered/));
    await assert.rejects(catalogue.resolve(person, "hidden/x", "1.0"), failsWith("forbidden", /Choose one of: 2\.0\./));
    await assert.rejects(catalogue.tags(person, "hidden/../main"), failsWith("forbidden", /not offered/));
  });

  test("says what a tag names now, and which there are when it is gone", async () => {
    const digest = await pushImage(registry.origin, { repository: "lab/uspy", tags: ["latest"] });
    assert.deepEqual(await catalogue.resolve(EVERYBODY, "lab/uspy", "latest"), {
      reference: `${registry.address}/lab/uspy@${digest}`,
      named: `${registry.address}/lab/uspy:latest`,
      digest,
    });
    await client.remove("lab/uspy", "latest");
    await assert.rejects(
      catalogue.resolve(EVERYBODY, "lab/uspy", "latest"),
      failsWith("image-missing", /no “latest” of .*Choose one of: 1\.10, 1\.9\./),
    );
    await assert.rejects(
      catalogue.resolve(EVERYBODY, "lab/uspy", "../../x"),
      failsWith("image-missing", /no “\.\.\/\.\.\/x”/),
    );
    await assert.rejects(
      catalogue.resolve(EVERYBODY, "lab/never", "1"),
      failsWith("image-missing", /No version of it is there/),
    );
  });

  test("shows a pushed repository and its tags without being told of them", async () => {
    await pushImage(registry.origin, { repository: "lab/new", tags: ["0.1"] });
    assert.deepEqual((await catalogue.tags(EVERYBODY, "lab/new")).tags, ["0.1"]);
    heard.length = 0;
    await until(
      () => catalogue.view(EVERYBODY),
      ({ repositories }) => repositories.some(({ name }) => name === "lab/new"),
    );
    assert.equal(heard.length, 1);
  });

  test("shows at once what it is told of", async () => {
    await catalogue.tags(EVERYBODY, "lab/new");
    await pushImage(registry.origin, { repository: "lab/new", tags: ["0.2"] });
    heard.length = 0;
    catalogue.touched("lab/new");
    assert.equal(heard.length, 1);
    assert.deepEqual((await catalogue.tags(EVERYBODY, "lab/new")).tags, ["0.2", "0.1"]);
  });

  test("lists a repository whose tags were all removed, without tags", async () => {
    await pushImage(registry.origin, { repository: "lab/emptied", tags: ["1"] });
    await client.remove("lab/emptied", "1");
    assert.deepEqual(await catalogue.tags(EVERYBODY, "lab/emptied"), {
      repository: "lab/emptied",
      tags: [],
      problem: null,
    });
  });

  test("gives what it knew while the registry is away, says so, and is well again after", async () => {
    const before = await until(
      () => catalogue.view(EVERYBODY),
      ({ repositories }) => repositories.some(({ name }) => name === "lab/emptied"),
    );
    const tags = await catalogue.tags(EVERYBODY, "lab/uspy");
    await registry.stop();
    const away = await until(
      () => catalogue.view(EVERYBODY),
      ({ state }) => state === "unreachable",
    );
    assert.match(away.problem ?? "", /cannot be reached: connection refused/);
    assert.deepEqual(away.repositories, before.repositories);
    assert.ok(away.checkedAt !== null);
    const stale = await until(
      () => catalogue.tags(EVERYBODY, "lab/uspy"),
      ({ problem }) => problem !== null,
    );
    assert.deepEqual(stale.tags, tags.tags);
    // A start needs the truth.
    await assert.rejects(catalogue.resolve(EVERYBODY, "main", "1"), failsWith("registry-unreachable", /refused/));
    heard.length = 0;
    await registry.start();
    await until(
      () => catalogue.view(EVERYBODY),
      ({ state, problem }) => state === "ready" && problem === null,
    );
    assert.equal(heard.length, 1);
    await until(
      () => catalogue.tags(EVERYBODY, "lab/uspy"),
      ({ problem }) => problem === null,
    );
  });

  test("follows the configuration, and is not there without one", async () => {
    const all = settings;
    assert.ok(all !== undefined);
    settings = { ...all, everyone: false };
    assert.equal(catalogue.available(EVERYBODY), false);
    assert.deepEqual((await catalogue.view(EVERYBODY)).repositories, []);
    assert.equal(catalogue.available({ images: ["lab/uspy"] }), true);
    assert.deepEqual((await catalogue.view({ images: ["lab/uspy"] })).repositories, [
      { name: "lab/uspy", preferred: false },
    ]);
    settings = undefined;
    assert.equal(catalogue.available({ images: ["lab/uspy"] }), false);
    await assert.rejects(catalogue.view(EVERYBODY), failsWith("not-found", /no catalogue/));
    settings = all;
  });
});

describe("a slow registry", () => {
  const settings = { registry: "localhost:5000", repositories: ["*"], prefer: [], everyone: true };

  function slow() {
    const waiting: ((names: readonly string[]) => void)[] = [];
    const answer = (): Promise<readonly string[]> => new Promise((resolve) => waiting.push(resolve));
    const never = async (): Promise<never> => await Promise.reject(new Error("not asked here"));
    const client: RegistryClient = {
      address: settings.registry,
      check: never,
      repositories: answer,
      tags: answer,
      digest: never,
      config: never,
      remove: never,
      close: async () => undefined,
    };
    // Patience ends at once: nothing here waits for real.
    const clock = { now: () => Date.now(), sleep: async () => undefined };
    return {
      waiting,
      catalogue: createCatalogue({ settings: () => settings, client: () => client, clock, log: silent }),
    };
  }

  test("does not hold anybody up: it is asked once, and its answer is there later", async () => {
    const { waiting, catalogue } = slow();
    const views = await Promise.all(Array.from({ length: 20 }, () => catalogue.view(EVERYBODY)));
    assert.ok(views.every(({ state, repositories }) => state === "loading" && repositories.length === 0));
    const tags = await catalogue.tags(EVERYBODY, "a");
    assert.match(tags.problem ?? "", /has not answered/);
    assert.equal(waiting.length, 2);
    const told = new Promise<void>((resolve) => catalogue.subscribe(resolve));
    waiting[0]?.(["a"]);
    await told;
    assert.equal((await catalogue.view(EVERYBODY)).state, "ready");
    await catalogue.close();
  });

  test("whose answer is from before a push does not hide it", async () => {
    const { waiting, catalogue } = slow();
    await catalogue.tags(EVERYBODY, "a");
    catalogue.touched("a");
    await catalogue.tags(EVERYBODY, "a");
    assert.equal(waiting.length, 2);
    waiting[1]?.(["1", "2"]);
    await until(
      () => catalogue.tags(EVERYBODY, "a"),
      ({ tags }) => tags.length === 2,
    );
    waiting[0]?.(["1"]);
    await delay(0);
    assert.deepEqual((await catalogue.tags(EVERYBODY, "a")).tags, ["2", "1"]);
    await catalogue.close();
  });
});

describe("a registry of 500 repositories with 50 tags each", () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await startTestRegistry();
    const tags = Array.from({ length: 50 }, (_, i) => `1.${i}`);
    await pushImage(registry.origin, { repository: "lab/r000", tags });
    // As the registry lays them down, as far as lists are made of it; pushing all would take minutes.
    for (let i = 1; i < 500; i++) {
      const folder = join(registry.storage, `lab/r${String(i).padStart(3, "0")}`);
      mkdirSync(join(folder, "_layers"), { recursive: true });
      for (const tag of tags) mkdirSync(join(folder, "_manifests/tags", tag), { recursive: true });
    }
  });
  after(() => registry.close());

  test("is shown within 200 ms, and 20 who look at once ask it once", async (t) => {
    const settings = { registry: registry.address, repositories: ["*"], prefer: ["lab/r4*"], everyone: true };
    const { client, asked } = counted(createRegistryClient({ address: registry.address }));
    const catalogue = createCatalogue({
      settings: () => settings,
      client: () => client,
      clock: systemClock,
      log: silent,
    });
    const look = async (): Promise<number> => {
      const started = performance.now();
      const { repositories } = await catalogue.view(EVERYBODY);
      const [first] = repositories;
      const { tags } = await catalogue.tags(EVERYBODY, first?.name ?? "");
      const taken = performance.now() - started;
      assert.equal(repositories.length, 500);
      assert.equal(tags.length, 50);
      return taken;
    };
    try {
      const cold = await look();
      const warm = await look();
      await delay(1_100);
      const stale = await look();
      await delay(1_100);
      asked.length = 0;
      const many = await Promise.all(Array.from({ length: 20 }, look));
      const slowest = Math.max(...many);
      t.diagnostic(
        `cold ${cold | 0} ms, warm ${warm | 0} ms, not fresh ${stale | 0} ms, slowest of 20 ${slowest | 0} ms`,
      );
      assert.deepEqual([...asked].sort(), ["repositories", "tags lab/r400"]);
      assert.ok(warm < 50 && stale < 200 && slowest < 400, `${warm} ${stale} ${slowest}`);
    } finally {
      await catalogue.close();
      await client.close();
    }
  });
});
