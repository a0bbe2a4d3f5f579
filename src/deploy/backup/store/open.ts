/** From `backup.to` to the store it means. */
import { isAbsolute, resolve } from "node:path";
import { HubError } from "../../../kernel/index.ts";
import { folderStore } from "./folder.ts";
import type { BackupStore } from "./port.ts";
import type { SftpAddress, SshOptions } from "./ssh-connect.ts";

/**
 * @param place an absolute folder, or `sftp://USER@HOST[:PORT]/FOLDER`
 * @throws HubError `usage`, `host-unreachable`, `backup-unusable`
 */
export async function openBackupStore(place: string, options: SshOptions = {}): Promise<BackupStore> {
  if (isAbsolute(place)) return folderStore(resolve(place));
  const address = sftpAddress(place);
  if (address !== undefined) {
    // Only who needs it waits for the SSH library to be loaded.
    const { sftpStore } = await import("./sftp.ts");
    return await sftpStore(address, options);
  }
  throw new HubError(
    "usage",
    `“${place}” is no place for backups. Give a folder by its absolute path, or sftp://USER@HOST/FOLDER.`,
  );
}

export function sftpAddress(place: string): SftpAddress | undefined {
  if (!URL.canParse(place)) return undefined;
  const { protocol, username, password, hostname, port, pathname, search, hash } = new URL(place);
  if (protocol !== "sftp:" || hostname === "" || password !== "" || search !== "" || hash !== "") return undefined;
  const folder = decodeURIComponent(pathname).replace(/\/+$/, "");
  if (folder === "") return undefined;
  return {
    user: username === "" ? undefined : decodeURIComponent(username),
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? undefined : Number(port),
    folder,
  };
}
