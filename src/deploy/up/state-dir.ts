import { chown, lstat, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import type { Account } from "./account.ts";
import { canUseAs, makeFolderAs } from "./as-account.ts";

/**
 * Makes the state folder when it is missing, and proves that the account can use it. In a folder of its own the account
 * makes it itself; in one that only root can write, root makes it and gives it away: nobody else can put a link there.
 * @param path absolute
 * @throws HubError `state-unusable` with what to do; nothing is left behind then
 */
export async function ensureStateDir(account: Account, path: string): Promise<void> {
  const made = (await exists(path)) ? false : await make(account, path);
  if (await canUseAs(account, path)) return;
  if (made) await rm(path, { recursive: true, force: true });
  throw new HubError(
    "state-unusable",
    `The account “${account.name}” cannot use the state folder ${path}: it belongs to somebody else, or a folder above it lets only its owner in. Choose another with --state: /var/lib/${account.name}/NAME always works.`,
  );
}

async function make(account: Account, path: string): Promise<boolean> {
  const parent = dirname(path);
  try {
    if (process.geteuid?.() !== 0) {
      // A person's own folders: ~/.local/share may not be there yet.
      await mkdir(path, { recursive: true, mode: 0o700 });
      return true;
    }
    const { uid, mode } = await lstat(parent);
    const onlyRoot = uid === 0 && (mode & 0o022) === 0;
    if (!onlyRoot) {
      await makeFolderAs(account, path);
      return true;
    }
    await mkdir(path, { mode: 0o700 });
    await chown(path, account.uid, account.gid);
    return true;
  } catch (error) {
    const why = systemCode(error) === "ENOENT" ? `${parent} does not exist` : messageOf(error);
    throw new HubError(
      "state-unusable",
      `The state folder ${path} cannot be made: ${why}. Make its parent first, or choose another with --state.`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
