/** Problems of the configuration, all at once, each with its place (`docs/architecture.md`). */
import { HubError } from "../kernel/index.ts";
import type { Place } from "./snapshot.ts";

export interface Problem {
  readonly file: string;
  /** Line and column, from 1; undefined when the problem is of the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** Dotted path of the key: `server.memory`; "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** More are not listed: nobody reads them, and one garbled file can have hundreds of thousands. */
const MAX_LISTED = 100;

/** A problem at a place. */
export function problemAt(place: Place, path: readonly (string | number)[] | string, message: string): Problem {
  return { ...place, path: typeof path === "string" ? path : path.join("."), message };
}

/** `hublet.yaml:12:3: server.memroy: unknown key; did you mean “memory”?` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  return `${place}: ${problem.path === "" ? "" : `${problem.path}: `}${problem.message}`;
}

/** In the order of the files and their lines, without repetitions; at most 100 of them. */
export function sortProblems(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const rank = (problem: Problem): number => {
    const index = files.indexOf(problem.file);
    return index === -1 ? files.length : index;
  };
  const sorted = problems.toSorted(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const distinct = [...new Map(sorted.map((problem) => [formatProblem(problem), problem])).values()];
  const rest = distinct.length - MAX_LISTED;
  const listed = distinct.slice(0, MAX_LISTED);
  const last = listed.at(-1);
  return rest <= 0 || last === undefined
    ? listed
    : [...listed, { file: last.file, path: "", message: `and ${rest} more` }];
}

/** One error with every problem on a line of its own, and as `facts.problems`. */
export function configError(problems: readonly Problem[], files: readonly string[] = []): HubError {
  const sorted = sortProblems(problems, files);
  const count = sorted.length === 1 ? "a mistake" : `${sorted.length} mistakes`;
  return new HubError(
    "bad-config",
    `The configuration has ${count}; nothing was changed. Correct it and try again.\n${sorted.map(formatProblem).join("\n")}`,
    { facts: { problems: sorted } },
  );
}

/** The candidate nearest to `word` by edit distance, when it is near enough to be a slip of the finger. */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const scored = candidates.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** `; did you mean “memory”?`, or what there is to choose from. */
export function hint(word: string, candidates: readonly string[], known: string): string {
  const near = suggestion(word, candidates);
  if (near !== undefined) return `; did you mean “${near}”?`;
  return candidates.length === 0 ? "" : `; ${known}: ${candidates.slice(0, 30).join(", ")}`;
}

/** Letters added, left out, replaced, or two beside each other swapped. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution, swap));
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
