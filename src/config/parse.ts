/** One or more texts → a checked configuration, or every problem. No files are looked at here. */
import { type Config, configSchema } from "../contract/index.ts";
import { Checks } from "./check/context.ts";
import { checkDeployment } from "./check/deployment.ts";
import { checkExposure } from "./check/exposure.ts";
import { checkGroups, checkProfiles } from "./check/groups.ts";
import { checkIdentity } from "./check/identity.ts";
import { checkMounts } from "./check/mounts.ts";
import { checkSignIn } from "./check/sign-in.ts";
import { configError, type Problem } from "./diagnostics.ts";
import { type Located, prune, toData } from "./text/located.ts";
import { schemaProblems } from "./text/schema-problems.ts";
import { readYaml } from "./text/yaml.ts";

/** Wrong values may hide others of the same object from the schema; more rounds than this find nothing new. */
const MAX_ROUNDS = 5;

export interface Checked {
  /** Checks so far; undefined when nothing at all could be made of it. */
  readonly checks: Checks | undefined;
  readonly problems: readonly Problem[];
}

/** What an absent or empty file says. */
export function emptyMap(file: string): Located {
  return { kind: "map", place: { file, line: 1, column: 1 }, entries: new Map() };
}

/**
 * Checks what was written by the schema, and its parts against each other as far as they are right.
 * @param options.crossChecks false when something is known to be missing, and would be missed
 */
export function checkTree(written: Located, options = { crossChecks: true }): Checked {
  const problems: Problem[] = [];
  let tree = written;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = configSchema.safeParse(toData(tree));
    if (result.success) {
      const checks = new Checks(result.data, tree, written);
      if (options.crossChecks) crossCheck(checks);
      return { checks, problems: [...problems, ...checks.problems] };
    }
    const found = schemaProblems(result.error.issues, tree);
    problems.push(...found.problems);
    const rest = found.paths === undefined ? undefined : prune(tree, found.paths);
    if (rest === undefined) break;
    tree = rest;
  }
  return { checks: undefined, problems };
}

function crossCheck(checks: Checks): void {
  checkExposure(checks);
  checkDeployment(checks);
  checkProfiles(checks);
  checkGroups(checks);
  checkIdentity(checks);
  checkMounts(checks);
  checkSignIn(checks);
}

/**
 * Checks the text of a configuration by itself: neither its files nor its secrets are looked at.
 * @param file only for messages
 * @throws HubError `bad-config` with all problems
 */
export function parseConfig(text: string, file: string): Config {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) throw configError(yaml.problems);
  const { checks, problems } = checkTree(yaml.node ?? emptyMap(file));
  if (checks === undefined || problems.length > 0) throw configError(problems);
  return deepFreeze(checks.config);
}

/** Nobody changes what everybody reads. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
