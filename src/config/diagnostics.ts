/** Problems of a configuration file, all at once, each with its place (`docs/architecture.md`). */
import { HubError } from "../kernel/index.ts";

export interface Problem {
  /** Line and column, from 1; undefined when the problem is of the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** Dotted path of the key: `server.memory`. */
  readonly path: string;
  readonly message: string;
}

/** `hublet.yaml:12:3: server.memroy: unknown key; did you mean “memory”?` */
export function formatProblem(file: string, problem: Problem): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column ?? 1}`;
  return `${place}: ${problem.path === "" ? "" : `${problem.path}: `}${problem.message}`;
}

/** One error with every problem on a line of its own. */
export function configError(file: string, problems: readonly Problem[]): HubError {
  const sorted = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  const lines = sorted.map((problem) => formatProblem(file, problem));
  const count = lines.length === 1 ? "a mistake" : `${lines.length} mistakes`;
  return new HubError(
    "bad-config",
    `The configuration has ${count}; nothing was changed. Correct it and try again.\n${lines.join("\n")}`,
    {
      facts: { problems: sorted.map((problem) => ({ ...problem, file })) },
    },
  );
}

/** The candidate nearest to `word` by edit distance, when it is near enough to be a slip of the finger. */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
