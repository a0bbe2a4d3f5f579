import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { BUILD_OPTIONS, type BuildWords, carriedWords, wantedBuild } from "./wanted.ts";

let cwd: string;

before(() => {
  cwd = mkdtempSync(join(tmpdir(), "hublet-wanted-"));
  mkdirSync(join(cwd, "uspy"));
  writeFileSync(join(cwd, "uspy/Containerfile"), "FROM scratch\n");
  writeFileSync(join(cwd, "apt.txt"), "tree\n");
});
after(() => rmSync(cwd, { recursive: true }));

async function specOf(words: readonly string[], given: object, release = false) {
  const missing = {
    name: undefined,
    file: undefined,
    target: undefined,
    probe: undefined,
    base: undefined,
    context: undefined,
    spec: undefined,
  };
  const options: BuildWords = { ...missing, ...z.object(BUILD_OPTIONS).parse(given) };
  const { spec, context, close } = await wantedBuild({ cwd, note: () => undefined }, words, options, release);
  const isFolder = context !== undefined;
  context?.destroy();
  await close();
  return { spec, isFolder, options };
}

test("a folder gives the image its name, and options say the rest", async () => {
  const given = { target: "gpu", buildArg: ["USPY=2.1", "EMPTY="], probe: "python3 -V", tag: ["stable"] };
  const { spec, isFolder } = await specOf(["uspy"], given, true);
  assert.ok(isFolder);
  assert.deepEqual([spec.name, spec.target, spec.tags, spec.release], ["uspy", "gpu", ["stable"], true]);
  assert.deepEqual([spec.args, spec.versionProbe], [{ USPY: "2.1", EMPTY: "" }, ["python3", "-V"]]);
});

test("Docker's name for the file is taken where there is no other, and a folder without either is refused at once", async () => {
  mkdirSync(join(cwd, "singleuser"));
  writeFileSync(join(cwd, "singleuser/Dockerfile"), "FROM scratch\n");
  assert.equal((await specOf(["uspy"], {})).spec.file, "Containerfile");
  assert.equal((await specOf(["singleuser"], {})).spec.file, "Dockerfile");
  mkdirSync(join(cwd, "empty"));
  await assert.rejects(specOf(["empty"], {}), /empty has neither a Containerfile nor a Dockerfile.*--file.*--apt/);
  await assert.rejects(specOf(["uspy"], { file: "Dockerfile" }), /uspy has no file Dockerfile/);
  await assert.rejects(specOf(["nowhere"], {}), /nowhere is no folder/);
});

test("lists of packages come from options and files together, and need no folder", async () => {
  const { spec, isFolder } = await specOf([], { name: "lab/x", apt: ["jq"], environment: ["apt.txt"], pip: ["lmfit"] });
  assert.equal(isFolder, false);
  assert.deepEqual(spec.environment, { apt: ["jq", "tree"], pip: ["lmfit"], conda: [], r: [] });
  const own = await specOf([], { name: "lab/x", fromDistribution: true });
  assert.equal(own.spec.environment?.base, "localhost/hublet/notebook");
});

test("what is said goes whole to a hub in a container", async () => {
  const { spec, options } = await specOf(["uspy"], { detach: true });
  const words = carriedWords("build", spec, options, true);
  const carried = words.find((word) => word.startsWith("--spec="))?.slice("--spec=".length) ?? "";
  assert.deepEqual(JSON.parse(Buffer.from(carried, "base64url").toString("utf8")), spec);
  assert.deepEqual(
    [words.slice(0, 2), words.slice(3)],
    [
      ["image", "build"],
      ["--detach", "--json"],
    ],
  );
});

test("what does not fit together is refused before anything is sent", async () => {
  const rows: readonly (readonly [readonly string[], object, RegExp])[] = [
    [["uspy"], { apt: ["jq"] }, /one of them/],
    [["."], {}, /--name/],
    [[], { name: "x", apt: ["jq"], target: "gpu" }, /for a Containerfile/],
    [[], { name: "x", apt: ["jq"], buildArg: ["A=b"] }, /for a Containerfile/],
    [[], { name: "x", base: "a:1", fromDistribution: true }, /exclude/],
    [["uspy"], { buildArg: ["NAME"] }, /NAME=VALUE/],
    [[], { name: "x", environment: ["nowhere.yml"] }, /cannot be read/],
  ];
  for (const [words, given, message] of rows)
    await assert.rejects(specOf(words, given), { code: "usage", message }, JSON.stringify(given));
});
