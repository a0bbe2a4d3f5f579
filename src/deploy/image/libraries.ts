/** The shared libraries that a program is linked with. */
import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HubError } from "../../kernel/index.ts";
import { mustRun } from "../run.ts";

/** Older C libraries load these by themselves when a name is looked up (before glibc 2.34; later they are stubs). */
const LOADED_LATER = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];

/** Absolute paths as the loader looks for them, sorted. @throws HubError `host-unsuitable`, `command-failed` */
export async function librariesOf(programs: readonly string[]): Promise<readonly string[]> {
  // The language of “not found” must be known.
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" };
  const outputs = await Promise.all(programs.map((program) => mustRun(["ldd", program], { env })));
  const found = new Set(outputs.flatMap(({ stdout }, index) => parseLdd(stdout, programs[index] ?? "")));
  const libc = [...found].find((path) => basename(path) === "libc.so.6");
  for (const name of libc === undefined ? [] : LOADED_LATER) {
    const path = join(dirname(libc ?? ""), name);
    if ((await lstat(path).catch(() => undefined)) !== undefined) found.add(path);
  }
  return [...found].sort();
}

/**
 * Reads what ldd(1) prints: `libc.so.6 => /lib/…/libc.so.6 (0x…)`, the loader alone by its path, and the kernel's own
 * `linux-vdso.so.1` without one.
 * @throws HubError `host-unsuitable` naming a library that is missing
 */
export function parseLdd(output: string, program: string): readonly string[] {
  const paths: string[] = [];
  for (const line of output.split("\n")) {
    const missing = /^\s*(\S+) => not found/.exec(line);
    if (missing !== null)
      throw new HubError(
        "host-unsuitable",
        `${program} needs the library ${missing[1]}, which this computer lacks. Install it, or work from another computer.`,
      );
    const path = /^\s*(?:\S+ => )?(\/.+?) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    if (path !== undefined) paths.push(path);
  }
  return paths;
}
