/** Folders of the account and of root's records, with their owners and permissions. */
import { join } from "node:path";
import { needHostAccount } from "../../host/find-account.ts";
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep } from "../../plan/types.ts";
import { accountRecord } from "./host-records.ts";

/** Below the account's home, in the order of making; all 0700. */
export const ACCOUNT_FOLDERS = [
  ".config",
  ".config/containers",
  ".config/containers/systemd",
  ".config/systemd",
  ".config/systemd/user",
] as const;
/** These may have been laid out by others; they need only be there. */
const SHARED = new Set<string>([".config", ".config/containers", ".config/systemd"]);

export function folderPaths(deployment: Deployment): readonly string[] {
  const { home, state, records } = deployment;
  return [home, ...ACCOUNT_FOLDERS.map((folder) => join(home, folder)), state, records];
}

export function folderSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  const { home, records } = deployment;
  const uid = state.account?.uid;
  const closed = (path: string, owner: number | undefined): boolean => {
    const found = state.files[path];
    return found?.kind === "folder" && found.uid === owner && (found.mode & 0o777) === 0o700;
  };
  const own = [...ACCOUNT_FOLDERS.map((folder) => join(home, folder)), deployment.state].filter((path) => {
    const found = state.files[path];
    const shared = SHARED.has(path.slice(home.length + 1));
    return shared ? found?.kind !== "folder" || found.uid !== uid : !closed(path, uid);
  });
  // A home that was laid out by others stays as it is: all that is ours in it is closed by itself.
  const made = state.account === undefined || accountRecord(deployment, state)?.made === true;
  const closeHome = made && !closed(home, uid);
  const makeRecords = !closed(records, 0);
  const paths = [...(makeRecords ? [records] : []), ...(closeHome ? [home] : []), ...own];
  if (paths.length === 0) return [];
  return [
    {
      kind: "folders",
      title: paths.length === 1 ? `make the folder ${paths[0]}` : `make ${paths.length} folders in ${home}`,
      diff: paths.map((path) => `${state.files[path] === undefined ? "+" : "~"} ${path} (mode 0700)`),
      disturbs: undefined,
      run: async ({ host, signal }) => {
        const account = await needHostAccount(host, deployment.account);
        if (makeRecords) await host.mustRun(["install", "-d", "-m", "0700", records], { signal });
        if (closeHome) await host.mustRun(["chmod", "0700", "--", home], { signal });
        // The account makes its own: root does not write where the account could have put a link.
        if (own.length > 0) await host.mustRun(["install", "-d", "-m", "0700", "--", ...own], { as: account, signal });
      },
    },
  ];
}
