/**
 * Runs the checks of the house and all tests, and ends with the line `N passed, N failed`.
 * With file names as arguments it runs those tests alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const countsSchema = z.object({ passed: z.number(), failed: z.number(), failures: z.array(z.string()) });
type Counts = z.infer<typeof countsSchema>;

const CHECKS = [
  { name: "format and lint (biome)", argv: ["@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "."] },
  { name: "types of hub and CLI (tsc)", argv: ["typescript/bin/tsc", "--noEmit"] },
  { name: "types of the web pages (tsc)", argv: ["typescript/bin/tsc", "--noEmit", "-p", "web"] },
  { name: "promises that nobody awaits (eslint)", argv: ["eslint/bin/eslint.js", "src", "test", "bench", "docs"] },
  {
    name: "import rules of the rooms (dependency-cruiser)",
    argv: ["dependency-cruiser/bin/dependency-cruiser.mjs", "src", "web/src", "--config", ".dependency-cruiser.cjs"],
  },
  { name: "dead code and unused dependencies (knip)", argv: ["knip/bin/knip.js"] },
];

/**
 * Which processes run side by side: units need a core each, what drives engines and browsers or measures needs the machine;
 * guests wait a lot; an emulated processor has patience only alone.
 */
const PHASES = [
  { name: "units", globs: ["src/**/*.test.ts", "web/src/**/*.test.ts"], except: [], concurrency: 2 },
  {
    name: "whole",
    globs: ["test/**/*.test.ts"],
    except: ["test/deployment*.test.ts", "test/emulated/*"],
    concurrency: 1,
  },
  { name: "hosts", globs: ["test/deployment-*.test.ts"], except: [], concurrency: 2 },
  // It measures how long an apply takes.
  { name: "host", globs: ["test/deployment.test.ts"], except: [], concurrency: 1 },
  { name: "emulated", globs: ["test/emulated/*.test.ts"], except: [], concurrency: 1 },
];

const total: Counts = { passed: 0, failed: 0, failures: [] };
const only = process.argv.slice(2);

if (only.length > 0) add(await runTests(only, 1));
else {
  for (const check of CHECKS) add(await runCheck(check.name, check.argv));
  for (const phase of PHASES) {
    process.stdout.write(`\n— ${phase.name} —\n`);
    const since = { at: Date.now(), busy: busySeconds() };
    add(
      await runTests(
        phase.globs
          .flatMap((glob) => globSync(glob, { cwd: root, exclude: phase.except }))
          .filter((file) => !file.includes("node_modules"))
          .toSorted(),
        phase.concurrency,
      ),
    );
    const seconds = (Date.now() - since.at) / 1000;
    const busy = (busySeconds() - since.busy) / seconds;
    process.stdout.write(`${phase.name}: ${seconds.toFixed(0)} s, ${busy.toFixed(1)} of ${cpus().length} cores busy\n`);
  }
}
if (total.failures.length > 0)
  process.stdout.write(`\nFailed:\n${total.failures.map((failure) => `  ${failure}`).join("\n")}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

function add(counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.failures.push(...counts.failures);
}

/** Seconds that this machine's cores have worked since it began, all of them together. */
function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

async function runCheck(name: string, argv: readonly string[]): Promise<Counts> {
  const started = Date.now();
  const [script = "", ...args] = argv;
  const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  await once(child, "close");
  const passed = child.exitCode === 0;
  process.stdout.write(
    `${passed ? "✔" : "✖"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n${passed ? "" : `${said}\n`}`,
  );
  return passed ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [name] };
}

async function runTests(files: readonly string[], concurrency: number): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-test-"));
  const result = join(folder, "counts.json");
  try {
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        "--test",
        `--test-concurrency=${concurrency}`,
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        `--test-reporter=${join(root, "test/support/counter.ts")}`,
        `--test-reporter-destination=${result}`,
        ...files,
      ],
      { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
    );
    await once(child, "exit");
    const counts = countsSchema.parse(JSON.parse(readFileSync(result, "utf8")));
    // A file that dies outside of a test fails the run, even when each test in it passed.
    if (child.exitCode !== 0 && counts.failed === 0)
      return { ...counts, failed: 1, failures: ["a test process ended badly"] };
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
