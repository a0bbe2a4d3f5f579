/** Accounts of the host for people (`jupyter-NAME`), as deployment B makes them by `adduser --disabled-password` (B8). */
import { HubError } from "../../kernel/index.ts";
import { mustRun } from "../run.ts";
import { findAccount } from "./account.ts";

/** What useradd takes on every distribution. */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;

/**
 * Makes sure that the host has an account of that name, with a home folder and without a password; needs root.
 * @param name of the person: goes into the account's comment, which proves whose account it is when a long name was cut
 * @returns whether it was made now
 * @throws HubError `name-invalid`, `forbidden` without root, `command-failed`
 */
export async function ensureHostAccount(account: string, name: string): Promise<boolean> {
  if (!ACCOUNT.test(account)) {
    throw new HubError(
      "name-invalid",
      `“${account}” cannot be an account of this host: use a–z, 0–9, “_” and “-”, at most 32 characters. Add the person without --host-account, or by another name.`,
    );
  }
  if ((await findAccount(account)) !== undefined) return false;
  if (process.geteuid?.() !== 0) {
    throw new HubError("forbidden", `Only root can make the account ${account}. Run this again with sudo.`);
  }
  await mustRun(["useradd", "--create-home", "--shell", "/bin/bash", "--comment", name, account]);
  return true;
}
