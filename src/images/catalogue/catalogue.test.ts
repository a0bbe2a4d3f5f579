import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pushImage, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { systemClock } from "../../kernel/index.ts";
import { createRegistryClient } from "../registry/client.ts";
import type { RegistryClient } from "../registry/types.ts";
import { createCatalogue } from "./catalogue.ts";
import { EVERYBODY, failsWith, silent, until } from "./looking.fixture.ts";
import type { Catalogue, CatalogueSettings } from "./types.ts";

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
