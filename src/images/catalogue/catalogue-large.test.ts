import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pushImage, repeatRepository, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { systemClock } from "../../kernel/index.ts";
import { createRegistryClient } from "../registry/client.ts";
import type { RegistryClient } from "../registry/types.ts";
import { createCatalogue } from "./catalogue.ts";
import { EVERYBODY, silent } from "./looking.fixture.ts";

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

describe("a registry of 500 repositories with 50 tags each", () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await startTestRegistry();
    const tags = Array.from({ length: 50 }, (_, i) => `1.${i}`);
    await pushImage(registry.origin, { repository: "lab/r000", tags });
    const others = Array.from({ length: 499 }, (_, i) => `lab/r${String(i + 1).padStart(3, "0")}`);
    await repeatRepository(registry, "lab/r000", others);
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
