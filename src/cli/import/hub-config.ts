/** What a `jupyterhub_config.py` says in literals: `c.Class.trait = …` and plain variables; never run, only read. */
import { type Literal, parseLiteral } from "./python-literal.ts";

export interface Setting {
  /** `DockerSpawner.pull_policy`, or a variable's name. */
  readonly name: string;
  /** Undefined: it is worked out by code. */
  readonly value: Literal | undefined;
  readonly line: number;
}

const ASSIGNMENT = /^(?:c\.)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=(?!=)/gm;

/** All assignments that stand at the beginning of a line, in their order. */
export function readSettings(text: string): readonly Setting[] {
  return [...text.matchAll(ASSIGNMENT)].map((match) => {
    const value = parseLiteral(text, match.index + match[0].length);
    // Something after the literal makes it a part of an expression.
    const whole = value !== undefined && /^[ \t]*(?:#.*)?(?:\n|$)/.test(text.slice(value.end));
    return {
      name: match[1] ?? "",
      value: whole ? value.value : undefined,
      line: text.slice(0, match.index).split("\n").length,
    };
  });
}
