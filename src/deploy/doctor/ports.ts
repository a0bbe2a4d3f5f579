/** The ports people reach. */

import { readUnits } from "../plan/unit-texts.ts";
import { dropInSteps } from "./cgroups.ts";
import { accountStep, error, fine, NEEDS_ROOT, runningServers, skipped, step, unknown } from "./finding.ts";
import { publicPorts } from "./public-ports.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

export const portChecks: readonly Check[] = [
  {
    id: "low-ports",
    group: "network",
    title: "the account may listen on the ports it is to serve",
    deep: false,
    async run(context) {
      const low = publicPorts(context).filter((port) => port < 1024);
      if (low.length === 0) return skipped("no port below 1024 is served.");
      const { account } = context.state;
      const least = Number(context.facts.values("sysctl").get("net/ipv4/ip_unprivileged_port_start") ?? "1024");
      const closed = low.filter((port) => port < least);
      if (closed.length === 0 || account?.lowPorts === true) return [];
      if (account === undefined || (!account.manager && context.deployed))
        return skipped("the account's systemd manager does not run.");
      const why =
        "Ports below 1024 are root's, unless a program has CAP_NET_BIND_SERVICE; the proxy's sockets cannot be opened.";
      const problem = `${account.name} may not listen on ${closed.join(" and ")}: its manager lacks CAP_NET_BIND_SERVICE.`;
      if (!context.deployed)
        return [
          error(problem, why, {
            advice: `“hublet apply” gives the account's manager this right. For “hublet up”, listen on a higher port, or let everybody have these: sysctl -w net.ipv4.ip_unprivileged_port_start=${Math.min(...closed)}`,
          }),
        ];
      const servers = runningServers(context);
      return [
        error(problem, why, {
          fix: [...dropInSteps(context), step("systemctl", "restart", `user@${account.uid}.service`)],
          advice: servers === 0 ? "" : `The restart ends ${servers} servers that run now.`,
          safe: servers === 0,
        }),
      ];
    },
  },
  {
    id: "port-taken",
    group: "network",
    title: "no other program holds the ports",
    deep: false,
    async run(context) {
      // One that runs has its ports; in Docker it may have opened them as root.
      const proxyRuns = context.state.containers.some(({ name, running }) => name === "hublet-proxy" && running);
      if (context.engine === "docker" && proxyRuns) return [];
      const sockets = listeners(context);
      if (sockets.length === 0 && context.state.listening.length > 0)
        return unknown("ss, which names programs, is not there.");
      return publicPorts(context).flatMap((port): Finding[] => {
        // Ours are opened by the account, or by its systemd for it.
        const holder = sockets.find((socket) => socket.port === port && socket.uid !== context.state.account?.uid);
        if (holder === undefined) return [];
        const who = holder.unit ?? holder.process ?? "another program";
        const stop =
          holder.unit === undefined
            ? "Stop that program for good"
            : `Stop it for good: systemctl disable --now ${holder.unit}`;
        return [
          error(
            `Port ${port} is held by ${who}${holder.process === undefined || holder.unit === undefined ? "" : ` (${holder.process})`} at ${holder.address}.`,
            "The proxy cannot listen there: people reach that program instead, or nothing.",
            {
              advice: `${stop}. Or choose another port: listen in hublet.yaml. To keep it in front of the hub, see “hublet render nginx”.`,
            },
          ),
        ];
      });
    },
  },
  {
    id: "port-served",
    group: "network",
    title: "the proxy's sockets listen",
    deep: false,
    async run(context) {
      if (!context.deployed) return skipped("“hublet apply” has not set up this host.");
      if (context.engine === "podman" && context.state.account?.manager !== true)
        return skipped("the account's systemd manager does not run.");
      const silent = publicPorts(context).filter(
        (port) => !context.state.listening.some(({ address }) => portOf(address) === port),
      );
      if (silent.length === 0) return [];
      const { containers, sockets } = readUnits(context.generation?.units ?? {});
      const names = sockets.map(({ name }) => `${name}.socket`);
      const services = containers
        .map(({ name }) => name)
        .filter((name) => sockets.some(({ service }) => service === name))
        .map((name) => `${name}.service`);
      return [
        error(`Nothing listens on ${silent.join(" and ")}.`, "Nobody reaches the hub.", {
          // systemd opens no socket of a service that runs.
          fix:
            names.length === 0
              ? []
              : [
                  accountStep(context, "systemctl", "--user", "stop", ...services),
                  accountStep(context, "systemctl", "--user", "restart", ...names),
                  accountStep(context, "systemctl", "--user", "start", ...services),
                ],
          advice: "See also units-failed and low-ports; “hublet apply” puts units back that are missing.",
          safe: true,
        }),
      ];
    },
  },
  {
    id: "firewall",
    group: "network",
    title: "the firewall lets people in",
    deep: false,
    async run(context) {
      const { firewall } = context.state;
      if (firewall === undefined)
        return fine("no firewalld or ufw is active; a firewall elsewhere cannot be seen from here.");
      if (!context.privileged) return NEEDS_ROOT;
      const ports = publicPorts(context);
      if (ports.length === 0) return skipped("only this host reaches the hub.");
      const closed = ports.filter((port) => !firewall.open.includes(port));
      if (closed.length === 0) return [];
      const fix =
        firewall.kind === "ufw"
          ? closed.map((port) => step("ufw", "allow", `${port}/tcp`))
          : [
              ...closed.map((port) => step("firewall-cmd", "--permanent", `--add-port=${port}/tcp`)),
              step("firewall-cmd", "--reload"),
            ];
      return [
        error(
          `${firewall.kind} blocks ${closed.map((port) => `${port}/tcp`).join(" and ")}.`,
          "People on other computers cannot reach the hub.",
          {
            fix,
            safe: context.config?.deploy.firewall !== false,
            ...(context.config?.deploy.firewall === false
              ? { advice: "deploy.firewall is false, so this may be on purpose." }
              : {}),
          },
        ),
      ];
    },
  },
];

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly uid: number;
  readonly process: string | undefined;
  /** Of the system's manager. */
  readonly unit: string | undefined;
}

/** Lines of `ss -Hltnpe`; the owner is left out when it is root. */
function listeners({ facts }: CheckContext): ListeningSocket[] {
  return facts.lines("sockets").flatMap((line) => {
    const address = line.trim().split(/\s+/)[3];
    if (address === undefined) return [];
    return [
      {
        address,
        port: portOf(address),
        uid: Number(/\buid:(\d+)/.exec(line)?.[1] ?? 0),
        process: /users:\(\("([^"]*)"/.exec(line)?.[1],
        unit: /cgroup:\/system\.slice\/(?:\S+\/)?([^/\s]+\.service)/.exec(line)?.[1],
      },
    ];
  });
}
