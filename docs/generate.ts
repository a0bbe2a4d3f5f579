/**
 * Writes what is generated: the references of configuration and command line, and the JSON Schema for editors.
 * Run it with `node docs/generate.ts` after a change; `test/docs.test.ts` fails while they differ.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Command, commandIndex, globalOptions, loadCommand, optionOf } from "../src/cli/index.ts";
import { configJsonSchema } from "../src/config/index.ts";
import { configSchema, RESTART_KEYS } from "../src/contract/index.ts";

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
  readonly additionalProperties?: Shape | boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
}
const shapeSchema: z.ZodType<Shape> = z.looseObject({});

function configurationPage(): string {
  const schema = shapeSchema.parse(configJsonSchema());
  // Sizes are written with units and are numbers afterwards, so their defaults are known only after parsing.
  const defaults: Readonly<Record<string, unknown>> = configSchema.parse({});
  return page([
    "# Configuration",
    "`hublet.yaml` is YAML. Everything has a default, so the file holds only what you change; `hublet init` asks the few questions that matter and writes it, and `hublet up` writes a short one when there is none. Its place:",
    [
      "- started by root: `/etc/hublet/hublet.yaml` (with `--account NAME`: `/etc/hublet/NAME.yaml`);",
      "- started by a person: `~/.config/hublet/hublet.yaml`;",
      "- with `--state FOLDER`: `FOLDER/hublet.yaml` for a person; for root `/etc/hublet/` and the folder's path (`/srv/trial`: `/etc/hublet/srv-trial.yaml`), since root obeys only a file that nobody else can write;",
      "- with `--config FILE`: that file.",
    ].join("\n"),
    "Sizes are written like `512M` or `2G` (powers of 1024; `2GB` is 2,000,000,000), durations like `90s`, `5m`, `1h`, `7d`. For help while typing, let your editor use [hublet.schema.json](../hublet.schema.json).",
    ...LIVE,
    ...FILES,
    ...SECRETS,
    "## Top level",
    fieldTable(schema, defaults, []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, shape]) => sections([name], shape, defaults[name])),
  ]);
}

const LIVE = [
  "## Changes",
  `A running hub takes changes over at once, as a whole: ${[
    "sign-in, people, groups, images, mounts, limits, banner, certificate, log level",
    "users file, host accounts and secrets too",
  ].join(
    "; ",
  )}. Nobody is signed out by it unless a rule that let them in is gone, and no connection is closed. Servers that run keep what they were started with.`,
  "What has a mistake is refused with all of its mistakes, each with file, line and column; the configuration before works on, also when the hub is started again meanwhile. The admin page, the log and `hublet config diff` show it. Look before with `hublet config check`.",
  `These need \`hublet up\` to be stopped and started again, and \`hublet config diff\` says so: ${RESTART_KEYS.map(code).join(", ")}, \`tls.redirectFrom\`, and whether there is a \`tls\` at all.`,
];

const FILES = [
  "## Several files",
  "`include` names folders, of which every `*.yaml` is read in the order of their names, or single files. Maps are merged, lists are appended, and what is said twice is a mistake. An included file includes no others; paths are relative to the file that says them.",
  yaml(`include: conf.d
people:
  # [[users]] with name and role = "admin" or "user", as deployments of JupyterHub have it.
  usersFile: jupyterhub_users.toml
  # Or, and: accounts of this host. jupyter-anna-maria is anna-maria.
  hostAccounts:
    prefix: jupyter-`),
  "Started by root, each of these files must be writable by root alone, like the configuration itself.",
];

const SECRETS = [
  "## Secrets",
  "The configuration holds names of secrets, never their values: `{secret: NAME}`. A value is looked for in the vault, then in the file `secrets/NAME` beside the configuration, then in `$CREDENTIALS_DIRECTORY/NAME`, where systemd puts credentials. Who has a name in both vault and file is warned. `hublet secrets set NAME` writes to the vault if there is one, else to the file (mode 0600; by root 0640 for the service account). A file that everybody on the host may read is refused. A running hub takes a changed value over at once.",
  "The vault is `secrets.age` beside the configuration, made by `hublet secrets init`. It may live in git: names of secrets and of people can be read, values cannot, and `git diff` shows what was changed without showing any value. Each value is sealed with AES-256-GCM under the vault's own key, bound to its name; that key is encrypted with [age](https://age-encryption.org/v1) for everybody under `recipients`, people and hosts. Whoever changes the file without being one of them is noticed, and the file is refused with the line: values that were moved or exchanged, recipients and values that were added or removed. What git keeps is yours to protect all the same: who can write the repository can bring back an older vault as a whole, or put another in its place.",
  "Private keys are looked for in the file that `HUBLET_IDENTITY` names, in `$HUBLET_SECRETS/vault.key`, in `secrets/vault.key` of the state folder (the hub's own, which `hublet up` makes for the service account) and in `~/.config/hublet/identity` (yours). All but the second must have mode 0600. Files of `age-keygen` are fine. Two people who add secrets at the same time get a conflict of git in `authenticator`: take one side whole, and set the other's value again.",
  "`signIn.github` takes what it does not say from the environment: `GITHUB_CLIENT_ID` or `OAUTH_CLIENT_ID`, `GITHUB_CLIENT_SECRET` or `OAUTH_CLIENT_SECRET`, and `OAUTH_CALLBACK_URL`.",
];

/** What is worth showing as a whole, by the section it belongs to. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  groups: [
    "Of several groups of a person grants (mounts, profiles, images, sharing, admin) add up, limits take the largest, and of two that set the same environment variable or mount target the higher priority wins; `server` counts only where no group says anything. `hublet auth explain NAME` shows what somebody gets, and why.",
    yaml(`profiles:
  - name: gpu
    title: With a GPU
    image: quay.io/jupyter/pytorch-notebook:cuda12-latest
    everyone: false
groups:
  students:
    members:
      everyone: true
    mounts:
      - source: /srv/course
        target: /course
    idleTimeout: 1h
  staff:
    priority: 10
    members:
      names: [ada, grace]
      github: ["my-lab:staff"]
    profiles: [gpu]
    memory: 16G
    cpus: 8
    idleTimeout: off
    mounts:
      - source: /srv/course
        target: /course
        readOnly: false
signIn:
  github:
    clientId: Iv1.0123456789
    clientSecret: {secret: github}
    allow:
      organizations: [my-lab]`),
  ],
  signIn: [
    "Nobody is let in unless a rule says so: named under `people`, in the users file or by an account of the host, added by an admin, or let in by `allow` of a provider. Several ways may be on at once.",
    "A lab where people choose their password at the first visit:",
    yaml(`people:
  admins: [ada]
  names: [grace, linus]
signIn:
  firstUse: open`),
    "A lab of a GitHub organisation; its team `admins` are admins:",
    yaml(`signIn:
  passwords: false
  github:
    clientId: Iv1.0123456789
    clientSecret: {secret: github}
    callbackUrl: https://hub.example.org/hub/oauth_callback
    allow:
      organizations: [my-lab]
    admins:
      organizations: ["my-lab:admins"]`),
    "A university's provider beside Google, each under a name of your choice:",
    yaml(`signIn:
  oidc:
    campus:
      title: Campus account
      preset: keycloak
      issuer: https://login.example.org/realms/campus
      clientId: hublet
      clientSecret: {secret: campus}
      allow:
        groups: [researchers]
      admins:
        groups: [lab-admins]
    google:
      preset: google
      clientId: 0123.apps.googleusercontent.com
      clientSecret: {secret: google}
      allow:
        domains: [example.org]`),
  ],
};

/** A heading with a table for each map of keys, the inner ones after those around them. */
function sections(path: readonly string[], shape: Shape, defaults: unknown): string[] {
  const inner = mapOf(shape);
  if (inner?.properties === undefined) return [];
  const known = kindOf(shape) === "map" ? asRecord(defaults) : {};
  const nested = Object.entries(inner.properties).flatMap(([name, child]) =>
    isShort(child) ? [] : sections([...path, ...step(shape), name], child, known[name]),
  );
  return [
    `${"#".repeat(Math.min(path.filter((part) => part !== "NAME").length + 1, 4))} ${heading(path, shape)}`,
    shape.description ?? "",
    ...(EXAMPLES[path.join(".")] ?? []),
    fieldTable(inner, known, [...path, ...step(shape)]),
    ...nested,
  ];
}

