/** `hublet secrets import`: takes over what ansible-vault keeps. */
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { secretPath } from "../../config/index.ts";
import { HubError, messageOf, Secret } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { matchNames } from "../secrets/ansible-names.ts";
import { ansibleVariables, type Variables } from "../secrets/ansible-vault.ts";
import { secretsOf, storeSecret } from "../secrets/store.ts";

const MAX_BYTES = 1024 * 1024;

export const secretsImport = command({
  path: ["secrets", "import"],
  summary: "Take over secrets from a file of ansible-vault, or from a YAML file with !vault values",
  positionals: [{ name: "file", description: "The file: ansible-vault 1.1 or 1.2, or YAML with !vault values." }],
  options: {
    passwordFile: z.string().optional().describe("File with the password, of mode 0600; otherwise it is asked for."),
    as: z
      .array(z.string())
      .default([])
      .describe("NAME=VARIABLE: the secret NAME is this variable; may be said several times."),
    dryRun: z.boolean().default(false).describe("Only show which variables there are, and what would be taken over."),
  },
  examples: [
    "hublet secrets import jupyterhub-secrets.yml",
    "hublet secrets import group_vars/all.yml --password-file ~/.ansible/password --as github-client=vault_oauth_secret",
    "hublet secrets import jupyterhub-secrets.yml --dry-run",
  ],
  run: async (context, words, options) => {
    const file = resolve(context.cwd, firstWord(words));
    const text = readText(file, "file");
    const password = await passwordOf(context, options.passwordFile);
    if (password === undefined) return { json: { imported: {} }, text: "Nothing was changed." };
    const variables = ansibleVariables(text, password, basename(file).replace(/\.(ya?ml|vault)$/, ""));
    if (variables.size === 0) throw new HubError("bad-request", `There are no variables in ${file}.`);
    const chosen = await choose(context, variables, options.as);
    for (const name of chosen.keys()) secretPath(context.instance().config, name);
    if (!options.dryRun)
      for (const [name, variable] of chosen)
        await storeSecret(context, name, variables.get(variable) ?? new Secret(""));
    const found = [...variables.keys()].toSorted();
    const rest = found.filter((variable) => ![...chosen.values()].includes(variable));
    const done = options.dryRun ? "Would take over" : "Took over";
    return {
      json: { imported: Object.fromEntries(chosen), variables: found, dryRun: options.dryRun },
      text: [
        ...[...chosen].map(([name, variable]) => `${done} ${variable} as the secret ${name}.`),
        ...(chosen.size === 0
          ? ["Nothing was taken over: no variable is named like a secret of the configuration."]
          : []),
        ...(rest.length === 0 ? [] : [`Left: ${rest.join(", ")}. Take one over with --as NAME=VARIABLE.`]),
      ].join("\n"),
    };
  },
});

/** The variable for each secret: as said, else what fits, else as the person answers. */
async function choose(
  context: CliContext,
  variables: Variables,
  said: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const chosen = new Map<string, string>();
  for (const pair of said) {
    const [, name, variable] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || variable === undefined) throw new HubError("usage", "--as takes NAME=VARIABLE.");
    if (!variables.has(variable))
      throw new HubError(
        "not-found",
        `There is no variable ${variable}. There are: ${[...variables.keys()].join(", ")}.`,
      );
    chosen.set(name, variable);
  }
  const open = (await secretsOf(context)).filter(({ name, usedBy }) => usedBy.length > 0 && !chosen.has(name));
  const matched = matchNames(open, variables);
  for (const { name, usedBy } of open) {
    const variable = matched.get(name) ?? (await ask(context, name, usedBy, variables));
    if (variable !== undefined) chosen.set(name, variable);
  }
  return chosen;
}

async function ask(
  context: CliContext,
  name: string,
  usedBy: readonly string[],
  variables: Variables,
): Promise<string | undefined> {
  if (!context.interactive) return undefined;
  const choices = [...variables.keys()].map((value) => ({ value, label: value }));
  const answer = await context.askChoice(`Which variable is ${name} (${usedBy.join(", ")})?`, [
    ...choices,
    { value: "", label: "none of them" },
  ]);
  return answer === "" ? undefined : answer;
}

async function passwordOf(context: CliContext, file: string | undefined): Promise<Secret | undefined> {
  if (file !== undefined) {
    const path = resolve(context.cwd, file);
    const text = readText(path, "password file");
    if ((statSync(path).mode & 0o077) !== 0)
      throw new HubError("bad-request", `The password file ${path} can be read by others; run “chmod 600 ${path}”.`);
    return new Secret(text.trim()); // as Ansible does
  }
  if (!context.interactive)
    throw new HubError("usage", "There is no terminal to ask for the password. Use --password-file.");
  const answer = await context.askSecret("Password of ansible-vault:");
  return answer === undefined ? undefined : new Secret(answer);
}

/** @throws HubError `not-found`, `bad-request` */
function readText(path: string, what: string): string {
  try {
    const stat = statSync(path);
    if (stat.isFile() && stat.size <= MAX_BYTES) return readFileSync(path, "utf8");
  } catch (error) {
    throw new HubError("not-found", `The ${what} ${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  throw new HubError("bad-request", `The ${what} ${path} is no file, or larger than 1 MiB.`);
}
