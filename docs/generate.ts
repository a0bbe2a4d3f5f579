/**
 * Writes what is generated: the references of configuration and command line, and the JSON Schema for editors.
 * Run it with `node docs/generate.ts` after a change; `test/docs.test.ts` fails while they differ.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Command, commandIndex, globalOptions, loadCommand, optionOf } from "../src/cli/index.ts";
import { configJsonSchema } from "../src/config/index.ts";
import { configSchema } from "../src/contract/index.ts";

const root = join(import.meta.dirname, "..");

/** The text of each generated file, by its path in the repository. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  const commands = await Promise.all(commandIndex.map(loadCommand));
  return {
    "hublet.schema.json": `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    "docs/configuration.md": configurationPage(),
    "docs/cli.md": cliPage(commands),
  };
}

/** The part of JSON Schema that the configuration uses. */
interface Shape {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
}
const shapeSchema: z.ZodType<Shape> = z.looseObject({});

function configurationPage(): string {
  const schema = shapeSchema.parse(configJsonSchema());
  const sections = Object.entries(schema.properties ?? {}).filter(([, shape]) => fieldsOf(shape) !== undefined);
  // Sizes are written with units and are numbers afterwards, so their defaults are known only after parsing.
  const defaults: Readonly<Record<string, unknown>> = configSchema.parse({});
  return page([
    "# Configuration",
    "`hublet.yaml` is YAML. Everything has a default, so the file holds only what you change; `hublet up` writes a short one with comments. Its place:",
    [
      "- started by root: `/etc/hublet/hublet.yaml` (with `--account NAME`: `/etc/hublet/NAME.yaml`);",
      "- started by a person: `~/.config/hublet/hublet.yaml`;",
      "- with `--state FOLDER`: `FOLDER/hublet.yaml` for a person; for root `/etc/hublet/` and the folder's path (`/srv/trial`: `/etc/hublet/srv-trial.yaml`), since root obeys only a file that nobody else can write;",
      "- with `--config FILE`: that file.",
    ].join("\n"),
    "Changes count after `hublet up` is stopped and started again; servers that run keep running, with what they were started with. A file with mistakes is refused with all of them, each with line and column, and nothing is changed.",
    "Sizes are written like `512M` or `2G` (powers of 1024; `2GB` is 2,000,000,000), durations like `90s`, `5m`, `1h`. For help while typing, let your editor use [hublet.schema.json](../hublet.schema.json).",
    "## Top level",
    fieldTable(schema.properties ?? {}, defaults),
    ...sections.flatMap(([name, shape]) => [
      `## ${name}${shape.type === "array" ? " (a list)" : ""}`,
      shape.description ?? "",
      fieldTable(fieldsOf(shape) ?? {}, shape.type === "array" ? {} : asRecord(defaults[name])),
    ]),
  ]);
}

function fieldsOf(shape: Shape): Readonly<Record<string, Shape>> | undefined {
  return shape.properties ?? shape.items?.properties;
}

function fieldTable(fields: Readonly<Record<string, Shape>>, defaults: Readonly<Record<string, unknown>>): string {
  return table(
    ["Key", "Meaning", "Values", "Default"],
    Object.entries(fields).map(([name, shape]) => [
      `\`${name}\``,
      shape.description ?? "",
      fieldsOf(shape) === undefined ? values(shape) : `see [below](#${anchor(name, shape)})`,
      fieldsOf(shape) === undefined ? defaultText(shape, defaults[name] ?? shape.default) : "",
    ]),
  );
}

function anchor(name: string, shape: Shape): string {
  return `${name.toLowerCase()}${shape.type === "array" ? "-a-list" : ""}`;
}

function values(shape: Shape): string {
  if (shape.enum !== undefined) return shape.enum.map(code).join(", ");
  const examples = examplesOf(shape);
  if (examples !== undefined) return `${examples.map(code).join(", ")}, …`;
  if (shape.anyOf !== undefined) return shape.anyOf.map(values).join(", ");
  if (shape.const !== undefined) return code(shape.const);
  if (shape.type === "boolean") return "`true`, `false`";
  if (shape.type === "array") return "list of texts";
  if (shape.type === "object") return "names and values";
  if (shape.type !== "integer" && shape.type !== "number") return "text";
  if (shape.type === "number") return "number";
  const low = shape.minimum ?? 1;
  const open = shape.maximum === undefined || shape.maximum === Number.MAX_SAFE_INTEGER;
  return open ? `${low} or more` : `${low} to ${shape.maximum}`;
}

/** Sizes and durations may be texts with a unit, and show how. */
function examplesOf(shape: Shape): readonly unknown[] | undefined {
  return shape.anyOf?.find((choice) => choice.examples !== undefined)?.examples;
}

function defaultText(shape: Shape, value: unknown): string {
  if (value === undefined) return "–";
  if (Array.isArray(value) || (typeof value === "object" && value !== null)) return "none";
  if (value === "") return "empty";
  const examples = examplesOf(shape);
  if (typeof value !== "number" || examples === undefined) return code(value);
  return code(examples.includes("90s") ? `${value}s` : `${value / 1024 ** 3}G`);
}

function cliPage(commands: readonly Command[]): string {
  return page([
    "# Command line",
    "Each command is `./hublet COMMAND` in the program's folder. Commands other than `up` and `test` speak to the running hub over its private socket, so they need no password; they work for root and for the account that runs the hub.",
    "Results go to standard output, notes and errors to standard error. The exit code is 0 when it worked, 1 when it failed, and 2 when the command line could not be understood.",
    "## Options of every command",
    optionTable(globalOptions()),
    "`--config`, `--state` and `--account` may be set once in the environment instead: `HUBLET_CONFIG`, `HUBLET_STATE`, `HUBLET_ACCOUNT`. `HUBLET_YES=1` stands for `--yes` of `up` and `test`; `HUBLET_NODE` names the Node.js to run with.",
    ...commands.flatMap(commandSection),
  ]);
}

function commandSection(command: Command): string[] {
  const name = command.path.join(" ");
  const options = Object.entries(command.options).map(([key, schema]) => optionOf(key, schema));
  const words = command.positionals.map((positional) => {
    const text = `${positional.name}${positional.variadic === true ? "..." : ""}`;
    return positional.optional === true ? `[${text}]` : `<${text}>`;
  });
  const meanings = command.positionals.map((positional) => `- \`${positional.name}\`: ${positional.description}`);
  return [
    `## ${name}`,
    `${command.summary}.`,
    fence(["hublet", name, ...words, ...(options.length > 0 ? ["[options]"] : [])].join(" ")),
    ...(meanings.length > 0 ? [meanings.join("\n")] : []),
    ...(options.length > 0 ? [optionTable(options)] : []),
    command.examples.length > 1 ? "Examples:" : "Example:",
    fence(command.examples.join("\n")),
  ];
}

function optionTable(options: readonly { readonly flags: string; readonly description: string }[]): string {
  return table(
    ["Option", "Meaning"],
    options.map(({ flags, description }) => [code(flags), sentence(description)]),
  );
}

function sentence(text: string): string {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.)]$/.test(whole) ? whole : `${whole}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function fence(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).catch({}).parse(value);
}

function page([title = "", ...paragraphs]: readonly string[]): string {
  const note = "<!-- Generated by `node docs/generate.ts`: edit the schema or the command records instead. -->";
  return `${[title, note, ...paragraphs].join("\n\n")}\n`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generatedFiles())) writeFileSync(join(root, path), text);
}
