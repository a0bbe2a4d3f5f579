/** The commands of a page of the manual, for a test that runs them as they stand there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const BLOCK = /^```sh\n([\s\S]*?)^```$/gm;

export class Manual {
  readonly #left: Set<string>;
  readonly #page: string;
  readonly #lines: ReadonlySet<string>;

  /** @param page relative to the project's root: `docs/deploying.md` */
  constructor(page: string) {
    this.#page = page;
    const text = readFileSync(join(import.meta.dirname, "..", "..", page), "utf8");
    const lines = [...text.matchAll(BLOCK)]
      .flatMap((match) => (match[1] ?? "").split("\n"))
      .filter((line) => line !== "");
    this.#lines = new Set(lines);
    this.#left = new Set(lines);
  }

  /** A line that stands in the page, to be run. @throws Error when it does not: then page or test is out of date */
  line(text: string): string {
    if (!this.#lines.has(text)) throw new Error(`${this.#page} has no command “${text}”`);
    this.#left.delete(text);
    return text;
  }

  /** Commands that no test has run. */
  get left(): readonly string[] {
    return [...this.#left];
  }
}
