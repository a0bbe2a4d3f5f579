/** `hublet secrets share|unshare|rotate`: who can open the vault, and new keys. */
import { z } from "zod";
import { addRecipient, recipientOf, removeRecipient, rotateVault, secretPath } from "../../config/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { identitiesOf, newValue, openedVault, storeSecret, vaultOf } from "../secrets/store.ts";

const WHO = { name: "name", description: "Name of the person or host, as the vault has it." };

export const secretsShare = command({
  path: ["secrets", "share"],
  summary: "Let somebody else open the vault, by their public key; without a name, list who can",
  positionals: [
    { ...WHO, optional: true },
    { name: "recipient", description: "Their public key of age: age1…", optional: true },
  ],
  options: {},
  examples: [
    "hublet secrets share",
    "hublet secrets share grace age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq",
  ],
  run: async (context, [name, recipient]) => {
    const { file, vault } = await openedVault(context);
    if (name === undefined) {
      const recipients = Object.fromEntries(vault.recipients);
      const lines = [...vault.recipients].map(([each, key]) => `${each}  ${key}`);
      return { json: { file, recipients }, text: lines.join("\n") };
    }
    if (recipient === undefined)
      throw new HubError("usage", "Their public key is missing: age1…, never the private one.");
    if (recipient.startsWith("AGE-SECRET-KEY-"))
      throw new HubError(
        "bad-request",
        "This is a private key, and was on a command line: it is no secret any more. Make a new one, and share its public key (age1…).",
      );
    const known = vault.recipients.get(name);
    if (known !== undefined && known !== recipient)
      throw new HubError(
        "conflict",
        `“${name}” can open the vault already, with another key. Say “hublet secrets unshare” first, or use another name.`,
      );
    const added = await addRecipient(file, name, recipient, identitiesOf(context));
    const text = added ? `${name} can open the vault now. Give them ${file}.` : `${name} could open the vault already.`;
    return { json: { file, name, added }, text };
  },
});

export const secretsUnshare = command({
  path: ["secrets", "unshare"],
  summary: "Let somebody open the vault no more: it gets a new key, and everything is sealed anew",
  positionals: [WHO],
  options: {},
  examples: ["hublet secrets unshare grace"],
  run: async (context, words) => {
    const name = firstWord(words);
    const { file, vault, values } = await openedVault(context);
    await refuseOwn(context, vault.recipients, name);
    await removeRecipient(file, name, identitiesOf(context));
    const names = [...values.keys()].toSorted();
    const seen =
      names.length === 0
        ? []
        : [
            `What was in it until now they could read, and have in older copies. Change it where it is used: ${names.join(", ")}.`,
          ];
    return {
      json: { file, name, couldRead: names },
      text: [`${name} cannot open the vault from now on.`, ...seen].join("\n"),
    };
  },
});

/** Nobody shuts themselves out by accident. */
async function refuseOwn(context: CliContext, recipients: ReadonlyMap<string, string>, name: string): Promise<void> {
  if (!recipients.has(name)) return; // told by the change itself
  const own = await Promise.all(identitiesOf(context).map(recipientOf));
  if ([...recipients].some(([each, recipient]) => each !== name && own.includes(recipient))) return;
  throw new HubError(
    "conflict",
    `You open the vault as “${name}” and could not any more. Let somebody else do it who stays.`,
  );
}

export const secretsRotate = command({
  path: ["secrets", "rotate"],
  summary: "Give the vault a new key; with a name, that secret a new value too",
  positionals: [{ name: "name", description: "A secret that gets a new value.", optional: true }],
  options: {
    stdin: z.boolean().default(false).describe("Read the new value from standard input."),
    random: z.boolean().default(false).describe("Make the new value up: 20 letters and digits."),
  },
  examples: ["hublet secrets rotate", "hublet secrets rotate door --random"],
  run: async (context, [name], options) => {
    const file = vaultOf(context);
    if (name === undefined) {
      if (options.stdin || options.random) throw new HubError("usage", "Say which secret gets a new value.");
      await rotateVault(file, identitiesOf(context));
      return { json: { file, rotated: true }, text: "The vault has a new key; the secrets in it are the same." };
    }
    secretPath(context.instance().config, name);
    const { values } = await openedVault(context);
    if (!values.has(name))
      throw new HubError("not-found", `There is no secret ${name} in the vault. See “hublet secrets list”.`);
    const value = await newValue(context, name, options);
    if (value === undefined) return { json: { file, rotated: false }, text: "Nothing was changed." };
    await rotateVault(file, identitiesOf(context));
    await storeSecret(context, name, value);
    return { json: { file, rotated: true, name }, text: `The vault has a new key, and ${name} a new value.` };
  },
});
