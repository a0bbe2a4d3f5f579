/** Ports in the host's firewall. Only those that we opened are ever closed. */
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";
import type { FirewallRecord } from "./host-records.ts";
import { firewallRecord, firewallRecordPath, writeRecord } from "./host-records.ts";

type Kind = FirewallRecord["kind"];

export interface FirewallSteps {
  readonly steps: readonly PlannedStep[];
  readonly notes: readonly string[];
}

export function firewallSteps(deployment: Deployment, state: HostState): FirewallSteps {
  const { firewall } = state;
  const wished = deployment.firewall ? deployment.ports : [];
  if (firewall === undefined) return { steps: [], notes: foreignRules(wished, state) };
  const ours = recordedFor(firewall.kind, deployment, state);
  const opening = wished.filter((port) => !firewall.open.includes(port));
  const closing = ours.filter((port) => !wished.includes(port));
  if (opening.length + closing.length === 0) return { steps: [], notes: [] };
  const kept = [...new Set([...ours.filter((port) => wished.includes(port)), ...opening])];
  const words = [
    ...(opening.length > 0 ? [`open ${ports(opening)}`] : []),
    ...(closing.length > 0 ? [`close ${ports(closing)}`] : []),
  ];
  return {
    notes: [],
    steps: [
      {
        kind: "firewall",
        title: `${words.join(" and ")} in ${firewall.kind}`,
        diff: [...opening.map((port) => `+ ${port}/tcp`), ...closing.map((port) => `- ${port}/tcp`)],
        disturbs: undefined,
        run: async (run) => {
          const path = firewallRecordPath(deployment);
          // First the record, so that what is open is known as ours whenever we are stopped.
          await writeRecord(run.host, path, { kind: firewall.kind, ports: [...new Set([...ours, ...opening])] });
          for (const port of opening) await change(run, openCommands(firewall.kind, port));
          for (const port of closing) await change(run, closeCommands(firewall.kind, port));
          await writeRecord(run.host, path, { kind: firewall.kind, ports: kept });
        },
      },
    ],
  };
}

/** Closes what was opened; nothing when another firewall is in its place by now. */
export function closeFirewallSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  const { firewall } = state;
  const ours = firewall === undefined ? [] : recordedFor(firewall.kind, deployment, state);
  const path = firewallRecordPath(deployment);
  if (firewall === undefined || ours.length === 0) return [];
  return [
    {
      kind: "firewall",
      title: `close ${ports(ours)} in ${firewall.kind}`,
      diff: ours.map((port) => `- ${port}/tcp`),
      disturbs: undefined,
      run: async (run) => {
        for (const port of ours) await change(run, closeCommands(firewall.kind, port));
        await run.host.remove([path]);
      },
    },
  ];
}

function recordedFor(kind: Kind, deployment: Deployment, state: HostState): readonly number[] {
  const record = firewallRecord(deployment, state);
  return record?.kind === kind ? record.ports : [];
}

function foreignRules(wished: readonly number[], state: HostState): readonly string[] {
  if (wished.length === 0 || !state.packetFilter) return [];
  return [
    `Rules of nftables or iptables drop packets that come in, and neither firewalld nor ufw looks after them: they are left alone. Open ${ports(wished)} there by hand.`,
  ];
}

function openCommands(kind: Kind, port: number): readonly (readonly string[])[] {
  if (kind === "ufw") return [["ufw", "allow", `${port}/tcp`]];
  return [
    ["firewall-cmd", "--permanent", `--add-port=${port}/tcp`],
    ["firewall-cmd", `--add-port=${port}/tcp`],
  ];
}

/** Closing what is closed is no mistake for either. */
function closeCommands(kind: Kind, port: number): readonly (readonly string[])[] {
  if (kind === "ufw") return [["ufw", "delete", "allow", `${port}/tcp`]];
  return [
    ["firewall-cmd", "--permanent", `--remove-port=${port}/tcp`],
    ["firewall-cmd", `--remove-port=${port}/tcp`],
  ];
}

async function change({ host, signal }: StepRun, commands: readonly (readonly string[])[]): Promise<void> {
  for (const argv of commands) await host.mustRun(argv, { signal });
}

function ports(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? "port" : "ports"} ${numbers.join(" and ")}`;
}
