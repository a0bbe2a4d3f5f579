/** A small root file system in which `/node` is a shell: a stand-in for the program's images, which need a minute to make. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Closable } from "../../src/kernel/index.ts";
import { makeBusyboxRoot } from "./engines.ts";

export async function makeProgramRoot(): Promise<Closable & { readonly tarPath: string }> {
  const root = await makeBusyboxRoot();
  const folder = await mkdtemp(join(tmpdir(), "hublet-node-"));
  await writeFile(join(folder, "node"), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
  const { tarPath } = root;
  await promisify(execFile)("tar", ["-C", folder, "--owner=0", "--group=0", "-rf", tarPath, "node"]);
  await rm(folder, { recursive: true });
  return root;
}
