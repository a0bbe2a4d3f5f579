/** A program of ours on a host whose limit of watches is reached. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";

/** The kernel counts watches by user namespace: in one of its own nobody else is affected. */
const NO_WATCHES = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"';

/**
 * Runs a module of TypeScript text in such a namespace; ended with the test.
 * @param text an ES module; its imports are absolute URLs
 * @returns resolves when its output matches
 */
export function startWithoutWatches(t: TestContext, text: string): (pattern: RegExp) => Promise<void> {
  const node = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    "--input-type=module-typescript",
    "-e",
    text,
  ];
  const child: ChildProcess = spawn("unshare", ["--user", "--map-root-user", "sh", "-c", NO_WATCHES, "sh", ...node], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  const changed = new EventTarget();
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (more: string) => {
      output += more;
      changed.dispatchEvent(new Event("more"));
    });
  return async (pattern) => {
    const signal = AbortSignal.timeout(20_000);
    while (!pattern.test(output)) {
      if (signal.aborted || child.exitCode !== null) throw new Error(`waited in vain for ${pattern}: ${output}`);
      await Promise.race([once(changed, "more", { signal }), once(child, "exit", { signal })]).catch(() => undefined);
    }
  };
}
