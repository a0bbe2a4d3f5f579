/** Control groups: which version, who may use which controllers, and by whose word. */
import { dropInPath } from "../host/state.ts";
import { CONTROLLERS, dropInWith } from "../steps/host/host-manager.ts";
import { error, NEEDS_ROOT, runningServers, skipped, step, warning, writeSteps } from "./finding.ts";
import { publicPorts } from "./public-ports.ts";
import type { Check, CheckContext, FixStep } from "./types.ts";

/** Without these a server cannot be limited. */
const NEEDED = ["cpu", "memory", "pids"];
const WHY = "Memory, CPU and processes of one person's server are not limited, so one person can take the whole host.";

export const cgroupChecks: readonly Check[] = [
  {
    id: "cgroup-version",
    group: "kernel",
    title: "the host has control groups of version 2",
    deep: false,
    async run(context) {
      const { mode } = context.state.cgroups;
      if (mode === "v2") return [];
      const has =
        mode === "none"
          ? "has no control groups"
          : `uses control groups of ${mode === "v1" ? "version 1" : "both versions (hybrid)"}`;
      if (context.state.systemd === undefined)
        return [
          error(`This host ${has}, and systemd is not its first process.`, WHY, {
            advice: "Run the hub on a host that was booted with systemd, or choose Docker.",
          }),
        ];
      const advice = "Then restart the host; every server on it stops meanwhile.";
      return [error(`This host ${has}.`, WHY, { fix: bootSteps(context), advice })];
    },
  },
  {
    id: "cgroup-delegation",
    group: "kernel",
    title: "systemd hands CPU, memory and process limits to the account",
    deep: false,
    async run(context) {
      const { account, cgroups } = context.state;
      if (cgroups.mode !== "v2") return skipped("there are no control groups of version 2.");
      if (account === undefined) return skipped("the account is not there yet.");
      if (!account.manager) return skipped("the account's systemd manager does not run.");
      const missing = NEEDED.filter((name) => !cgroups.delegated.includes(name));
      if (missing.length === 0) return [];
      const absent = missing.filter((name) => !cgroups.available.includes(name));
      if (absent.length > 0)
        return [
          error(`The kernel does not have the controllers ${absent.join(", ")} in control groups of version 2.`, WHY, {
            advice: `They may be switched off (cgroup_disable= on the kernel's command line) or bound to version 1. Look at /sys/fs/cgroup/cgroup.controllers, which has: ${cgroups.available.join(", ") || "none"}.`,
          }),
        ];
      const problem = `The account ${account.name} is not handed ${missing.join(", ")}; it has ${cgroups.delegated.join(", ") || "none"}.`;
      const servers = runningServers(context);
      const restarts = step("systemctl", "restart", `user@${account.uid}.service`);
      return [
        error(problem, WHY, {
          fix: [...dropInSteps(context), restarts],
          advice: servers === 0 ? "" : `The restart ends ${servers} servers that run now.`,
          safe: servers === 0,
        }),
      ];
    },
  },
  {
    id: "manager-settings",
    group: "account",
    title: "the settings of the account's manager are those that Hublet wrote",
    deep: false,
    async run(context) {
      const { account, systemd } = context.state;
      if (!context.deployed || account === undefined) return skipped("“hublet apply” has not set up this host.");
      if (systemd === undefined) return skipped("systemd is not the first process.");
      const values = context.facts.values("manager");
      if (values.size === 0) return NEEDS_ROOT;
      const servers = runningServers(context);
      const fix = dropInSteps(context);
      const disturbs = servers === 0 ? "" : "It holds for the manager when that is started again, at the next boot.";
      const more = { fix, advice: disturbs, safe: true };
      const why = "The limits of servers and the right to ports below 1024 come from these settings.";
      if (account.dropIn === undefined) return [error(`${dropInPath(account.uid)} is missing.`, why, more)];
      const rivals = (values.get("DropInPaths") ?? "")
        .split(" ")
        .filter((path) => path !== "" && path > dropInPath(account.uid));
      const granted = (values.get("DelegateControllers") ?? "").split(" ");
      const lost = CONTROLLERS.filter((name) => !granted.includes(name));
      const findings = [];
      if (values.get("Delegate") === "no" || NEEDED.some((name) => lost.some((each) => each === name))) {
        const by = rivals.length > 0 ? `${rivals.join(", ")} overrides ours` : `${dropInPath(account.uid)} was changed`;
        const advice =
          rivals.length > 0
            ? `Remove the line “Delegate=” from ${rivals.join(", ")}, then run: systemctl daemon-reload`
            : "";
        findings.push(
          error(
            `systemd is told not to hand over ${lost.join(", ")}: ${by}.`,
            why,
            rivals.length > 0 ? { advice } : more,
          ),
        );
      }
      const low = publicPorts(context).some((port) => port < 1024);
      if (low && !(values.get("AmbientCapabilities") ?? "").includes("cap_net_bind_service"))
        findings.push(error("The manager is not given CAP_NET_BIND_SERVICE.", why, more));
      if (findings.length === 0 && values.get("NeedDaemonReload") === "yes")
        findings.push(
          warning("Unit files were changed, and systemd has not read them yet.", why, {
            fix: [step("systemctl", "daemon-reload")],
            safe: true,
          }),
        );
      return findings;
    },
  },
];

/** What `hublet apply` writes, so that both agree. */
export function dropInSteps(context: CheckContext): readonly FixStep[] {
  const { account } = context.state;
  if (account === undefined) return [];
  return [
    ...writeSteps(dropInPath(account.uid), dropInWith({ lowPorts: publicPorts(context).some((port) => port < 1024) })),
    step("systemctl", "daemon-reload"),
  ];
}

/** How the kernel's command line is changed, by distribution; a word that says the contrary is removed first. */
function bootSteps(context: CheckContext): readonly FixStep[] {
  const { family } = context.state.distribution;
  const contrary = /systemd\.unified_cgroup_hierarchy=(0|no|false)/.exec(context.facts.part("cmdline") ?? "")?.[0];
  const wanted = "systemd.unified_cgroup_hierarchy=1";
  if (family === "fedora")
    return [
      step(
        "grubby",
        "--update-kernel=ALL",
        ...(contrary === undefined ? [] : [`--remove-args=${contrary}`]),
        `--args=${wanted}`,
      ),
    ];
  if (family !== "debian") return [];
  const change = contrary === undefined ? `s/^GRUB_CMDLINE_LINUX="/&${wanted} /` : `s/${contrary}/${wanted}/`;
  return [step("sed", "-i", change, "/etc/default/grub"), step("update-grub")];
}
