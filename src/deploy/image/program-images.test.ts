import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { machine, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { programImages } from "./program-images.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");

/** A program like this one with a few files of its own; packages are the real ones. */
function smallProgram(t: TestContext): { readonly root: string; write(path: string, text: string): void } {
  const root = mkdtempSync(join(tmpdir(), "hublet-program-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["src/main", "src/kernel", "src/http", "web/dist"])
    mkdirSync(join(root, folder), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(REPOSITORY, file), join(root, file));
  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  write("src/main/proxy.ts", 'import { pino } from "pino";\nimport { a } from "../kernel/a.ts";\n');
  write("src/kernel/a.ts", "export const a = 1;\n");
  write("src/http/b.ts", "export const b = 1;\n");
  write("web/dist/app.html", "<p>");
  return { root, write };
}

async function names(root: string): Promise<{ readonly hub: string; readonly proxy: string }> {
  const { hub, proxy } = await programImages({ root, architecture: machine() });
  return { hub: hub.reference, proxy: proxy.reference };
}

test("names follow from content: the proxy's only from what the proxy reaches", async (t) => {
  const { root, write } = smallProgram(t);
  const first = await names(root);
  assert.match(first.hub, /^localhost\/hublet-hub:\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  assert.match(first.proxy, /^localhost\/hublet-proxy:[0-9a-f]{12}$/);

  utimesSync(join(root, "src/http/b.ts"), 1, 1);
  write("src/http/b.test.ts", "not part of the program");
  write("web/dist/.sources", "a mark of the builder");
  assert.deepEqual(await names(root), first, "times, tests and marks are no content");

  write("src/http/b.ts", "export const b = 2;\n");
  const hubChanged = await names(root);
  assert.notEqual(hubChanged.hub, first.hub);
  assert.equal(hubChanged.proxy, first.proxy, "the proxy does not import it");

  write("src/kernel/a.ts", "export const a = 2;\n");
  const bothChanged = await names(root);
  assert.notEqual(bothChanged.hub, hubChanged.hub);
  assert.notEqual(bothChanged.proxy, first.proxy);
});

test("a new version alone leaves the proxy's image as it is; a new package of its own does not", async (t) => {
  const { root, write } = smallProgram(t);
  const first = await names(root);
  const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  write("package.json", JSON.stringify({ ...about, version: "99.0.0" }));
  const renamed = await names(root);
  assert.match(renamed.hub, /:99\.0\.0-/);
  assert.equal(renamed.proxy, first.proxy);

  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const changed = JSON.parse(lock);
  changed.packages["node_modules/fastify"].integrity = "sha512-other";
  write("package-lock.json", JSON.stringify(changed));
  assert.equal((await names(root)).proxy, first.proxy, "the proxy has no fastify");
  changed.packages["node_modules/pino"].integrity = "sha512-other";
  write("package-lock.json", JSON.stringify(changed));
  assert.notEqual((await names(root)).proxy, first.proxy);
});

test("what is missing is named with the command that makes it", async (t) => {
  const { root, write } = smallProgram(t);
  rmSync(join(root, "web/dist"), { recursive: true });
  await assert.rejects(names(root), /web\/dist.*npm run build -w web/);
  mkdirSync(join(root, "web/dist"));
  write("web/dist/app.html", "<p>");
  rmSync(join(root, "node_modules"));
  await assert.rejects(names(root), /npm ci --ignore-scripts/);
});

test("images for another processor cannot be made here", async () => {
  for (const architecture of [machine() === "x86_64" ? "aarch64" : "x86_64", "riscv64"])
    await assert.rejects(programImages({ root: REPOSITORY, architecture }), (error) => {
      assert.ok(error instanceof HubError && error.code === "host-unsuitable");
      return true;
    });
});
