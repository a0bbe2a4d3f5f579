/** `hublet secrets init`: a vault, a key to open it, and the secrets that the configuration names. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { basename } from "node:path";
import { z } from "zod";
import {
  createVault,
  newIdentity,
  openVault,
  personIdentity,
  recipientOf,
  secretFiles,
  setValues,
  writeIdentity,
} from "../../config/index.ts";
import { findAccount } from "../../deploy/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { foundIdentities, identitiesOf, randomValue, secretsOf, vaultOf } from "../secrets/store.ts";
import { letHubOpenVault } from "../up/vault-access.ts";

export const secretsInit = command({
  path: ["secrets", "init"],
  summary: "Make the vault and your key to it, take over secrets from files, and ask for those that are missing",
  positionals: [],
  options: {
    name: z.string().optional().describe("Your name in the vault. Default: your account's."),
    takeOver: z.boolean().default(false).describe("Move secrets that lie in files into the vault, without asking."),
  },
  examples: ["hublet secrets init", "hublet secrets init --name ada --take-over"],
  run: async (context, _words, options) => {
    const file = vaultOf(context);
    const identity = await ensureIdentity(context);
    const made = !existsSync(file);
    if (made) await createVault(file, new Map([[nameOf(context, options.name), identity.recipient]]));
    else await mustOpen(context, file, identity.recipient);
    // Before files go: a hub that runs works on with their values.
    const hub = await shareWithHub(context);
    const taken = await takeOver(context, file, options.takeOver);
    const { set, random, missing } = await complete(context, file);
    const text = [
      made ? `Made the vault ${file}. It may live in git.` : `The vault is ${file}.`,
      identity.made
        ? `Made your private key ${identity.file}. Keep it safe, and a copy elsewhere: without it, nobody opens the vault. It never belongs in git.`
        : `Your public key is ${identity.recipient}.`,
      ...(hub === undefined ? [] : [`${hub}.`]),
      ...(taken.length > 0 ? [`Moved into the vault: ${taken.join(", ")}.`] : []),
      ...(random.length > 0 ? [`Made up: ${random.join(", ")} (hublet secrets show NAME --reveal).`] : []),
      ...(set.length > 0 ? [`Set: ${set.join(", ")}.`] : []),
      ...missing.map((name) => `Missing: ${name}. Set it with “hublet secrets set ${name}”.`),
    ];
    return {
      json: { file, made, identity: identity.file, recipient: identity.recipient, taken, set, random, missing },
      text: text.join("\n"),
    };
  },
});

interface OwnIdentity {
  readonly file: string | null;
  readonly recipient: string;
  readonly made: boolean;
}

/** The person's key: the first that there is, or a new one. */
async function ensureIdentity(context: CliContext): Promise<OwnIdentity> {
  const [first] = identitiesOf(context);
  const known = first === undefined ? undefined : await recipientOf(first);
  if (known !== undefined) return { file: null, recipient: known, made: false };
  const { problems } = foundIdentities(context);
  const file = personIdentity(context.env);
  if (first !== undefined || existsSync(file))
    throw new HubError(
      "vault-unusable",
      `The private key is damaged${problems.map((why) => `: ${why}`).join("")}. Bring it back, or move it away.`,
    );
  const identity = await newIdentity();
  writeIdentity(file, identity);
  return { file, recipient: identity.recipient, made: true };
}

function nameOf(context: CliContext, said: string | undefined): string {
  const { SUDO_USER, USER } = context.env;
  return [said, SUDO_USER, USER].find((name) => name !== undefined && name !== "") ?? userInfo().username;
}

async function mustOpen(context: CliContext, file: string, recipient: string): Promise<void> {
  try {
    await openVault(file, identitiesOf(context));
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new HubError(
      "vault-unusable",
      `${error.message}\nYour public key is ${recipient}: whoever can open the vault lets you in with “hublet secrets share NAME ${recipient}”.`,
      { cause: error },
    );
  }
}

/** By root: the account that the hub runs as, when it is there already, gets a key of its own, as “hublet up” does it. */
async function shareWithHub(context: CliContext): Promise<string | undefined> {
  const { config, state, account: name } = context.instance();
  if (process.geteuid?.() !== 0 || !existsSync(state)) return undefined;
  const account = await findAccount(name);
  return account === undefined ? undefined : letHubOpenVault({ config, state, account, environment: context.env });
}

/** @returns the names that were moved */
async function takeOver(context: CliContext, vault: string, always: boolean): Promise<string[]> {
  const files = secretFiles(context.instance().config);
  const names = files.map((path) => basename(path));
  if (files.length === 0 || !(always || context.interactive)) return [];
  if (!always && !(await context.confirm(`Move these secrets from files into the vault: ${names.join(", ")}?`)))
    return [];
  const values = new Map(
    files.map((path) => [basename(path), new Secret(readFileSync(path, "utf8").replace(/\r?\n$/, ""))]),
  );
  await setValues(vault, values, identitiesOf(context));
  // Only what is safe in the vault goes.
  for (const path of files) rmSync(path);
  return names;
}

interface Completed {
  readonly set: readonly string[];
  readonly random: readonly string[];
  readonly missing: readonly string[];
}

/** Asks for what the configuration names and nobody has set; what is ours to choose is made up. */
async function complete(context: CliContext, vault: string): Promise<Completed> {
  const wanted = existsSync(context.instance().config)
    ? (await secretsOf(context)).filter(({ state }) => state === "missing")
    : [];
  const values = new Map<string, Secret>();
  const random: string[] = [];
  for (const { name, usedBy } of wanted) {
    if (usedBy.every(isOurs)) {
      random.push(name);
      values.set(name, randomValue());
    } else if (context.interactive && !usedBy.includes(PRIVATE_KEY)) {
      const value = await context.askSecret(`Value of ${name} (${usedBy.join(", ")}), or nothing for later:`);
      if (value !== undefined && value !== "") values.set(name, new Secret(value));
    }
  }
  if (values.size > 0) await setValues(vault, values, identitiesOf(context));
  const names = wanted.map(({ name }) => name);
  return {
    set: names.filter((name) => values.has(name) && !random.includes(name)),
    random,
    missing: names.filter((name) => !values.has(name)),
  };
}

/** Of many lines, which no prompt takes. */
const PRIVATE_KEY = "tls.key";

/** No other party has given it to us. */
function isOurs(use: string): boolean {
  return use === "signIn.dummy.password";
}