/** The map of keys that a value is, or that its items or entries are. */
function mapOf(shape: Shape): Shape | undefined {
  if (shape.properties !== undefined) return shape;
  if (shape.items?.properties !== undefined) return shape.items;
  const entry = shape.additionalProperties;
  return typeof entry === "object" && entry.properties !== undefined ? entry : undefined;
}

function kindOf(shape: Shape): "map" | "list" | "record" {
  if (shape.properties !== undefined) return "map";
  return shape.items === undefined ? "record" : "list";
}

function step(shape: Shape): string[] {
  return kindOf(shape) === "record" ? ["NAME"] : [];
}

const KIND_WORDS = { map: "", list: " (a list)", record: " (by name)" };

function heading(path: readonly string[], shape: Shape): string {
  return `${path.join(".")}${KIND_WORDS[kindOf(shape)]}`;
}

/** References to secrets are told in one line. */
function isShort(shape: Shape): boolean {
  return Object.keys(shape.properties ?? {}).join() === "secret";
}

function fieldTable(map: Shape, defaults: Readonly<Record<string, unknown>>, path: readonly string[]): string {
  return table(
    ["Key", "Meaning", "Values", "Default"],
    Object.entries(map.properties ?? {}).map(([name, shape]) => {
      const hasSection = mapOf(shape) !== undefined && !isShort(shape);
      const link = `see [below](#${anchor(heading([...path, name], shape))})`;
      return [
        `\`${name}\``,
        shape.description ?? "",
        hasSection ? link : values(shape),
        hasSection ? "" : defaultText(shape, name in defaults ? defaults[name] : shape.default),
      ];
    }),
  );
}

