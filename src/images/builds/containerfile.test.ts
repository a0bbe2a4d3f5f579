import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EnvironmentSpec, environmentSchema } from "../../contract/index.ts";
import { checkEnvironment, environmentContainerfile } from "./containerfile.ts";

const BASE = { reference: "quay.io/jupyter/scipy-notebook:2025-12-31", user: "1000", fromDistribution: false };

function fileOf(environment: Partial<EnvironmentSpec>, base: Partial<typeof BASE> = {}, aptFolder?: string): string {
  const whole = environmentSchema.parse(environment);
  checkEnvironment(whole, base.fromDistribution ?? false);
  return environmentContainerfile(whole, { base: { ...BASE, ...base }, aptFolder });
}

test("each list is one step, with lists of apt removed and the base's user kept", () => {
  const text = fileOf({ apt: ["ffmpeg"], pip: ["numpy>=2,<3"], conda: ["gdal=3.9"], r: ["ggplot2"] });
  assert.match(text, /^FROM quay\.io\/jupyter\/scipy-notebook:2025-12-31\nUSER 0\n/);
  assert.match(text, /apt-get install --yes --no-install-recommends 'ffmpeg'; \\\n {4}rm -rf \/var\/lib\/apt\/lists/);
  assert.match(text, /pip install --no-cache-dir 'numpy>=2,<3'/);
  assert.match(text, /install --yes --channel conda-forge 'gdal=3.9'/);
  assert.match(text, /install\.packages\(c\("ggplot2"\)/);
  assert.match(text, /command -v fix-permissions/);
  assert.match(text, /\nUSER 1000\n$/);
});

test("on the distribution's image apt gets the host's sources, and the real perl", () => {
  const text = fileOf({ apt: ["texlive"] }, { fromDistribution: true, user: "1000:100" }, "hublet-apt");
  assert.match(text, /RUN --mount=type=bind,source=hublet-apt,target=\/run\/hublet-apt /);
  assert.match(text, /'texlive' 'perl'/);
  assert.match(text, /showformat '\$\{binary:Package\} '\); do list=.*; done; \\\n {4}apt-get install/);
  assert.doesNotMatch(fileOf({ apt: ["texlive"] }), /dpkg-query/);
  assert.match(text, /\nUSER 1000:100\n$/);
});

test("the distribution's image has no conda, which is said before anything is built", () => {
  assert.throws(() => fileOf({ conda: ["gdal"] }, { fromDistribution: true }), /has no conda/);
});

test("whatever is written as a package, the file has no line and no word more", () => {
  const evil = [
    "x\nUSER root",
    "x; rm -rf /",
    "x' && id '",
    "$(id)",
    "`id`",
    "--index-url=http://e",
    "-e .",
    "a<<EOF",
    "x\\",
    "x y",
    "",
  ];
  for (const kind of ["apt", "pip", "conda", "r"] as const) {
    for (const word of evil)
      assert.throws(() => fileOf({ [kind]: [word] }), { code: "bad-request" }, `${kind} ${word}`);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."ab1.=<>,'\"$`;&|\n\r\\ -[]") })),
        (word) => {
          let text: string;
          try {
            text = fileOf({ [kind]: [word] });
          } catch {
            return;
          }
          assert.doesNotMatch(word, /['"`$;|\\\s]|&&|<<|^-/u);
          assert.equal(text.split("\n").length, fileOf({ [kind]: ["abc"] }).split("\n").length);
        },
      ),
      { numRuns: 500 },
    );
  }
});

test("a base that is no image is refused", () => {
  assert.throws(() => fileOf({ apt: ["tree"] }, { reference: "debian\nUSER root" }));
  assert.throws(() => fileOf({ apt: ["tree"] }, { user: "root\nRUN id" }));
});

test("there is something to install, or a base to name", () => {
  assert.throws(() => fileOf({}), /Nothing is to be installed/);
  assert.equal(fileOf({ base: BASE.reference }), `FROM ${BASE.reference}\nUSER 0\nUSER 1000\n`);
});
