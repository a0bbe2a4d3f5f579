import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { reachedFrom } from "./imports.ts";

test("files and packages are reached by every way of importing, types apart", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "hublet-imports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const files = {
    "src/main/a.ts": `import { readFile } from "node:fs/promises";
import { pino } from "pino";
import type { Never } from "never";
import {
  type Only,
  used,
} from "../room/index.ts";
import "./effects.ts";
const lazy = () => import("@scope/late/part");
export * from "./again.ts";
`,
    "src/room/index.ts": 'export type { T } from "./types.ts";\nexport { used } from "./used.ts";\n',
    "src/room/used.ts":
      'import path from "path";\nimport { a } from "../main/a.ts";\nexport const used = "import(x)";\n',
    "src/room/types.ts": 'import { nobody } from "unreached";\n',
    "src/main/effects.ts": "",
    "src/main/again.ts": 'import deep from "plain/deep.js";\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  assert.deepEqual(await reachedFrom(root, "src/main/a.ts"), {
    files: ["src/main/a.ts", "src/main/again.ts", "src/main/effects.ts", "src/room/index.ts", "src/room/used.ts"],
    packages: ["@scope/late", "pino", "plain"],
  });
});
