/** Parses a command line, runs one command, prints its result; exit codes 0 ok, 1 failed, 2 usage. */
import { Command as Commander, CommanderError } from "commander";
import { z } from "zod";
import { HubError, messageOf } from "../kernel/index.ts";
import type { Command, CommandResult } from "./command.ts";
import { commandIndex, loadCommand } from "./commands/index.ts";
import type { CliContext } from "./context.ts";
import { isDeployedHere } from "./deployed/find.ts";
import { needHost } from "./deployed/need-host.ts";
import { connectHub, type HubClient } from "./hub-client.ts";
import { type Instance, locateInstance } from "./instance.ts";
import { flagOf, globalOptions, optionOf } from "./options.ts";
import { printable, printableJson } from "./printable.ts";

/** What the help says of each noun. */
const NOUNS: Readonly<Record<string, string>> = {
  backup: "Backups of everything a hub holds: make, list, look into, check, prune",
  database: "The database: move it between SQLite and PostgreSQL",
  import: "Take over what another hub has: its settings, its people's passwords",
  user: "People: add, import, remove, passwords, requests for accounts",
  group: "Groups and who is in them",
  auth: "Why somebody may enter or not, and who is held off",
  server: "People's servers: start, stop, look at",
  image: "Images: build, release, look at, fetch, remove",
  token: "API tokens",
  config: "Check, show and compare the configuration",
  secrets: "Secrets that the configuration names, in files or in a vault that may live in git",
  tls: "The certificate of HTTPS: take, make, look at",
  render: "Write the deployment, or what stands before it, in the form of other tools",
};

/** The world around the command line: the process, or a test. */
export interface CliHost {
  readonly root: string;
  readonly version: string;
  readonly cwd: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly interactive: boolean;
  out(text: string): void;
  err(text: string): void;
  confirm(question: string, options?: { readonly byDefault: boolean }): Promise<boolean>;
  askText: CliContext["askText"];
  askChoice: CliContext["askChoice"];
  askSecret(question: string): Promise<string | undefined>;
  readInput(): Promise<string>;
}

interface GlobalOptions {
  config?: string;
  state?: string;
  account?: string;
  json?: boolean;
}

/**
 * Runs a command line.
 * @param argv the words after the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const json = argv.includes("--json");
  let exitCode = 0;
  try {
    const program = buildProgram(host);
    const setExitCode = (code: number) => {
      exitCode = code;
    };
    for (const definition of await definitionsFor(argv)) addCommand(program, definition, { host, argv }, setExitCode);
    if (argv.length === 0) {
      host.out(program.helpInformation());
      return 0;
    }
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    return reportFailure(error, { json, noun: NOUNS[argv[0] ?? ""] === undefined ? "" : `${argv[0]} ` }, host);
  }
}

/** Only the command that is called is loaded in full; help of a noun loads that noun's, and the version none. */
async function definitionsFor(argv: readonly string[]): Promise<Command[]> {
  if (argv[0] === "--version" || argv[0] === "-V") return [];
  const words = argv.filter((word) => !word.startsWith("-"));
  const wanted = commandIndex.filter(
    (entry) =>
      entry.path[0] === words[0] && (entry.path.length === 1 || words[1] === undefined || entry.path[1] === words[1]),
  );
  const picked = wanted.length > 0 ? wanted : commandIndex;
  return Promise.all(picked.map((entry) => loadCommand(entry)));
}

function buildProgram(host: CliHost): Commander {
  return new Commander("hublet")
    .description("A notebook hub for one server.")
    .version(host.version, "-V, --version")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: (text) => host.err(text),
      outputError: () => undefined,
    });
}

/** The command line and the world it is run in. */
interface Call {
  readonly host: CliHost;
  readonly argv: readonly string[];
}

