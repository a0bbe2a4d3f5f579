/** `hublet secret …`: values that the configuration only names. They are never shown, and never on a command line. */
import { z } from "zod";
import { listSecrets, removeSecret, secretPath, writeSecret } from "../../config/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { accountGroup } from "../secret-owner.ts";
import { table } from "../table.ts";
import { checkConfigOwner } from "../up/config-owner.ts";

const NAME = { name: "name", description: "The secret's name, as the configuration has it." };

export const secretSet = command({
  path: ["secret", "set"],
  summary: "Set the value of a secret; it is asked for without echo",
  positionals: [NAME],
  options: { stdin: z.boolean().default(false).describe("Read the value from standard input.") },
  examples: ["hublet secret set github-client", "pass show hub/github | hublet secret set github-client --stdin"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    const { config, account } = context.instance();
    checkConfigOwner(secretPath(config, name));
    if (!options.stdin && !context.interactive)
      throw new HubError("usage", "There is no terminal to ask for the value. Use --stdin.");
    const value = options.stdin
      ? (await context.readInput()).replace(/\r?\n$/, "")
      : await context.askSecret(`Value of ${name}:`);
    if (value === undefined) return { json: { name, changed: false }, text: "Nothing was changed." };
    const file = writeSecret(config, name, new Secret(value), await accountGroup(account));
    const use = `Name it in the configuration as {secret: ${name}}; a running hub takes it over at once.`;
    return { json: { name, file, changed: true }, text: `The secret ${name} is set in ${file}.\n${use}` };
  },
});

export const secretList = command({
  path: ["secret", "list"],
  summary: "List secrets and which keys of the configuration name them; never their values",
  positionals: [],
  options: {},
  examples: ["hublet secret list"],
  run: async (context) => {
    const secrets = await listSecrets(optionsOf(context));
    const rows = secrets.map(({ name, state, usedBy, problem }) => [
      name,
      problem === undefined ? state : `${state}: ${problem}`,
      usedBy.join(", ") || "-",
    ]);
    const text = table(["NAME", "STATE", "NAMED BY"], rows, "There are no secrets.");
    return { json: secrets, text, exitCode: secrets.some(({ state }) => isWrong(state)) ? 1 : 0 };
  },
});

function optionsOf(context: CliContext): Parameters<typeof listSecrets>[0] {
  const { config: file, state } = context.instance();
  return { file, state, environment: context.env };
}

function isWrong(state: string): boolean {
  return state === "missing" || state === "unusable";
}

export const secretRemove = command({
  path: ["secret", "remove"],
  summary: "Remove a secret",
  positionals: [NAME],
  options: { yes: z.boolean().default(false).describe("Do not ask, also when the configuration names it.") },
  examples: ["hublet secret remove github-client"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    const { config } = context.instance();
    const used = (await listSecrets(optionsOf(context))).find((secret) => secret.name === name)?.usedBy ?? [];
    if (used.length > 0 && !options.yes) {
      const warning = `The configuration names ${name} (${used.join(", ")}) and is refused without it.`;
      if (!context.interactive) throw new HubError("usage", `${warning} Add --yes to say that you mean it.`);
      if (!(await context.confirm(`${warning} Remove it?`, { byDefault: false })))
        return { json: { name, removed: false }, text: "Nothing was changed." };
    }
    checkConfigOwner(secretPath(config, name));
    removeSecret(config, name);
    return { json: { name, removed: true }, text: `The secret ${name} was removed.` };
  },
});
