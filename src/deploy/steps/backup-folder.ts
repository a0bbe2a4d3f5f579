/** The folder of this host that backups go to: there, and the account's to write. */
import { HubError } from "../../kernel/index.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { FileState } from "../host/state.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";

/** Makes the folder $1, mode 0700, for the owner $2; what is there by now is no folder of ours. */
const MAKE = `
set -eu
umask 022
mkdir -p -- "$(dirname -- "$1")"
mkdir -m 0700 -- "$1"
[ -z "\${2-}" ] || chown -h -- "$2" "$1"
`;

/**
 * Gives the folder $1 with backups in it, or an empty one, to the owner $2. Root's alone until then, so nobody else has laid
 * links in it; chown gives the folder itself last.
 */
const GIVE = `
set -eu
if [ ! -f "$1/key.json" ] && [ -n "$(ls -A -- "$1")" ]; then exit 75; fi
chmod u+rwx -- "$1"
chown -hR -- "$2" "$1"
`;

export function planBackupFolder(target: Target, { state }: Situation): PlannedStep[] {
  const { backupFolder: folder, account: name } = target.deployment;
  if (folder === undefined) return [];
  const found = state.files[folder];
  if (found === undefined)
    return [step(`make the folder ${folder} for backups`, `+ ${folder} (${name}, mode 0700)`, (run) => make(run))];
  if (found.kind !== "folder" && found.kind !== "link")
    throw new HubError("bad-config", `backup.to is ${folder}, and that is no folder. Name a folder.`);
  if (found.uid === state.account?.uid) return [];
  if (isRootsAlone(found))
    return [step(`give the folder ${folder} to ${name}, for backups`, `~ ${folder} (${name})`, (run) => give(run))];
  // Others may have let the account in by its group or by an access list: only trying tells.
  return [];

  function step(title: string, diff: string, run: (run: StepRun) => Promise<void>): PlannedStep {
    return { kind: "folders", title, diff: [diff], disturbs: undefined, run };
  }

  async function make({ host, signal }: StepRun): Promise<void> {
    const account = await needHostAccount(host, name);
    // Root makes nothing where the account could have put a link.
    const own = `${folder}/`.startsWith(`${account.home}/`);
    const owner = own ? [] : [`${account.uid}:${account.gid}`];
    await host.mustRun(["sh", "-c", MAKE, "sh", folder ?? "", ...owner], { signal, ...(own ? { as: account } : {}) });
  }

  async function give({ host, signal }: StepRun): Promise<void> {
    const { uid, gid } = await needHostAccount(host, name);
    const argv = ["sh", "-c", GIVE, "sh", folder ?? "", `${uid}:${gid}`];
    const { code, stderr } = await host.run(argv, { signal, timeout: 30 * 60_000 });
    if (code === 75)
      throw new HubError(
        "conflict",
        `backup.to is ${folder}, which belongs to root and holds other things than backups. Name a folder in it, or give it to the account: chown ${name}: ${folder}`,
      );
    if (code !== 0) throw new HubError("command-failed", `${folder} could not be given to ${name}: ${stderr.trim()}`);
  }
}

function isRootsAlone({ kind, uid, mode }: FileState): boolean {
  return kind === "folder" && uid === 0 && (mode & 0o022) === 0;
}

/**
 * For a folder of somebody else's: whether the account may write there.
 * @throws HubError `conflict` with what to do
 */
export async function checkBackupFolder(
  host: StepRun["host"],
  { deployment }: Target,
  { state }: Situation,
): Promise<void> {
  const { backupFolder: folder, account: name } = deployment;
  const found = folder === undefined ? undefined : state.files[folder];
  if (folder === undefined || found === undefined || state.account === undefined) return;
  if (found.uid === state.account.uid || isRootsAlone(found)) return;
  const { code } = await host.run(["test", "-w", folder, "-a", "-x", folder], { as: state.account });
  if (code === 0) return;
  throw new HubError(
    "conflict",
    `backup.to is ${folder}, and the account ${name} cannot write there. Give it the folder (chown -R ${name}: ${folder}), or name another.`,
  );
}
