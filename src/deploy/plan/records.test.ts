import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { mainFile } from "./earlier.ts";
import { nextGeneration, recordsFrom } from "./records.ts";
import type { Generation } from "./types.ts";

const GENERATION: Generation = {
  ...{ number: 2, created: "2026-01-01T00:00:00.000Z", by: "ada", version: "1.0.0" },
  ...{ images: {}, units: {}, configuration: { "hublet.yaml": "name: Ä\n", "lab.key": null } },
  ...{ databaseBackup: null, databaseVersion: null },
};

function listing(files: Readonly<Record<string, string>>, folders: readonly string[]): string {
  const lines = Object.entries(files).map(([path, text]) => `${path} ${Buffer.from(text).toString("base64")}`);
  return [...lines, ...folders, ""].join("\n");
}

test("a host without records has none", () => {
  const records = recordsFrom("", "/records");
  assert.equal(records.current, undefined);
  assert.equal(nextGeneration(records), 1);
});

test("reads the present generation, those that are complete, and what belongs to them", () => {
  const records = recordsFrom(
    listing(
      {
        current: "2\n",
        recipient: "age1x\n",
        "missed-images": "a:1\nb:2\n",
        "generations/2/manifest.json": JSON.stringify(GENERATION),
      },
      [
        ...["generations/1", "generations/1/manifest.json", "generations/10", "generations/10/manifest.json"],
        ...["generations/2", "generations/2/manifest.json", "generations/2/database", "generations/3/database"],
        ...["generations/3/restored-from-1"],
      ],
    ),
    "/records",
  );
  assert.deepEqual(records.current, GENERATION);
  assert.deepEqual(records.numbers, [1, 2, 10]);
  assert.deepEqual(records.withDatabase, [2, 3]);
  assert.deepEqual(records.restored, [{ number: 3, from: 1 }]);
  assert.equal(records.recipient, "age1x");
  assert.deepEqual(records.missedImages, ["a:1", "b:2"]);
  assert.equal(nextGeneration(records), 3);
});

test("an apply that ended before it was the present one begins the same generation again", () => {
  const records = recordsFrom(listing({}, ["generations/1", "generations/1/manifest.json"]), "/records");
  assert.equal(nextGeneration(records), 1);
});

test("a damaged record is said with its path", () => {
  assert.throws(
    () => recordsFrom(listing({ current: "2", "generations/2/manifest.json": "{" }, []), "/records"),
    (error: unknown) =>
      error instanceof HubError &&
      error.code === "state-unusable" &&
      error.message.includes("/records/generations/2/manifest.json"),
  );
});

test("a host cannot name files outside of its configuration's folder, which would be written where one asks from", () => {
  for (const path of ["../../.bashrc", "/etc/cron.d/x", "a/../../x", "a//b", ""]) {
    const manifest = JSON.stringify({ ...GENERATION, configuration: { [path]: "x" } });
    assert.throws(
      () => recordsFrom(listing({ current: "2", "generations/2/manifest.json": manifest }, []), "/records"),
      (error: unknown) => error instanceof HubError && error.code === "state-unusable",
      path,
    );
  }
});

test("nor a main file outside of it", () => {
  const hub = (path: string): Generation => ({
    ...GENERATION,
    units: { ".config/containers/systemd/hublet-hub.container": `Environment=HUBLET_CONFIG=${path}\n` },
  });
  assert.equal(mainFile(hub("/etc/hublet/hosts/lab.yaml"), "hublet"), "hosts/lab.yaml");
  assert.equal(mainFile(hub("/etc/hublet/../../home/ada/hublet.yaml"), "hublet"), "hublet.yaml");
});
