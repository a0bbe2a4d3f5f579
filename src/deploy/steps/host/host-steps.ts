/** Steps that make a host ready for the deployment, and those that take them back. */
import { HubError } from "../../../kernel/index.ts";
import type { HostState, HostStateWish } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep } from "../../plan/types.ts";
import { dockerFolderPaths, dockerHostSteps } from "./docker-host-steps.ts";
import { accountSteps } from "./host-account.ts";
import { closeFirewallSteps, firewallSteps } from "./host-firewall.ts";
import { folderPaths, folderSteps } from "./host-folders.ts";
import { managerSteps } from "./host-manager.ts";
import { packageSteps, unsuitable } from "./host-packages.ts";
import { accountRecordPath, firewallRecordPath } from "./host-records.ts";
import { forgetSelinuxSteps, SELINUX_EQUALS, SELINUX_RULES, selinuxPaths, selinuxSteps } from "./host-selinux.ts";
import { endManagerSteps, removeAccountSteps } from "./host-uninstall.ts";

export interface HostStepOptions {
  /** Restart the account's manager although that stops people's servers. */
  readonly disturb: boolean;
  /** People's servers that run now. */
  readonly runningServers: number;
}

export interface HostSteps {
  readonly steps: readonly PlannedStep[];
  /** For `Plan.notes`. */
  readonly notes: readonly string[];
  /** Why `apply` must not begin (`host-unsuitable`, `account-unusable`, or `conflict` that names --disturb). */
  readonly refusal: HubError | undefined;
}

/** What of the host these steps must be told; merge it into the wish for `readHostState`. */
export function hostStepsWish(deployment: Deployment): Pick<HostStateWish, "files" | "contents"> {
  if (deployment.engine.kind === "docker")
    return {
      files: dockerFolderPaths(deployment),
      contents: [accountRecordPath(deployment), firewallRecordPath(deployment)],
    };
  return {
    files: [...new Set([...folderPaths(deployment), ...selinuxPaths(deployment)])],
    contents: [accountRecordPath(deployment), firewallRecordPath(deployment), SELINUX_RULES, SELINUX_EQUALS],
  };
}

/** Packages, account, manager, folders, SELinux, firewall: in the order of doing. Empty on a host in order. */
export function hostSteps(deployment: Deployment, state: HostState, options: HostStepOptions): HostSteps {
  if (deployment.engine.kind === "docker") return dockerHostSteps(deployment, state);
  const never = unsuitable(state);
  if (never !== undefined) return { steps: [], notes: [], refusal: never };
  try {
    const account = accountSteps(deployment, state);
    const manager = managerSteps(deployment, state, options);
    const firewall = firewallSteps(deployment, state);
    return {
      steps: [
        ...packageSteps(state),
        ...account.steps,
        ...manager.steps,
        ...folderSteps(deployment, state),
        ...selinuxSteps(deployment, state),
        ...firewall.steps,
      ],
      notes: [...account.notes, ...manager.notes, ...firewall.notes],
      refusal: manager.refusal,
    };
  } catch (error) {
    if (error instanceof HubError) return { steps: [], notes: [], refusal: error };
    throw error;
  }
}

/** Takes back what `hostSteps` did; containers, units and secrets of the account are removed before by others. */
export function uninstallHostSteps(
  deployment: Deployment,
  state: HostState,
  options: { readonly eraseData: boolean },
): HostSteps {
  const account = removeAccountSteps(deployment, state, options.eraseData);
  return {
    steps: [
      ...closeFirewallSteps(deployment, state),
      ...(deployment.engine.kind === "docker"
        ? []
        : [...endManagerSteps(deployment, state), ...forgetSelinuxSteps(deployment, state)]),
      ...account.steps,
    ],
    notes: account.notes,
    refusal: undefined,
  };
}
