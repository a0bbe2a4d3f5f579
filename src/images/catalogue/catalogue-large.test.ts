import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pushImage, repeatRepository, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { systemClock } from "../../kernel/index.ts";
import { createRegistryClient } from "../registry/client.ts";
import type { RegistryClient } from "../registry/types.ts";
import { createCatalogue } from "./catalogue.ts";
import { EVERYBODY, silent, until } from "./looking.fixture.ts";

/** Times that are measured; the best counts, since other work of the machine lengthens any of them. */
const ROUNDS = 5;

interface Counted {
  readonly client: RegistryClient;
  /** What was asked: `repositories`, `tags lab/uspy`. */
  readonly asked: string[];
  /** Resolves when all that was asked is answered. */
  answered(): Promise<unknown>;
}

function counted(client: RegistryClient): Counted {
  const asked: string[] = [];
  const answers: Promise<unknown>[] = [];
  const note = <T>(question: string, answer: Promise<T>): Promise<T> => {
    asked.push(question);
    answers.push(answer);
    return answer;
  };
  return {
    asked,
    answered: () => Promise.allSettled(answers),
    client: {
      ...client,
      repositories: (signal) => note("repositories", client.repositories(signal)),
      tags: (repository, signal) => note(`tags ${repository}`, client.tags(repository, signal)),
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
    const { client, asked, answered } = counted(createRegistryClient({ address: registry.address }));
    let ahead = 0;
    const catalogue = createCatalogue({
      settings: () => settings,
      client: () => client,
      clock: { ...systemClock, now: () => Date.now() + ahead },
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
    const grownOld = async (): Promise<void> => {
      await answered();
      ahead += 60_000;
    };
    try {
      // A registry that was not asked before walks its folders first.
      await until(
        () => catalogue.view(EVERYBODY),
        ({ repositories }) => repositories.length === 500,
      );
      await look();
      const warm: number[] = [];
      const stale: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        warm.push(await look());
        await grownOld();
        stale.push(await look());
      }
      await grownOld();
      asked.length = 0;
      const many = await Promise.all(Array.from({ length: 20 }, look));
      const all = (times: readonly number[]): string => times.map((time) => Math.round(time)).join(", ");
      t.diagnostic(`ms: known ${all(warm)}; not fresh ${all(stale)}; 20 at once ${all(many)}`);
      assert.deepEqual([...asked].sort(), ["repositories", "tags lab/r400"]);
      assert.ok(Math.min(...warm) < 200, all(warm));
      assert.ok(Math.min(...stale) < 200, all(stale));
    } finally {
      await catalogue.close();
      await client.close();
    }
  });
});
