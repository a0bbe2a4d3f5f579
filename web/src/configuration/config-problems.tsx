import type { ConfigProblem } from "../../../src/contract/index.ts";
import own from "./configuration.module.css";

/** Every mistake at once, each where it stands, as an editor wants it: `hublet.yaml:12:3`. */
export function ConfigProblems({ problems }: { readonly problems: readonly ConfigProblem[] }) {
  return (
    <ul className={own.problems}>
      {problems.map((problem) => (
        <li key={`${placeOf(problem)} ${problem.path} ${problem.message}`} className="break">
          <code>{placeOf(problem)}</code>
          {problem.path !== "" && <strong>{problem.path}</strong>}
          <span>{problem.message}</span>
        </li>
      ))}
    </ul>
  );
}

function placeOf({ file, line, column }: ConfigProblem): string {
  return [file, line, column].filter((part) => part !== null).join(":");
}
