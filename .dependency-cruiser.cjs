/** The import rules of the rooms (docs/architecture.md): downwards only, and a room only by its index.ts. */
const LEVELS = [
  ["kernel", "contract"],
  ["drivers", "store", "proxy", "config", "broker"],
  ["access", "people", "images"],
  ["servers", "signin", "deploy"],
  ["http", "cli"],
];
/** Tests, and what only tests use. */
const TEST_CODE = "\\.(test|fixture)\\.ts$|/(testing|test-support)/|/drivers/contract";
const rules = [];
LEVELS.forEach((rooms, level) => {
  for (const room of rooms) {
    const lower = LEVELS.slice(0, level).flat();
    const forbidden = LEVELS.flat().filter((other) => other !== room && !lower.includes(other));
    // contract stands on kernel: both are level 0, and contract may use names and hashes.
    const allowed = room === "contract" ? ["kernel"] : [];
    const pattern = [...forbidden.filter((other) => !allowed.includes(other)), "main"].join("|");
    rules.push({
      name: `${room}-imports-down-only`,
      severity: "error",
      from: { path: `^src/${room}/`, pathNot: TEST_CODE },
      to: { path: `^src/(${pattern})/` },
    });
  }
});
module.exports = {
  forbidden: [
    ...rules,
    {
      name: "rooms-by-their-index-only",
      comment: "Others import a room's index.ts alone. The web sees single files of the contract, to stay small.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/([^/]+)/.+", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "web-sees-only-the-contract",
      severity: "error",
      from: { path: "^web/" },
      to: { path: "^src/", pathNot: "^src/contract/" },
    },
    {
      name: "no-cycles",
      comment: "Of running code; types may name each other.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-test-code-in-the-program",
      severity: "error",
      from: { path: "^src/", pathNot: TEST_CODE },
      to: { path: "^(test|bench)/|\\.test\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "web/dist" },
  },
};
