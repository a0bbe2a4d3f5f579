/** What the schema finds wrong, in words and with places. */
import type { z } from "zod";
import { hint, type Problem, problemAt, suggestion } from "../diagnostics.ts";
import { knownKeys } from "./known-keys.ts";
import { find, type KeyPath, keyPlaceNear, type Located, placeNear } from "./located.ts";

type Issue = z.core.$ZodIssue;

export interface SchemaProblems {
  readonly problems: readonly Problem[];
  /** Where they are: without these the rest can still be checked. Undefined when there are too many. */
  readonly paths: readonly KeyPath[] | undefined;
}

export function schemaProblems(issues: readonly Issue[], node: Located): SchemaProblems {
  const found = issues.slice(0, MAX_ISSUES).flatMap((issue) => problemsOf(issue, [], node));
  return {
    problems: found.map(({ problem }) => problem),
    paths: found.length < MAX_ISSUES ? found.map(({ path }) => path) : undefined,
  };
}

/** A file that is something else altogether is not worth more. */
const MAX_ISSUES = 1000;

interface Found {
  readonly problem: Problem;
  readonly path: KeyPath;
}

function problemsOf(issue: Issue, base: KeyPath, node: Located): Found[] {
  const path = [...base, ...issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment)))];
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path);
    return issue.keys.slice(0, MAX_ISSUES).map((key) => {
      const at = [...path, key];
      return {
        path: at,
        problem: problemAt(keyPlaceNear(node, at), at, `unknown key${hint(key, known, "known here")}`),
      };
    });
  }
  if (issue.code === "invalid_key")
    return [{ path, problem: problemAt(keyPlaceNear(node, path), path, lowerFirst(issue.issues[0]?.message ?? "")) }];
  if (issue.code === "invalid_union") {
    // Of the choices, the one whose kind of value this is has the best words.
    const fitting = issue.errors.filter(
      (branch) => !branch.some((inner) => inner.path.length === 0 && isOfKind(inner)),
    );
    if (fitting.length === 1) return (fitting[0] ?? []).flatMap((inner) => problemsOf(inner, path, node));
  }
  return [{ path, problem: problemAt(placeNear(node, path), path, words(issue, path, find(node, path))) }];
}

function isOfKind(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function words(issue: Issue, path: KeyPath, written: Located | undefined): string {
  if (issue.code === "invalid_union" && !issue.message.startsWith("Invalid")) return issue.message;
  const expected = expectations(issue);
  if (expected === undefined) return ownWords(issue);
  if (written === undefined) return `is missing; it must be ${expected}`;
  if (written.kind === "scalar" && written.value === null)
    return `nothing is written here; it must be ${expected}, or the key must go`;
  if (written.kind === "scalar" && isSecret(path))
    return "must be {secret: NAME}: values of secrets do not belong here (hublet secrets set NAME)";
  if (issue.code === "invalid_value" && written.kind === "scalar") {
    const near = suggestion(String(written.value), issue.values.map(String));
    return `must be ${expected}${near === undefined ? "" : `; did you mean “${near}”?`}`;
  }
  return `must be ${expected}, not ${kindOf(written)}`;
}

function isSecret(path: KeyPath): boolean {
  const known = knownKeys(path);
  return known.length === 1 && known[0] === "secret" && path.length > 1;
}

/** What is expected, when the issue is one of kind. */
function expectations(issue: Issue): string | undefined {
  if (issue.code === "invalid_type") return KINDS[issue.expected] ?? issue.expected;
  if (issue.code === "invalid_value")
    return issue.values.length === 1 ? `“${String(issue.values[0])}”` : `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code !== "invalid_union") return undefined;
  const each = issue.errors.map((branch) =>
    branch.map((inner) => expectations(inner)).find((text) => text !== undefined),
  );
  const kinds = [...new Set(each.filter((text) => text !== undefined))];
  return kinds.length === 0 ? undefined : kinds.join(" or ");
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys and values",
  record: "a map of names and values",
};

function kindOf(node: Located): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (typeof node.value === "string") return "text";
  return typeof node.value === "number" ? "a number" : String(node.value);
}

function ownWords(issue: Issue): string {
  if (issue.code === "too_small" || issue.code === "too_big") {
    const small = issue.code === "too_small";
    const limit = String(small ? issue.minimum : issue.maximum);
    const bound = issue.inclusive === false ? (small ? "more than" : "less than") : small ? "at least" : "at most";
    if (issue.origin === "string")
      return small && limit === "1" ? "must not be empty" : `must have ${bound} ${limit} characters`;
    if (issue.origin === "array") return `must have ${bound} ${limit} ${limit === "1" ? "item" : "items"}`;
    return `must be ${bound} ${limit}`;
  }
  if (issue.code === "invalid_format") {
    if (issue.format === "url") return "must be an address that begins with http:// or https://";
    if (issue.format === "starts_with")
      return `must begin with “${String((issue as { prefix?: unknown }).prefix ?? "/")}”`;
  }
  return lowerFirst(issue.message);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
