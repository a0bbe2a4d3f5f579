/** This host as an ordinary person sees it: the same port, without root's rights: for looking, and for writing down what was seen. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { HubError, systemCode } from "../../kernel/index.ts";
import type { Host, HostRunOptions } from "../host/port.ts";
import { type RunResult, run } from "../run.ts";

/** Commands run as the person who calls, whoever they are to run as: there is only one account here. */
export function openOwnHost(): Host {
  const runHere = async (argv: readonly string[], options: HostRunOptions = {}): Promise<RunResult> => {
    options.signal?.throwIfAborted();
    const { input, timeout, env, output, onLine } = options;
    if (input instanceof Readable) throw refusal();
    const result = await run(argv, {
      cwd: "/",
      env: { ...ownEnvironment(), ...env },
      ...(input === undefined ? {} : { input: input.toString() }),
      timeout: timeout ?? 60_000,
      ...(onLine === undefined ? {} : { onLine }),
    });
    if (output === undefined) return result;
    output.write(result.stdout);
    return { ...result, stdout: "" };
  };
  const mustRun = async (argv: readonly string[], options?: HostRunOptions): Promise<RunResult> => {
    const result = await runHere(argv, options);
    if (result.code === 0) return result;
    throw new HubError(
      "command-failed",
      `“${argv.join(" ")}” failed: ${result.stderr.trim().slice(-600)} Run it by hand to see more.`,
    );
  };
  const readOwn = async (path: string): Promise<Buffer | undefined> => {
    try {
      return await readFile(path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
  };
  const refuse = (): Promise<never> => Promise.reject(refusal());
  return {
    ...{ name: "this host", local: true, run: runHere, mustRun, readFile: readOwn },
    ...{ remove: refuse, lock: refuse },
    writeFiles: async (files) => {
      for (const { path, content, mode } of files) {
        await writeFile(`${path}.new`, content, { mode });
        await rename(`${path}.new`, path);
      }
    },
    close: async () => undefined,
  };
}

/** The user manager and Podman are found by these. */
function ownEnvironment(): Record<string, string> {
  const uid = process.geteuid?.() ?? 0;
  const env: Record<string, string> = { XDG_RUNTIME_DIR: `/run/user/${uid}`, LC_ALL: "C.UTF-8" };
  for (const name of ["PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  // Programs of the administrator are not in everybody's path, and can be looked for all the same.
  env.PATH = `${env.PATH ?? "/usr/bin:/bin"}:/usr/local/sbin:/usr/sbin:/sbin`;
  return env;
}

function refusal(): HubError {
  return new HubError("forbidden", "Only root can change this host. Run this with sudo.");
}
