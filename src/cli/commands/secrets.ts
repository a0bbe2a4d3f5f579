/** `hublet secrets set|list|show|remove`: values that the configuration only names. They are never on a command line. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { readVault, removeSecret, secretPath, setValues } from "../../config/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { identitiesOf, newValue, openedVault, secretsOf, storeSecret, usesOf, vaultOf } from "../secrets/store.ts";
import { table } from "../table.ts";
import { checkConfigOwner } from "../up/config-owner.ts";

const NAME = { name: "name", description: "The secret's name, as the configuration has it." };

export const secretsSet = command({
  path: ["secrets", "set"],
  summary: "Set the value of a secret, in the vault if there is one; it is asked for without echo",
  positionals: [NAME],
  options: {
    stdin: z.boolean().default(false).describe("Read the value from standard input."),
    random: z.boolean().default(false).describe("Make the value up: 20 letters and digits."),
  },
  examples: [
    "hublet secrets set github-client",
    "pass show hub/github | hublet secrets set github-client --stdin",
    "hublet secrets set door --random",
  ],
  run: async (context, words, options) => {
    const name = firstWord(words);
    secretPath(context.instance().config, name); // a name that is none is told before the value is asked for
    const value = await newValue(context, name, options);
    if (value === undefined) return { json: { name, changed: false }, text: "Nothing was changed." };
    const file = await storeSecret(context, name, value);
    const use = `Name it in the configuration as {secret: ${name}}; a running hub takes it over at once.`;
    const see = options.random ? [`“hublet secrets show ${name} --reveal” shows it.`] : [];
    return {
      json: { name, file, changed: true },
      text: [`The secret ${name} is set in ${file}.`, use, ...see].join("\n"),
    };
  },
});

export const secretsList = command({
  path: ["secrets", "list"],
  summary: "List secrets, where they lie and which keys of the configuration name them; never their values",
  positionals: [],
  options: {},
  examples: ["hublet secrets list"],
  run: async (context) => {
    const secrets = await secretsOf(context);
    const rows = secrets.map(({ name, state, usedBy, problem, where }) => [
      name,
      problem === undefined ? state : `${state}: ${problem}`,
      usedBy.join(", ") || "-",
      where ?? "-",
    ]);
    const text = table(["NAME", "STATE", "NAMED BY", "WHERE"], rows, "There are no secrets.");
    return { json: secrets, text, exitCode: secrets.some(({ state }) => isWrong(state)) ? 1 : 0 };
  },
});

function isWrong(state: string): boolean {
  return state === "missing" || state === "unusable";
}

export const secretsShow = command({
  path: ["secrets", "show"],
  summary: "Print the value of a secret of the vault, when you say that you mean it",
  positionals: [NAME],
  options: { reveal: z.boolean().default(false).describe("Say that the value may be seen where this prints it.") },
  examples: ["hublet secrets show door --reveal", "hublet secrets show door --reveal | wl-copy"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    if (!options.reveal)
      throw new HubError(
        "usage",
        "This prints the value for everybody who sees the terminal. Add --reveal if you mean it.",
      );
    const value = (await openedVault(context)).values.get(name);
    if (value === undefined)
      throw new HubError("not-found", `There is no secret ${name} in the vault. See “hublet secrets list”.`);
    return { json: { name, value: value.reveal() }, text: value.reveal() };
  },
});

export const secretsRemove = command({
  path: ["secrets", "remove"],
  summary: "Remove a secret",
  positionals: [NAME],
  options: { yes: z.boolean().default(false).describe("Do not ask, also when the configuration names it.") },
  examples: ["hublet secrets remove github-client"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    const { config } = context.instance();
    const path = secretPath(config, name);
    const used = await usesOf(context, name);
    if (used.length > 0 && !options.yes) {
      const warning = `The configuration names ${name} (${used.join(", ")}) and is refused without it.`;
      if (!context.interactive) throw new HubError("usage", `${warning} Add --yes to say that you mean it.`);
      if (!(await context.confirm(`${warning} Remove it?`, { byDefault: false })))
        return { json: { name, removed: false }, text: "Nothing was changed." };
    }
    checkConfigOwner(path);
    const vault = vaultOf(context);
    const inVault = readVault(vault)?.values.has(name) === true;
    if (inVault) await setValues(vault, new Map([[name, undefined]]), identitiesOf(context));
    if (!inVault || existsSync(path)) removeSecret(config, name);
    return { json: { name, removed: true }, text: `The secret ${name} was removed.` };
  },
});
