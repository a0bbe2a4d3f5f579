/** Where commands put secrets: into the vault when there is one, else into a file beside the configuration. */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import {
  findIdentities,
  type Identities,
  listSecrets,
  type OpenVault,
  openVault,
  type SecretState,
  secretPath,
  setValues,
  vaultPath,
  writeSecret,
} from "../../config/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { accountGroup } from "../secret-owner.ts";
import { checkConfigOwner } from "../up/config-owner.ts";

/** Path of the configuration's vault, whether there is one or not; root writes only what is root's. */
export function vaultOf(context: CliContext): string {
  const file = vaultPath(context.instance().config);
  checkConfigOwner(file);
  return file;
}

/** Every private key of this person. @throws HubError `vault-unusable` when there are only files that must not be used */
export function identitiesOf(context: CliContext): readonly Secret[] {
  const found = foundIdentities(context);
  if (found.keys.length === 0 && found.problems.length > 0)
    throw new HubError("vault-unusable", `No private key can be used: ${found.problems.join("; ")}.`);
  return found.keys;
}

export function foundIdentities(context: CliContext): Identities {
  return findIdentities({ environment: context.env, state: context.instance().state });
}

/** @throws HubError `vault-unusable` */
export function openedVault(context: CliContext): Promise<OpenVault> {
  return openVault(vaultOf(context), identitiesOf(context));
}

/** Every secret of this configuration, and who names it. */
export function secretsOf(context: CliContext): Promise<SecretState[]> {
  const { config: file, state } = context.instance();
  return listSecrets({ file, state, environment: context.env });
}

/** Keys of the configuration that name a secret. */
export async function usesOf(context: CliContext, name: string): Promise<readonly string[]> {
  return (await secretsOf(context)).find((secret) => secret.name === name)?.usedBy ?? [];
}

/** @returns the file that holds it now */
export async function storeSecret(context: CliContext, name: string, value: Secret): Promise<string> {
  const { config, account } = context.instance();
  checkConfigOwner(secretPath(config, name));
  const vault = vaultOf(context);
  if (!existsSync(vault)) return writeSecret(config, name, value, await accountGroup(account));
  await setValues(vault, new Map([[name, value]]), identitiesOf(context));
  return vault;
}

/** Letters and digits that nobody takes for another: no 0 and O, no 1, I and l. */
const ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A value that is ours to choose: 20 characters, 116 bits. */
export function randomValue(): Secret {
  return new Secret(Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join(""));
}

/**
 * The new value of a secret: made up, from standard input, or asked for without echo.
 * @returns undefined when the person gives up
 * @throws HubError `usage` without a terminal
 */
export async function newValue(
  context: CliContext,
  name: string,
  options: { readonly stdin: boolean; readonly random: boolean },
): Promise<Secret | undefined> {
  if (options.stdin && options.random) throw new HubError("usage", "Use --stdin or --random, not both.");
  if (options.random) return randomValue();
  if (options.stdin) return new Secret((await context.readInput()).replace(/\r?\n$/, ""));
  if (!context.interactive)
    throw new HubError("usage", "There is no terminal to ask for the value. Use --stdin, or --random.");
  const value = await context.askSecret(`Value of ${name}:`);
  return value === undefined ? undefined : new Secret(value);
}
