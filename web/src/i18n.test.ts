import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTexts, MORE } from "./i18n.ts";
import { en } from "./locales/en.ts";
import { enMore } from "./locales/en-more.ts";

/** Folders whose components stand on the page before the later texts are there. */
const FIRST = ["shell", "home", "start", "starting", "parts"];

test("what is shown at first needs no text that comes later", () => {
  const missing = FIRST.flatMap((folder) => globSync(join(import.meta.dirname, folder, "*.{ts,tsx}"))).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:\bt\(|i18nKey=)[`"]([a-z]+)\./gi)]
      .map(([, section = ""]) => section)
      .filter((section) => !Object.hasOwn(en, section))
      .map((section) => `${file}: ${section}`),
  );
  assert.deepEqual(missing, []);
});

test("no section stands in both catalogues, where one would hide the other", () => {
  assert.deepEqual(
    Object.keys(en).filter((section) => Object.hasOwn(enMore, section)),
    [],
  );
});

test("later texts are found once they are there", async () => {
  const texts = await createTexts();
  assert.equal(texts.t("admin.title"), "admin.title");
  await texts.loadNamespaces(MORE);
  assert.equal(texts.t("admin.title"), "People");
  assert.equal(texts.t("home.open"), "Open");
  assert.equal(texts.t("bulk.added", { count: 2, group: "staff" }), "2 people are in staff now.");
});
