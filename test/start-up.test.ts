/** What a command has to load before it does anything: each waits for all of it, at every call. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const CLI = join(import.meta.dirname, "..", "src", "main", "cli.ts");

/** Says on standard error which files were loaded. */
const LISTENER = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) { process.stderr.write("loaded " + url + "\\n"); return next(url, context); } });
`)}`;

/** The modules of a command line, whether it fails or not. */
async function loadedBy(...argv: string[]): Promise<{ readonly loaded: readonly string[]; readonly said: string }> {
  const options = { env: { ...process.env, HUBLET_CONFIG: "/nonexistent/hublet.yaml", HUBLET_STATE: "/nonexistent" } };
  const { stdout, stderr } = await run(process.execPath, ["--import", LISTENER, CLI, ...argv], options).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
  const loaded = [...stderr.matchAll(/^loaded (\S+)$/gm)].map(([, url = ""]) => url);
  assert.ok(
    loaded.some((url) => url.endsWith("/src/cli/run.ts")),
    stderr,
  );
  return { loaded, said: stdout + stderr };
}

function among(loaded: readonly string[], ...parts: string[]): string[] {
  return loaded.filter((url) => parts.some((part) => url.includes(part)));
}

test("the version is said without loading any command, or what commands need", async () => {
  const { loaded, said } = await loadedBy("--version");
  assert.match(said, /^\d+\.\d+\.\d+$/m);
  assert.deepEqual(among(loaded, "/src/deploy/", "/src/config/", "/src/store/", "/commands/user.ts", "/undici/"), []);
});

test("a command that asks the hub loads neither what sets hosts up nor the database", async () => {
  const { loaded, said } = await loadedBy("user", "list");
  assert.match(said, /does not answer/);
  assert.deepEqual(among(loaded, "/src/deploy/", "/src/store/", "/src/drivers/"), []);
});

test("apply loads neither databases, nor engines' clients, nor what makes certificates and reaches backups", async () => {
  const { loaded, said } = await loadedBy("apply", "--help");
  assert.match(said, /Usage: hublet apply/);
  assert.notDeepEqual(among(loaded, "/src/deploy/"), []);
  const large = ["/kysely/", "/undici/", "/ssh2/", "/node-forge/", "/@peculiar/", "/kubernetes-models/"];
  assert.deepEqual(among(loaded, "/src/store/", "/src/drivers/", ...large), []);
});
