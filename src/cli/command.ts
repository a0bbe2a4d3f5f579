/** Commands are data: help, parsing and the reference page come from these records. */
import type { Readable } from "node:stream";
import type { z } from "zod";
import { HubError } from "../kernel/index.ts";
import type { CliContext } from "./context.ts";

export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  /** Takes all remaining words; only for the last one. */
  readonly variadic?: boolean;
}

/** What a command answers: `json` for `--json`, `text` for people. Nothing else goes to standard output. */
export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  /** Exit code; 0 when left out. */
  readonly exitCode?: number;
}

/** How a command is run beside the hub. */
export interface Beside {
  /** Where its backups are; `backup.to` when undefined. */
  readonly place: string | undefined;
  /** The option that says so. */
  readonly placeOption: "--from" | "--to";
  /** Files of the caller with private keys. */
  readonly identity: readonly string[];
  /** New file of the caller that it writes, and the option that names it. */
  readonly output?: { readonly file: string; readonly option: string } | undefined;
  /** Asked before the hub is stopped for it; undefined when the hub goes on meanwhile. */
  readonly stopsHub?: { readonly warning: string; readonly yes: boolean } | undefined;
}

/** What goes along to a hub in a container. */
export interface Carried {
  /** The command line that is run in there. */
  readonly argv: readonly string[];
  /** What it reads from standard input. */
  readonly input: Readable | undefined;
  close(): Promise<void>;
}

/** Options by their camelCase name; `z.boolean()` makes a flag, anything else takes a value. */
export type OptionShape = Readonly<Record<string, z.ZodType>>;

export interface Command<S extends OptionShape = OptionShape> {
  /** Noun and verb, or the verb alone: `["user", "add"]`, `["up"]`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: S;
  /**
   * It speaks to the hub: where “hublet apply” has put that into a container, the command is run in there. `file`: its
   * first word is a file of the caller's, which goes there by standard input.
   */
  readonly inside?: true | "file";
  /** For those with files of the caller's: what is run in there in place of the command line as it was written. */
  carry?(context: CliContext, words: readonly string[], options: { [K in keyof S]: z.output<S[K]> }): Promise<Carried>;
  /**
   * On such a host it is run in a container of its own beside the hub, which has the same folders and keys; undefined runs
   * it on the host itself.
   */
  beside?(options: { [K in keyof S]: z.output<S[K]> }): Beside | undefined;
  readonly examples: readonly string[];
  /** Receives the words after the command and the parsed options. */
  run(
    context: CliContext,
    words: readonly string[],
    options: { [K in keyof S]: z.output<S[K]> },
  ): Promise<CommandResult>;
}

/** Keeps the option types of one command while lists hold commands of all shapes. */
export function command<const S extends OptionShape>(definition: Command<S>): Command {
  return definition as unknown as Command; // a list of commands cannot name each one's options
}

/** The first word after a command: whom or what it is about. @throws HubError `usage` when it is missing or empty */
export function firstWord(words: readonly string[]): string {
  const word = words[0];
  if (word === undefined || word === "") throw new HubError("usage", "A name is missing.");
  return word;
}
