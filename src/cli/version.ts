import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** The version in the program's `package.json`. */
export function programVersion(root: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8"))).version;
}