function addCommand(program: Commander, definition: Command, call: Call, exit: (code: number) => void): void {
  const { host, argv } = call;
  let parent = program;
  for (const noun of definition.path.slice(0, -1)) {
    parent =
      program.commands.find((existing) => existing.name() === noun) ??
      inherit(program.command(noun).description(NOUNS[noun] ?? noun), program);
  }
  const commander = inherit(parent.command(definition.path.at(-1) ?? ""), program).description(definition.summary);
  for (const positional of definition.positionals) {
    const dots = positional.variadic === true ? `${positional.name}...` : positional.name;
    commander.argument(positional.optional === true ? `[${dots}]` : `<${dots}>`, positional.description);
  }
  for (const [name, schema] of Object.entries(definition.options)) commander.addOption(optionOf(name, schema));
  for (const option of globalOptions()) commander.addOption(option);
  commander.addHelpText("after", `\nExamples:\n${definition.examples.map((example) => `  ${example}`).join("\n")}`);
  commander.action(async () => {
    const raw = commander.opts<GlobalOptions & Record<string, unknown>>();
    const context = contextFor(raw, host);
    try {
      needHost(definition.path, host.env);
      const options = parseOptions(definition, raw);
      const words = commander.processedArgs.flat().filter((word): word is string => typeof word === "string");
      const instance = context.instance();
      if (definition.carry !== undefined && isDeployedHere(instance, host)) {
        const { runInside } = await import("./deployed/inside.ts");
        const carried = await definition.carry(context, words, options);
        const place = { account: instance.account, terminal: false, file: undefined, cwd: host.cwd };
        try {
          exit(await runInside({ ...place, argv: carried.argv, input: carried.input }));
        } finally {
          await carried.close();
        }
        return;
      }
      if (definition.inside !== undefined && isDeployedHere(instance, host)) {
        const file = definition.inside === "file" && words[0] !== "-" ? words[0] : undefined;
        const terminal = host.interactive && raw.json !== true && file === undefined;
        // What sets hosts up is only loaded by who needs it.
        const { runInside } = await import("./deployed/inside.ts");
        exit(await runInside({ account: instance.account, argv, terminal, file, cwd: host.cwd }));
        return;
      }
      const beside = isDeployedHere(instance, host) ? definition.beside?.(options) : undefined;
      if (beside !== undefined) {
        const { runBeside } = await import("./deployed/beside.ts");
        exit(await runBeside(context, beside, argv));
        return;
      }
      const result = await definition.run(context, words, options);
      print(result, raw.json === true, host);
      exit(result.exitCode ?? 0);
    } finally {
      await context.closeHub();
    }
  });
}

function inherit(commander: Commander, program: Commander): Commander {
  return commander.copyInheritedSettings(program);
}

function parseOptions(definition: Command, raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result = z
    .object(definition.options)
    .safeParse(Object.fromEntries(Object.keys(definition.options).map((key) => [key, raw[key]])));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HubError(
    "usage",
    `The option --${flagOf(String(issue?.path[0] ?? ""))} is wrong: ${problemOf(issue?.message)}. See “hublet ${definition.path.join(" ")} --help”.`,
  );
}

/** The validator's word for text that is no number is a riddle. */
function problemOf(message: string | undefined): string {
  if (message === undefined) return "it could not be understood";
  return message.includes("NaN") ? "it must be a number" : message;
}

interface OwnedContext extends CliContext {
  closeHub(): Promise<void>;
}

function contextFor(raw: GlobalOptions, host: CliHost): OwnedContext {
  let client: HubClient | undefined;
  const instance = (): Instance => locateInstance({ config: raw.config, state: raw.state, account: raw.account }, host);
  return {
    root: host.root,
    cwd: host.cwd,
    env: host.env,
    uid: host.uid,
    interactive: host.interactive,
    json: raw.json === true,
    note: (line) => host.err(`${line}\n`),
    line: (text) => host.out(`${text}\n`),
    confirm: host.confirm,
    askText: host.askText,
    askChoice: host.askChoice,
    askSecret: host.askSecret,
    readInput: host.readInput,
    instance,
    hub: () => {
      client ??= connectHub(instance());
      return client;
    },
    closeHub: async () => {
      await client?.close();
    },
  };
}

function print(result: CommandResult, json: boolean, host: CliHost): void {
  if (json) host.out(`${printableJson(result.json, 2)}\n`);
  else if (result.text !== "") host.out(`${printable(result.text)}\n`);
}

/** @param noun with a space after it, when the call began with one: its own help says more than the program's */
function reportFailure(
  error: unknown,
  { json, noun }: { readonly json: boolean; readonly noun: string },
  host: CliHost,
): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A noun without a verb: its help was printed already.
    if (error.code === "commander.help" && !json) return 2;
    const message = error.message.replace(/^error: /, "");
    if (json) host.out(`${printableJson({ error: { code: "usage", message } }, 2)}\n`);
    else host.err(`hublet: ${message}\nSee “hublet ${noun}--help”.\n`);
    return 2;
  }
  const known = error instanceof HubError;
  const code = known ? error.code : "internal";
  const message = known ? error.message : `An unexpected error, a bug in Hublet: ${messageOf(error)}`;
  if (json)
    host.out(
      `${printableJson({ error: { code, message, ...(known && error.facts !== undefined ? error.facts : {}) } }, 2)}\n`,
    );
  else host.err(`hublet: ${printable(message)}\n${known || !(error instanceof Error) ? "" : `${error.stack ?? ""}\n`}`);
  return code === "usage" ? 2 : 1;
}
