/** `hublet config …`: the configuration file, before and while a hub runs. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import {
  type ConfigSnapshot,
  configJsonSchema,
  configYaml,
  diffConfigs,
  formatProblem,
  loadSnapshot,
} from "../../config/index.ts";
import { type ConfigChange, configurationSchema, effectiveConfigSchema } from "../../contract/index.ts";
import { findAccount } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { changeLines } from "../config-changes.ts";
import type { CliContext } from "../context.ts";
import { readableTime } from "../times.ts";

const FILE = { name: "file", description: "Configuration file; default: the hub's.", optional: true };

export const configCheck = command({
  path: ["config", "check"],
  summary: "Check the configuration with all its files; shows every mistake with its place",
  positionals: [FILE],
  options: {},
  examples: ["hublet config check", "hublet config check new.yaml", "hublet config check --json"],
  run: async (context, words) => {
    const file = fileOf(context, words);
    const { files, warnings: said } = await load(file, context);
    const warnings = [...said, ...(await hiddenFrom(context.instance().account, files))];
    const also = files.length > 1 ? [`It is made of:\n${files.map((each) => `  ${each}`).join("\n")}`] : [];
    const text = [`${file} has no mistakes.`, ...also, ...warnings.map((warning) => `Mind: ${warning}`)];
    return { json: { valid: true, file, files, warnings }, text: text.join("\n") };
  },
});

export const configShow = command({
  path: ["config", "show"],
  summary: "Show the configuration as Hublet understands it, all files in one; secrets by name only",
  positionals: [FILE],
  options: { defaults: z.boolean().default(false).describe("Show what has its default too.") },
  examples: ["hublet config show", "hublet config show --defaults"],
  run: async (context, words, options) => {
    const file = fileOf(context, words);
    const { config } = await load(file, context);
    const text = configYaml(config, options).replace(/\n$/, "");
    return { json: { file, yaml: text }, text };
  },
});

export const configSchema = command({
  path: ["config", "schema"],
  summary: "Print the JSON Schema of the configuration, for editors",
  positionals: [],
  options: {},
  examples: ["hublet config schema > hublet.schema.json"],
  run: async () => ({ json: configJsonSchema(), text: JSON.stringify(configJsonSchema(), null, 2) }),
});

export const configDiff = command({
  path: ["config", "diff"],
  summary: "Show what differs between the running hub and the files, and what needs a restart",
  positionals: [],
  options: {},
  inside: true,
  examples: ["hublet config diff", "hublet config diff --json"],
  run: async (context) => {
    const { config: file } = context.instance();
    const running = await runningHub(context);
    if ("why" in running) {
      const text = `${running.why}\nNothing was compared.`;
      return { json: { running: false, file, changes: [] }, text, exitCode: 1 };
    }
    const { status, effective } = running;
    const now = await loadNow(status.file, context);
    const refused = status.state === "refused";
    const changes = "error" in now ? [] : diffConfigs(effective, now.config);
    const text = [
      ...(refused ? refusal(status) : []),
      ...("error" in now && !refused
        ? [`The hub works with the files, but here they cannot be read. ${now.error.message}`]
        : []),
      ...("error" in now ? [] : [summary(changes, refused)]),
      ...status.warnings.map((warning) => `Mind: ${warning}`),
    ];
    const { state, appliedAt, problems } = status;
    const json = { running: true, file: status.file, state, appliedAt, changes, problems };
    return { json, text: text.join("\n"), exitCode: refused || "error" in now ? 1 : 0 };
  },
});

function refusal({ problems, refusedAt, appliedAt }: z.infer<typeof configurationSchema>): string[] {
  return [
    `The hub refused the files at ${refusedAt === null ? "an unknown time" : readableTime(refusedAt)}:`,
    ...problems.map(
      ({ line, column, ...problem }) =>
        `  ${formatProblem({ ...problem, ...(line === null ? {} : { line }), ...(column === null ? {} : { column }) })}`,
    ),
    `It works on with the configuration that it took over at ${readableTime(appliedAt)}.`,
  ];
}

/** Root can read everything; the account that runs the hub cannot, and would refuse the file. */
async function hiddenFrom(name: string, files: readonly string[]): Promise<string[]> {
  const account = process.geteuid?.() === 0 ? await findAccount(name) : undefined;
  if (account === undefined) return [];
  const hidden = files.filter((path) => {
    const { uid, gid, mode } = statSync(path);
    return (mode & (uid === account.uid ? 0o400 : gid === account.gid ? 0o040 : 0o004)) === 0;
  });
  return hidden.map(
    (path) => `${name}, which runs the hub, cannot read ${path}: chgrp ${name} ${path} && chmod g+r ${path}`,
  );
}

function fileOf(context: CliContext, words: readonly string[]): string {
  const [word] = words;
  return word === undefined || word === "" ? context.instance().config : resolve(context.cwd, word);
}

function summary(changes: readonly ConfigChange[], refused: boolean): string {
  if (changes.length === 0)
    return refused
      ? "Until the mistakes are corrected, nothing of the files is compared."
      : "The running hub works with what the files say.";
  const restart = changes.some((change) => !change.live);
  const last = restart ? ["Stop “hublet up” and start it again for the rest; people's servers go on meanwhile."] : [];
  return [...changes.flatMap(changeLines), ...last].join("\n");
}

type Running =
  | { readonly why: string }
  | { readonly status: z.infer<typeof configurationSchema>; readonly effective: Readonly<Record<string, unknown>> };

async function runningHub(context: CliContext): Promise<Running> {
  try {
    const hub = context.hub();
    const status = await hub.request("GET", "/hublet/configuration", configurationSchema);
    const { config } = await hub.request("GET", "/hublet/configuration/effective", effectiveConfigSchema);
    return { status, effective: config };
  } catch (error) {
    if (error instanceof HubError && error.code === "hub-unreachable") return { why: error.message };
    throw error;
  }
}

function load(file: string, context: CliContext): Promise<ConfigSnapshot> {
  return loadSnapshot({ file, environment: context.env, state: context.instance().state });
}

async function loadNow(
  file: string,
  context: CliContext,
): Promise<{ readonly config: Readonly<Record<string, unknown>> } | { readonly error: HubError }> {
  try {
    return { config: (await load(file, context)).config };
  } catch (error) {
    if (error instanceof HubError) return { error };
    throw error;
  }
}
