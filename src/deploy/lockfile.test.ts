import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { productionPackages } from "./lockfile.ts";

describe("packages that the program needs when it runs", () => {
  it("are what its own entry leads to, the nearest copy first, without development and workspaces", () => {
    const lock = {
      packages: {
        "": { dependencies: { a: "1", web: "*" }, devDependencies: { d: "1" }, optionalDependencies: { gone: "1" } },
        web: { dependencies: { react: "1" } },
        "node_modules/web": { link: true, resolved: "web" },
        "node_modules/react": {},
        "node_modules/d": { dev: true },
        "node_modules/a": { dependencies: { b: "2", "@s/c": "1" } },
        "node_modules/a/node_modules/b": { dependencies: { a: "1" } },
        "node_modules/b": {},
        "node_modules/@s/c": { peerDependencies: { b: "1", nowhere: "1" } },
      },
    };
    assert.deepEqual(productionPackages(JSON.stringify(lock)), [
      "node_modules/@s/c",
      "node_modules/a",
      "node_modules/a/node_modules/b",
      "node_modules/b",
    ]);
  });

  it("cannot be read from something else", () => {
    assert.throws(() => productionPackages("{"), /not JSON/);
    assert.throws(() => productionPackages("{}"), /no list of packages/);
  });
});
