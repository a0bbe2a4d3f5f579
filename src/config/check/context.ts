/** What checks of one part against another work with. */
import type { Config } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { type Problem, problemAt } from "../diagnostics.ts";
import { find, type KeyPath, type Located, placeNear } from "../text/located.ts";

/**
 * The configuration without those values that are wrong by themselves, so that one mistake does not hide another.
 * `has` tells of the files as they are: what is there and wrong is not missing.
 */
export class Checks {
  readonly config: Config;
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly #tree: Located;
  readonly #written: Located;

  constructor(config: Config, tree: Located, written: Located) {
    this.config = config;
    this.#tree = tree;
    this.#written = written;
  }

  has(path: KeyPath): boolean {
    return find(this.#written, path) !== undefined;
  }

  /** Text of a value as it is written, whether it is right or not. */
  written(path: KeyPath): Located | undefined {
    return find(this.#written, path);
  }

  problem(path: KeyPath, message: string): void {
    this.problems.push(problemAt(placeNear(this.#tree, path), path, message));
  }

  warn(sentence: string): void {
    this.warnings.push(sentence);
  }

  /** Runs a check of the kernel's, and takes its refusal as a problem. */
  accept<T>(path: KeyPath, check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      this.problem(path, error.message);
      return undefined;
    }
  }
}
