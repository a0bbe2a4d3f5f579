import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_FORM, hasPackages, specOf } from "./build-form.ts";

test("packages are split at spaces, commas and lines, requirements of pip at lines alone", () => {
  const spec = specOf({
    ...EMPTY_FORM,
    name: " lab/uspy ",
    tags: "2026w, next",
    apt: "graphviz  # for plots\n\n# fonts\nfonts-noto, make",
    pip: "numpy >=2, <3\nscipy",
    release: false,
  });
  assert.deepEqual(spec, {
    name: "lab/uspy",
    tags: ["2026w", "next"],
    release: false,
    environment: { apt: ["graphviz", "fonts-noto", "make"], pip: ["numpy >=2, <3", "scipy"], conda: [], r: [] },
  });
});

test("a base alone is something to build, remarks are nothing", () => {
  assert.equal(hasPackages(EMPTY_FORM), false);
  assert.equal(hasPackages({ ...EMPTY_FORM, apt: "# later" }), false);
  assert.equal(hasPackages({ ...EMPTY_FORM, base: "debian:13" }), true);
  assert.equal(specOf({ ...EMPTY_FORM, base: "debian:13" }).environment?.base, "debian:13");
});
