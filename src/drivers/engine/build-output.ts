import { sentence } from "./errors.ts";

/** Kept for the words about a failure. */
const LAST_LINES = 20;
/** A step, as both builders announce it: `Step 3/5 : RUN false`, `[1/2] STEP 3/5: RUN false`. */
const STEP = /^(?:\[\d+\/\d+\] )?step (\d+)\/(\d+) ?: (.*)$/i;
/** As Docker and buildah tell of a command that failed. */
const EXIT_CODE = /(?:returned a non-zero code:|exit(?: status|ed with)?(?: code)?) (\d+)/i;
const LONGEST_INSTRUCTION = 200;
/** Beside what the command said itself, its beginning is enough to find it. */
const SHORT_INSTRUCTION = 60;
/** As apt, pip, conda, make and others begin the line that says what is wrong. */
const TELLING = /^(?:E: |ERROR:? |error:? |\w*Error: |fatal: )/;
const LONGEST_TELLING = 300;
/** Podman asks such an address for an image that it does not have; Docker does so, too. */
const NO_REGISTRY = /docker:\/\/(localhost\/[^\s:]+(?::[\w.-]+)?)|https?:\/\/localhost\/v2\//;

/** Podman 4 answers so, with nothing more, when it cannot store what is to be built; what it stored until then it leaves behind. */
const WORDLESS = /^status 500$/;
const WORDLESS_WHY =
  "Podman could not take it in and does not say why, as when no space is left for its temporary files. Free some in /var/tmp (or its TMPDIR), where “libpod_builder…” is left over from such builds.";

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
    if (WORDLESS.test(said)) return WORDLESS_WHY;
    const code = EXIT_CODE.exec(said)?.[1];
    if (this.#step === undefined || code === undefined) return this.#baseMissing(said) ?? sentence(said);
    const { number, of, instruction } = this.#step;
    const telling = this.#telling();
    const shown = instruction.slice(0, telling === undefined ? LONGEST_INSTRUCTION : SHORT_INSTRUCTION);
    const words = `step ${number} of ${of}, “${shown}${shown === instruction ? "" : "…"}”, ended with exit code ${code}`;
    return telling === undefined ? `${words}. Its last lines say why.` : `${words}: ${sentence(telling)}`;
  }

  /** The last line of the step that names a mistake. */
  #telling(): string | undefined {
    const begin = this.#last.findLastIndex((line) => STEP.test(line));
    return this.#last
      .slice(begin + 1)
      .findLast((line) => TELLING.test(line))
      ?.slice(0, LONGEST_TELLING);
  }

  /** Names that begin with `localhost/` are in no registry, so “connection refused” would send people the wrong way. */
  #baseMissing(said: string): string | undefined {
    const [found, reference] = NO_REGISTRY.exec(said) ?? [];
    if (found === undefined) return undefined;
    const base = reference ?? /^FROM (?:--\S+ )*(localhost\/\S+)/i.exec(this.#step?.instruction ?? "")?.[1];
    return `the base image ${base ?? "that begins with localhost/"} is not on this host, and no registry has it. “hublet image list” shows what is here.`;
  }

  #line(line: string): void {
    const [, number, of, instruction] = STEP.exec(line) ?? [];
    if (number !== undefined && of !== undefined && instruction !== undefined) {
      this.#step = { number, of, instruction };
    }
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    this.#onLine(line);
  }
}
