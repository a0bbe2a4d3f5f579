/** Steps that make a host ready for the deployment, and those that take them back. */
import type { HubError } from "../../../kernel/index.ts";
import type { HostState, HostStateWish } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep } from "../../plan/types.ts";

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
export function hostStepsWish(_deployment: Deployment): Pick<HostStateWish, "files" | "contents"> {
  return { files: [], contents: [] };
}

/** Packages, account, manager, folders, firewall, SELinux: in the order of doing. Empty on a host in order. */
export function hostSteps(_deployment: Deployment, _state: HostState, _options: HostStepOptions): HostSteps {
  return { steps: [], notes: [], refusal: undefined };
}

/** Takes back what `hostSteps` did; containers, units and secrets of the account are removed before by others. */
export function uninstallHostSteps(
  _deployment: Deployment,
  _state: HostState,
  _options: { readonly eraseData: boolean },
): HostSteps {
  return { steps: [], notes: [], refusal: undefined };
}
