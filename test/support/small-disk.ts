/** A disk with hardly any space: a real one where root may mount it, else a folder whose file system is told to be full. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";

/**
 * Mounts a file system of 70 MiB and fills it but for 20; unmounted after the test.
 * `name`: of its folder; test files run side by side.
 * Only root can mount: other people's test runs fail here and say so, rather than pass without the test.
 */
export async function mountSmallDisk(context: TestContext, name = "small-disk"): Promise<string> {
  const disk = join("/var/lib/hublet-tests", name);
  mkdirSync(disk, { recursive: true, mode: 0o755 });
  chmodSync("/var/lib/hublet-tests", 0o755);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=70m,mode=0755", "tmpfs", disk]);
  context.after(() => {
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  writeFileSync(join(disk, "ballast"), Buffer.alloc(50 * 1024 * 1024));
  return disk;
}
