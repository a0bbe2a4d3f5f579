import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pushImage, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { HubError } from "../../kernel/index.ts";
import { createRegistryClient } from "./client.ts";
import type { RegistryClient } from "./types.ts";

const OWN = process.arch === "x64" ? "amd64" : process.arch;

function failsWith(code: string, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

describe("a client of the real registry", () => {
  let registry: TestRegistry;
  let client: RegistryClient;

  before(async () => {
    registry = await startTestRegistry();
    client = createRegistryClient({ address: registry.address });
  });
  after(async () => {
    await client.close();
    await registry.close();
  });

  test("lists nothing of an empty one", async () => {
    await client.check();
    assert.deepEqual(await client.repositories(), []);
    assert.deepEqual(await client.tags("nobody/knows"), []);
    assert.equal(await client.digest("nobody/knows", "latest"), undefined);
    assert.equal(await client.config("nobody/knows", "latest"), undefined);
  });

  test("lists repositories and tags, and knows what a tag names the moment it is pushed", async () => {
    const first = await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1.0", "latest"] });
    assert.deepEqual(await client.repositories(), ["lab/uspy"]);
    assert.deepEqual([...(await client.tags("lab/uspy"))].sort(), ["1.0", "latest"]);
    assert.equal(await client.digest("lab/uspy", "latest"), first);
    const second = await pushImage(registry.origin, { repository: "lab/uspy", tags: ["latest"] });
    assert.notEqual(second, first);
    assert.equal(await client.digest("lab/uspy", "latest"), second);
    assert.equal(await client.digest("lab/uspy", first), first);
    assert.equal(await client.digest("lab/uspy", "2.0"), undefined);
  });

  test("reads what an image says of itself", async () => {
    const digest = await pushImage(registry.origin, {
      repository: "lab/facts",
      tags: ["1"],
      labels: { "org.example": "yes" },
      environment: ["A=1"],
    });
    const facts = await client.config("lab/facts", "1");
    assert.equal(facts?.digest, digest);
    assert.deepEqual(facts?.labels, { "org.example": "yes" });
    assert.deepEqual(facts?.environment, ["A=1"]);
    assert.equal(facts?.created, "2026-01-02T03:04:05Z");
    assert.ok((facts?.sizeBytes ?? 0) > 100);
    assert.equal((await client.config("lab/facts", digest))?.digest, digest);
  });

  test("of an index, the digest is the index's and the facts are this machine's", async () => {
    const index = await pushImage(registry.origin, {
      repository: "lab/many",
      tags: ["1"],
      architectures: ["riscv64", OWN],
    });
    assert.equal(await client.digest("lab/many", "1"), index);
    const facts = await client.config("lab/many", "1");
    assert.notEqual(facts?.digest, index);
    assert.notEqual(facts?.digest, undefined);
  });

  test("an image for other machines is told apart from none", async () => {
    await pushImage(registry.origin, { repository: "lab/other", tags: ["index"], architectures: ["riscv64", "s390x"] });
    await assert.rejects(
      client.config("lab/other", "index"),
      failsWith("image-unsuitable", new RegExp(`linux/${OWN}.*made for linux/riscv64, linux/s390x`)),
    );
    const foreign = createRegistryClient({ address: registry.address, architecture: "riscv64" });
    await assert.rejects(foreign.config("lab/uspy", "1.0"), failsWith("image-unsuitable", /linux\/riscv64/));
    await foreign.close();
  });

  test("removes a tag, and lists none when the last one is gone", async () => {
    await pushImage(registry.origin, { repository: "lab/short", tags: ["1"] });
    const removed = await client.remove("lab/short", "1");
    assert.deepEqual(removed.others, []);
    // The registry now says `"tags": null`, and still names the repository.
    assert.deepEqual(await client.tags("lab/short"), []);
    assert.ok((await client.repositories()).includes("lab/short"));
    await assert.rejects(client.remove("lab/short", "1"), failsWith("image-missing", /nothing was removed/));
  });

  test("does not remove other tags of the same content unless told to", async () => {
    await pushImage(registry.origin, { repository: "lab/shared", tags: ["2.1", "latest", "stable"] });
    await pushImage(registry.origin, { repository: "lab/shared", tags: ["2.0"] });
    await assert.rejects(client.remove("lab/shared", "2.1"), (error) => {
      assert.ok(error instanceof HubError);
      assert.deepEqual([...((error.facts?.others as string[]) ?? [])].sort(), ["latest", "stable"]);
      return failsWith("conflict", /latest/)(error);
    });
    assert.equal((await client.tags("lab/shared")).length, 4);
    const removed = await client.remove("lab/shared", "2.1", { others: true });
    assert.deepEqual([...removed.others].sort(), ["latest", "stable"]);
    assert.deepEqual(await client.tags("lab/shared"), ["2.0"]);
  });

  test("names that are none never reach the registry", async () => {
    for (const repository of ["../x", "lab/../../_catalog?", "LAB/x", "", "a b"])
      await assert.rejects(client.tags(repository), failsWith("bad-request", /no image/));
    for (const tag of ["../../x", "a/b", "?", "", "sha256:12"])
      await assert.rejects(client.digest("lab/uspy", tag), failsWith("bad-request", /no image/));
  });

  test("aborting ends a question with the signal's reason", async () => {
    await assert.rejects(client.repositories(AbortSignal.abort(new Error("enough"))), /enough/);
  });

  test("a registry that was away is found again", async () => {
    await registry.stop();
    await assert.rejects(
      client.tags("lab/uspy"),
      failsWith("registry-unreachable", /connection refused.*Check that it runs/),
    );
    await registry.start();
    assert.equal((await client.tags("lab/uspy")).length, 2);
  });

  test("2500 repositories come in pages", async () => {
    // As the registry lays them down: what has layers is a repository.
    for (let i = 0; i < 2500; i++) await mkdir(join(registry.storage, `many/r${i}/_layers`), { recursive: true });
    const names = await client.repositories();
    assert.equal(names.filter((name) => name.startsWith("many/")).length, 2500);
    assert.ok(names.includes("lab/uspy"));
  });
});

describe("a registry of limits", () => {
  test("one where deletion is switched off says so", async () => {
    const registry = await startTestRegistry({ deletion: false });
    const client = createRegistryClient({ address: registry.address });
    try {
      await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"] });
      await assert.rejects(client.remove("lab/uspy", "1"), failsWith("registry-refused", /deletion is switched off/));
      assert.deepEqual(await client.tags("lab/uspy"), ["1"]);
    } finally {
      await client.close();
      await registry.close();
    }
  });

  test("one that gives few at once is asked for all the same", async () => {
    const registry = await startTestRegistry({ mostListed: 3 });
    const client = createRegistryClient({ address: registry.address });
    try {
      for (let i = 0; i < 8; i++) await pushImage(registry.origin, { repository: `lab/r${i}`, tags: ["1"] });
      assert.equal((await client.repositories()).length, 8);
    } finally {
      await client.close();
      await registry.close();
    }
  });
});
