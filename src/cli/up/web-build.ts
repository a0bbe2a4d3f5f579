/** The web pages are built from `web/` when they are missing or older than their sources. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HubError } from "../../kernel/index.ts";

/**
 * Builds `web/dist` when needed.
 * @returns whether it was built
 * @throws HubError `command-failed` with the builder's last words
 */
export async function ensureWeb(root: string, note: (line: string) => void): Promise<boolean> {
  const dist = join(root, "web", "dist");
  const stamp = join(dist, ".sources");
  // A copy of the program, or a package, carries the built pages only.
  if (!existsSync(join(root, "web", "vite.config.ts"))) return false;
  const digest = sourcesDigest(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  note("Building the web pages (some seconds, once)…");
  const child = spawn(
    process.execPath,
    [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "error"],
    {
      cwd: join(root, "web"),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
  await once(child, "close");
  if (child.exitCode !== 0)
    throw new HubError(
      "command-failed",
      `The web pages could not be built:\n${said.trim()}\nRun “npm ci” in ${root} and try again.`,
    );
  writeFileSync(stamp, digest);
  return true;
}

/** Names, sizes and times tell a change as well as the bytes would, in a fraction of the time. */
function sourcesDigest(root: string): string {
  const hash = createHash("sha256");
  const files = globSync(
    ["web/src/**/*", "web/public/**/*", "web/*.{html,ts,json}", "src/contract/*.ts", "package-lock.json"],
    { cwd: root },
  );
  for (const file of files.toSorted()) {
    const stat = statSync(join(root, file));
    if (stat.isFile()) hash.update(`${file}\0${stat.size}\0${Math.floor(stat.mtimeMs)}\n`);
  }
  return hash.digest("hex");
}
