/**
 * A Containerfile taken apart into instructions. Builders read lines in ways of their own (continuations, comments, here-documents),
 * so each instruction is said to them again in one line that has a single meaning; what has two is refused.
 */
import { quoted } from "../check-container.ts";
import { Refusal } from "../refusal.ts";

export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** What follows the name; never with a line break, nor a backslash at its end. */
  readonly rest: string;
  /** Line of the file, from 1. */
  readonly line: number;
}

const KNOWN = new Set(
  "FROM ARG ENV RUN COPY ADD CMD ENTRYPOINT LABEL EXPOSE USER WORKDIR VOLUME STOPSIGNAL SHELL HEALTHCHECK MAINTAINER ONBUILD".split(
    " ",
  ),
);
const CONTINUED = /\\[ \t]*$/;
/** Characters: builders read lines up to 64 KiB, and some take no notice of what is beyond. */
const LONGEST_LINE = 60_000;

/** @throws Refusal */
export function readInstructions(text: string): Instruction[] {
  const found: Instruction[] = [];
  let held = "";
  let begun = 0;
  let open = false;
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    const part = raw.replace(/\r$/, "");
    const line = index + 1;
    if (/^[ \t]*#[ \t]*escape[ \t]*=[ \t]*[^\\\s]/i.test(part)) throw wrong(line, "changes the sign of continuation");
    // Also in the middle of an instruction, where they do not end it.
    if (/^[ \t]*(?:#|$)/.test(part)) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\0-\x08\x0b-\x1f\x7f]/.test(part)) throw wrong(line, "has control characters");
    if (/\\\\[ \t]*$/.test(part)) throw wrong(line, "ends with two backslashes, which builders read in two ways");
    if (!open) begun = line;
    open = CONTINUED.test(part);
    held += open ? part.replace(CONTINUED, "") : part;
    if (held.length > LONGEST_LINE) throw wrong(begun, "begins an instruction that is too long");
    if (open) continue;
    found.push(instruction(held, begun));
    held = "";
  }
  if (held.trim() !== "") found.push(instruction(held, begun));
  return found;
}

function instruction(text: string, line: number): Instruction {
  const whole = text.replace(/^[ \t]+|[ \t]+$/g, "");
  if (CONTINUED.test(whole)) throw wrong(line, "ends with a backslash");
  const match = /^(\S+)(?:[ \t]+(.*))?$/.exec(whole);
  const name = match?.[1]?.toUpperCase() ?? "";
  if (!KNOWN.has(name))
    throw wrong(
      line,
      `begins with ${quoted(match?.[1] ?? whole)}, which is no instruction (here-documents are not read)`,
    );
  return { name, rest: match?.[2] ?? "", line };
}

/** @param what continues “line 3 of the Containerfile …” */
export function wrong(line: number, what: string): Refusal {
  return new Refusal(`line ${line} of the Containerfile ${what}`);
}
