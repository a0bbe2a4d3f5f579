/** `hublet status` of a deployment. */
import { type DeploymentStatus, deploymentStatus, type Host } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import { readableTime } from "../times.ts";

/** @throws HubError `not-found` when nothing was applied to the host, and as `deploymentStatus` */
export async function statusOf(host: Host, account: string): Promise<CommandResult> {
  const status = await deploymentStatus(host, account, new AbortController().signal);
  if (status === undefined || (status.generation === undefined && status.containers.every(({ running }) => !running)))
    throw new HubError(
      "not-found",
      `Nothing was applied to ${host.name} for the account “${account}”. “hublet apply” does it; “hublet up” runs a hub in the foreground.`,
    );
  return {
    json: { running: status.health.healthy, ...status },
    text: statusText(status),
    exitCode: exitCodeOf(status),
  };
}

function exitCodeOf({ health }: DeploymentStatus): number {
  return health.healthy ? 0 : 1;
}

/** Lines with a word before each, as the status of a hub under “up”. */
export function statusText({ generation, containers, health, servers }: DeploymentStatus): string {
  const rows: (readonly [string, string])[] = [
    [
      "Hub",
      health.healthy ? `answers${health.address === undefined ? "" : ` at ${health.address}`}` : "does not answer",
    ],
    ...health.problems.map((problem) => ["Problem", problem] as const),
    ["Servers", `${servers} running`],
    ...(generation === undefined
      ? []
      : [
          [
            "Applied",
            `generation ${generation.number}, version ${generation.version}, ${readableTime(generation.created)} by ${generation.by}`,
          ] as const,
        ]),
    ...containers.map(({ name, image, running }) => ["Part", `${name}: ${running ? image : "does not run"}`] as const),
  ];
  return rows.map(([label, text]) => `${label.padEnd(9)}${text}`).join("\n");
}
