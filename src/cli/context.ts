/** What a command may use; built once by the composition root, or by a test. */
import type { HubClient } from "./hub-client.ts";
import type { Instance } from "./instance.ts";

export interface CliContext {
  /** Folder of the program (where `package.json` lies). */
  readonly root: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user of this process. */
  readonly uid: number;
  /** A person sits at a terminal and may be asked. */
  readonly interactive: boolean;
  readonly json: boolean;
  /** Progress and notes for people: standard error. */
  note(line: string): void;
  /** Lines of a result that goes on (`logs --follow`): standard output. */
  line(text: string): void;
  /** Asks a yes-or-no question on the terminal. */
  confirm(question: string, options?: { readonly byDefault: boolean }): Promise<boolean>;
  /** Asks for a line of text; undefined when the person gives up. */
  askText(
    question: string,
    options?: { readonly byDefault?: string; readonly optional?: boolean },
  ): Promise<string | undefined>;
  /** Asks for one of several answers; undefined when the person gives up. */
  askChoice<V extends string>(question: string, choices: readonly Choice<V>[]): Promise<V | undefined>;
  /** Asks for a secret without echo; undefined when the person gives up. */
  askSecret(question: string): Promise<string | undefined>;
  /** All of standard input as text. */
  readInput(): Promise<string>;
  /** Where configuration and state lie, by `--config`, `--state`, environment, or defaults. */
  instance(): Instance;
  /** The running hub's API. @throws HubError `hub-unreachable` */
  hub(): HubClient;
}

export interface Choice<V extends string = string> {
  readonly value: V;
  readonly label: string;
}
