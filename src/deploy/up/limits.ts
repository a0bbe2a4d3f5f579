import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostFacts } from "../facts.ts";
import type { EngineKind } from "./engine.ts";

/** Which limits of a server this host can enforce. */
export interface HostLimits {
  readonly memory: boolean;
  readonly cpu: boolean;
  readonly pids: boolean;
  /** One plain sentence for each reason why something cannot be enforced; empty when all can. */
  readonly reasons: readonly string[];
}

/**
 * What can be enforced, by engine. Without this check limits vanish silently on old control groups (Podman only logs
 * it), and are hard errors on cgroup2 without the controllers.
 */
export function hostLimits(facts: HostFacts, engine: EngineKind, systemdUser: boolean): HostLimits {
  const nothing = { memory: false, cpu: false, pids: false };
  if (engine === "docker") return { memory: true, cpu: true, pids: true, reasons: [] };
  if (engine === "process") {
    return {
      ...nothing,
      reasons: ["Servers run as plain processes, so memory, CPU and processes of one person are not limited."],
    };
  }
  if (facts.cgroups.mode !== "v2") {
    const which = facts.cgroups.mode === "none" ? "has no control groups" : "uses control groups of version 1";
    const remedy = facts.systemd
      ? "Boot it with systemd.unified_cgroup_hierarchy=1"
      : "Run it under systemd with cgroup2";
    return {
      ...nothing,
      reasons: [
        `This host ${which}, where containers without root privileges cannot be limited: memory, CPU and processes of one person are not limited. ${remedy}, or choose Docker.`,
      ],
    };
  }
  if (!systemdUser) {
    return {
      ...nothing,
      reasons: [
        "No systemd manager runs for the account, so nobody gives its containers control groups: memory, CPU and processes of one person are not limited.",
      ],
    };
  }
  const has = (name: string) => facts.cgroups.delegated.includes(name);
  const limits = { memory: has("memory"), cpu: has("cpu"), pids: has("pids") };
  const lacking = Object.entries(limits).flatMap(([name, able]) => (able ? [] : [name]));
  if (lacking.length === 0) return { ...limits, reasons: [] };
  return {
    ...limits,
    reasons: [
      `systemd does not hand the control of ${lacking.join(", ")} to ordinary accounts here, so these are not limited. Add “Delegate=${["cpu", "cpuset", "io", "memory", "pids"].join(" ")}” to user@.service (systemctl edit user@.service) and start again.`,
    ],
  };
}

/** The limits that the kernel really applies to a process; `undefined` means none. */
export interface EnforcedLimits {
  /** Bytes. */
  readonly memory: number | undefined;
  /** CPUs, as a fraction: 0.5 is half of one. */
  readonly cpu: number | undefined;
  readonly pids: number | undefined;
}

/**
 * Reads back what is in force for a container's first process (`State.Pid`), from its control groups: the only proof,
 * since engines report what was asked. Reads one level, the container's own.
 */
export async function enforcedLimits(pid: number): Promise<EnforcedLimits> {
  const groups = parseCgroups(await readFile(`/proc/${pid}/cgroup`, "utf8"));
  const unified = groups.get("") ?? "/";
  const v2 = (file: string) => text(join("/sys/fs/cgroup", unified, file));
  const v1 = (controller: string, file: string) =>
    text(join("/sys/fs/cgroup", controller, groups.get(controller) ?? "/", file));
  const [quota = "", period = ""] = (await v2("cpu.max")).split(" ");
  const [oldQuota, oldPeriod] = [await v1("cpu", "cpu.cfs_quota_us"), await v1("cpu", "cpu.cfs_period_us")];
  return {
    memory: bounded(await v2("memory.max")) ?? bounded(await v1("memory", "memory.limit_in_bytes")),
    cpu: ratio(quota, period) ?? ratio(oldQuota, oldPeriod),
    pids: bounded(await v2("pids.max")) ?? bounded(await v1("pids", "pids.max")),
  };
}

/** Parses proc_pid_cgroup: controller (or `""` for cgroup2) to path. */
function parseCgroups(source: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of source.split("\n")) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const controller of match?.[1]?.split(",") ?? []) groups.set(controller, match?.[2] ?? "/");
  }
  return groups;
}

/** Version 1 writes “no limit” as a number near 2^63. */
function bounded(source: string): number | undefined {
  const value = Number.parseInt(source, 10);
  return Number.isFinite(value) && value > 0 && value < 2 ** 60 ? value : undefined;
}

function ratio(quota: string, period: string): number | undefined {
  const [a, b] = [Number.parseInt(quota, 10), Number.parseInt(period, 10)];
  return a > 0 && b > 0 ? a / b : undefined;
}

async function text(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}
