/** Which files and packages a program of ours reaches by its imports. */
import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";

export interface Reached {
  /** Relative to the root, sorted. */
  readonly files: readonly string[];
  /** Names of npm packages, sorted. */
  readonly packages: readonly string[];
}

/**
 * `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")` as the formatter leaves them. What is imported
 * as a type alone is not there when the program runs.
 */
const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^"';]*?\sfrom\s)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** Follows imports from one file on. @param entry relative to `root` */
export async function reachedFrom(root: string, entry: string): Promise<Reached> {
  const files = new Set<string>([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, fixed, lazy] of text.matchAll(IMPORT)) {
      const specifier = fixed ?? lazy ?? "";
      // A set that grows while it is walked is walked to its end.
      if (specifier.startsWith(".")) files.add(relative(root, join(root, dirname(file), specifier)));
      else if (!isBuiltin(specifier)) packages.add(packageOf(specifier));
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
