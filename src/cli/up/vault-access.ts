/** Root's vault and the account that the hub runs as: the account gets a key of its own, and the vault is shared with it. */
import { hostname } from "node:os";
import { join } from "node:path";
import {
  addRecipient,
  findIdentities,
  HUB_IDENTITY,
  identitiesOfText,
  identityFile,
  newIdentity,
  openVault,
  readVault,
  recipientOf,
  vaultPath,
} from "../../config/index.ts";
import { type Account, runAs, writeAs } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";

export interface VaultAccess {
  /** Path of the configuration. */
  readonly config: string;
  readonly state: string;
  readonly account: Account;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Lets the hub's account open the vault by a key in its own state folder, made when it is missing.
 * @returns what was done, or why it could not be, for people; undefined when there was nothing to do
 * @throws HubError `vault-unusable` for a damaged vault, `command-failed`
 */
export async function letHubOpenVault({
  config,
  state,
  account,
  environment,
}: VaultAccess): Promise<string | undefined> {
  const vault = vaultPath(config);
  if (readVault(vault) === undefined) return undefined;
  const recipient = await hubRecipient(account, join(state, "secrets", HUB_IDENTITY));
  const { keys } = findIdentities({ environment, state });
  const name = `host-${hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")}`;
  try {
    const { recipients } = (await openVault(vault, keys)).vault;
    if ([...recipients.values()].includes(recipient)) return undefined;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return `${account.name} may not be able to open ${vault}, and neither can you: let somebody who can say “hublet secrets share ${name} ${recipient}”`;
  }
  await addRecipient(vault, name, recipient, keys);
  return `${account.name} can open ${vault} now, as “${name}”`;
}

/** Done by the account itself: root neither reads nor writes where the account could have put a link. */
async function hubRecipient(account: Account, path: string): Promise<string> {
  if ((await runAs(account, ["test", "-e", path])).code !== 0) {
    const made = await newIdentity();
    await writeAs(account, path, identityFile(made));
    return made.recipient;
  }
  const { stdout } = await runAs(account, ["cat", "--", path]);
  const [identity] = identitiesOfText(stdout);
  const recipient = identity === undefined ? undefined : await recipientOf(identity);
  if (recipient === undefined)
    throw new HubError(
      "vault-unusable",
      `The hub's key of the vault, ${path}, is damaged. Delete it: a new one is made.`,
    );
  return recipient;
}
