import { sentence } from "./errors.ts";

/** Kept for the words about a failure. */
const LAST_LINES = 20;
/** A step, as both builders announce it: `Step 3/5 : RUN false`, `[1/2] STEP 3/5: RUN false`. */
const STEP = /^(?:\[\d+\/\d+\] )?step (\d+)\/(\d+) ?: (.*)$/i;
/** As Docker and buildah tell of a command that failed. */
const EXIT_CODE = /(?:returned a non-zero code:|exit(?: status|ed with)?(?: code)?) (\d+)/i;
const LONGEST_INSTRUCTION = 200;

/** A builder's output, in lines; the end of it and the step it is at are kept. */
export class BuildOutput {
  readonly #onLine: (line: string) => void;
  #rest = "";
  #last: string[] = [];
  #step: { readonly number: string; readonly of: string; readonly instruction: string } | undefined;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Pieces need not be lines. */
  add(text: string): void {
    const lines = `${this.#rest}${text}`.split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
  }

  last(): string {
    return this.#last.join("\n");
  }

  /** A sentence about the failure that the builder calls `said`. */
  why(said: string): string {
    const code = EXIT_CODE.exec(said)?.[1];
    if (this.#step === undefined || code === undefined) return sentence(said);
    const { number, of, instruction } = this.#step;
    return `step ${number} of ${of}, “${instruction}”, ended with exit code ${code}. Its last lines say why.`;
  }

  #line(line: string): void {
    const [, number, of, instruction] = STEP.exec(line) ?? [];
    if (number !== undefined && of !== undefined && instruction !== undefined) {
      const short =
        instruction.length > LONGEST_INSTRUCTION ? `${instruction.slice(0, LONGEST_INSTRUCTION)}…` : instruction;
      this.#step = { number, of, instruction: short };
    }
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    this.#onLine(line);
  }
}
