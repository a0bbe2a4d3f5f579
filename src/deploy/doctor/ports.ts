/** The ports people reach. */

import { dropInSteps } from "./cgroups.ts";
import { accountStep, error, fine, NEEDS_ROOT, runningServers, skipped, step } from "./finding.ts";
import { publicPorts } from "./public-ports.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

/** Programs through which our own ports are held: systemd hands them on, the others are `hublet up`'s. */
const OURS = /^(systemd|node|hublet|pasta|passt|rootlessport|conmon|slirp4netns)/;

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
      return publicPorts(context).flatMap((port): Finding[] => {
        const holders = context.state.listening.filter(
          ({ address, process }) => portOf(address) === port && (process === undefined ? false : !OURS.test(process)),
        );
        const [holder] = holders;
        if (holder === undefined) return [];
        const unit = holder.process ?? "another program";
        return [
          error(
            `Port ${port} is held by ${unit} (${holder.address}).`,
            "The proxy cannot listen there: people reach that program instead, or nothing.",
            {
              advice: `Stop it for good (for example: systemctl disable --now ${unit}), or choose another port: listen in hublet.yaml. To keep it in front of the hub, see “hublet render nginx”.`,
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
      const silent = publicPorts(context).filter(
        (port) => !context.state.listening.some(({ address }) => portOf(address) === port),
      );
      if (silent.length === 0) return [];
      const units = socketUnits(context);
      return [
        error(`Nothing listens on ${silent.join(" and ")}.`, "Nobody reaches the hub.", {
          fix: units.length === 0 ? [] : [accountStep(context, "systemctl", "--user", "restart", ...units)],
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

function socketUnits({ state }: CheckContext): string[] {
  return Object.keys(state.units).filter((name) => name.startsWith("hublet-") && name.endsWith(".socket"));
}
