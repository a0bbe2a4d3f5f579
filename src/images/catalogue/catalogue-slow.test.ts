import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../kernel/index.ts";
import { createRegistryClient } from "../registry/client.ts";
import type { RegistryClient } from "../registry/types.ts";
import { createCatalogue } from "./catalogue.ts";
import { EVERYBODY, silent, until } from "./looking.fixture.ts";

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
    // Patience ends at once and answers stay fresh: nothing here waits for real.
    const clock = { now: () => 0, sleep: async () => undefined };
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
    await catalogue.view(EVERYBODY);
    catalogue.touched("b");
    await catalogue.view(EVERYBODY);
    assert.equal(waiting.length, 4);
    waiting[3]?.(["a", "b"]);
    await until(
      () => catalogue.view(EVERYBODY),
      ({ repositories }) => repositories.length === 2,
    );
    waiting[2]?.(["a"]);
    await delay(0);
    assert.equal((await catalogue.view(EVERYBODY)).repositories.length, 2);
    await catalogue.close();
  });
});

describe("a registry that lists nothing", () => {
  test("offers what is named without a star, and says what to do when nothing is", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/v2/") response.end("{}");
      else if (request.url?.startsWith("/v2/lab/uspy/tags/list") === true)
        response.end(JSON.stringify({ tags: ["1"] }));
      else response.writeHead(404).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const registry = `127.0.0.1:${address.port}`;
    let repositories = ["lab/uspy"];
    const client = createRegistryClient({ address: registry });
    const catalogue = createCatalogue({
      settings: () => ({ registry, repositories, prefer: [], everyone: true }),
      client: () => client,
      clock: systemClock,
      log: silent,
    });
    try {
      const view = await catalogue.view({ images: ["lab/mine:2.*"] });
      assert.equal(view.state, "ready");
      assert.deepEqual(
        view.repositories.map(({ name }) => name),
        ["lab/mine", "lab/uspy"],
      );
      assert.deepEqual((await catalogue.tags(EVERYBODY, "lab/uspy")).tags, ["1"]);
      repositories = ["*"];
      const starred = await catalogue.view(EVERYBODY);
      assert.equal(starred.state, "unreachable");
      assert.match(starred.problem ?? "", /does not tell which repositories.*without “\*”/);
    } finally {
      await catalogue.close();
      await client.close();
      server.close();
    }
  });
});