/** As GitHub makes them of headings. */
function anchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

function values(shape: Shape): string {
  if (isShort(shape)) return "`{secret: NAME}`";
  if (shape.enum !== undefined) return shape.enum.map(code).join(", ");
  const examples = examplesOf(shape);
  if (examples !== undefined) return `${examples.map(code).join(", ")}, …`;
  if (shape.anyOf !== undefined) return shape.anyOf.map(values).join(", ");
  if (shape.const !== undefined) return code(shape.const);
  if (shape.type === "boolean") return "`true`, `false`";
  if (shape.type === "array") return "list of texts";
  if (shape.type === "object") return isListShape(shape.additionalProperties) ? "names with lists" : "names and values";
  if (shape.type !== "integer" && shape.type !== "number") return "text";
  if (shape.type === "number") return "number";
  const low = shape.minimum ?? 1;
  const open = shape.maximum === undefined || shape.maximum === Number.MAX_SAFE_INTEGER;
  return open ? `${low} or more` : `${low} to ${shape.maximum}`;
}

function isListShape(shape: Shape | boolean | undefined): boolean {
  return typeof shape === "object" && shape.type === "array";
}

/** Sizes and durations may be texts with a unit, and show how. */
function examplesOf(shape: Shape): readonly unknown[] | undefined {
  return shape.anyOf?.find((choice) => choice.examples !== undefined)?.examples;
}

function defaultText(shape: Shape, value: unknown): string {
  if (value === undefined) return "–";
  if (value === null) return code("off");
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

function yaml(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\``;
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
