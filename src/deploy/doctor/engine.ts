/** Podman itself, and the programs it calls. */
import { accountStep, error, fine, installSteps, skipped, warning } from "./finding.ts";
import { podmanInfo } from "./podman-info.ts";
import type { Check, CheckContext } from "./types.ts";

/** Quadlet came with 4.4; before, the hub still runs by “hublet up”. */
const QUADLET = [4, 4] as const;

export const engineChecks: readonly Check[] = [
  {
    id: "podman-version",
    group: "engine",
    title: "Podman is there and new enough",
    deep: false,
    async run(context) {
      const { podman, quadlet, systemd } = context.state;
      if (podman === undefined) {
        if (context.config?.engine === "docker" || context.config?.engine === "process")
          return skipped(`the configuration chooses ${context.config.engine}.`);
        return [
          error("Podman is not installed.", "It runs people's servers, and hub and proxy after “hublet apply”.", {
            fix: installSteps(context, { debian: "podman", fedora: "podman" }),
            safe: true,
          }),
        ];
      }
      const [major = 0, minor = 0] = podman.split(".").map(Number);
      if (major > QUADLET[0] || (major === QUADLET[0] && minor >= QUADLET[1])) {
        if (quadlet || systemd === undefined) return fine(`Podman ${podman}.`);
        return [
          error(
            `Podman ${podman} is there, but not Quadlet's generator for user managers.`,
            "systemd makes services of Hublet's units by this generator; hub and proxy do not start without.",
            {
              fix: installSteps(context, { debian: "--reinstall podman", fedora: "podman" }),
              advice: "It should be /usr/lib/systemd/user-generators/podman-user-generator.",
              safe: true,
            },
          ),
        ];
      }
      const why = "Hublet's units need Quadlet, which came with Podman 4.4.";
      const advice =
        "Use a newer release of the distribution (Debian 13, Ubuntu 24.04, Fedora, EL 9), or “hublet up”, which works with this version.";
      return [(context.deployed ? error : warning)(`Podman ${podman} is too old for “hublet apply”.`, why, { advice })];
    },
  },
  {
    id: "podman-state",
    group: "engine",
    title: "Podman answers for the account",
    deep: false,
    async run(context) {
      const { account, podman } = context.state;
      if (account === undefined || podman === undefined) return skipped("there is no account with Podman yet.");
      if (podmanInfo(context.facts) !== undefined) return [];
      if (context.state.systemd !== undefined && !account.manager)
        return skipped("the account's systemd manager does not run.");
      const said = (context.facts.part("podman-error") ?? "").split("\n").slice(-4).join(" ").slice(-500);
      if (context.facts.part("podman-error") === undefined)
        return { outcome: "unknown", note: "“podman info” gave no answer in time." };
      const why = "No server can be started or seen while this lasts; servers that run go on.";
      const problem = `“podman info” fails as ${account.name}: ${said}`;
      const stale = /boot ID differs|unhandled reboot/i.test(said);
      if (stale) {
        // The message names the folders of the earlier boot; they hold locks and pids only.
        const folders = [...said.matchAll(/"(\/[^"]*)"/g)]
          .map(([, path = ""]) => path)
          .filter((path) => /^\/(run\/user|tmp)\//.test(path));
        return [
          error(problem, why, {
            fix: folders.length === 0 ? [] : [accountStep(context, "rm", "-rf", ...folders)],
            advice: "These folders hold what Podman knew of an earlier boot; images and volumes lie elsewhere.",
            safe: folders.length > 0,
          }),
        ];
      }
      if (/newuidmap|uid_map|subuid|cannot set up namespace/i.test(said))
        return [
          error(problem, why, {
            fix: [accountStep(context, "podman", "system", "migrate")],
            advice: "Mend what subid-range and id-mapping-tools say first.",
          }),
        ];
      if (/database|layer|corrupt|storage|unlinkat|input\/output/i.test(said))
        return [
          error(problem, why, {
            advice:
              "Podman's storage may be damaged. Back up the volumes (they are plain folders below .local/share/containers/storage/volumes), then try “podman system check --repair” as the account (Podman 5); the last resort is “podman system reset”, which removes volumes too.",
          }),
        ];
      return [
        error(problem, why, { advice: `Run it by hand to see more: hublet shell -- podman --log-level=debug info` }),
      ];
    },
  },
  {
    id: "container-runtime",
    group: "engine",
    title: "the programs that run containers are there",
    deep: false,
    async run(context) {
      const has = context.facts.values("helpers");
      if (context.state.podman === undefined) return skipped("Podman is not installed.");
      const why = "Podman starts each container through these programs.";
      const v2 = context.state.cgroups.mode === "v2";
      const needs: [string, boolean][] = [
        ["conmon", has.has("conmon")],
        [v2 ? "crun" : "runc", v2 ? has.has("crun") || has.has("runc") : has.has("runc")],
      ];
      const missing = needs.filter(([, there]) => !there).map(([name]) => name);
      if (missing.length === 0) return [];
      const names = missing.join(" ");
      return [
        error(`${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing.`, why, {
          fix: installSteps(context, { debian: names, fedora: names }),
          safe: true,
        }),
      ];
    },
  },
  {
    id: "cgroup-manager",
    group: "engine",
    title: "Podman lets systemd make the control groups",
    deep: false,
    async run(context) {
      const info = podmanInfo(context.facts);
      if (info === undefined) return skipped("Podman does not answer; see podman-state.");
      if (context.state.systemd === undefined || context.state.cgroups.mode !== "v2")
        return skipped("there is no systemd with control groups of version 2.");
      if (info.host.cgroupManager !== "cgroupfs") return [];
      return [
        warning(
          "Podman uses cgroupfs instead of systemd for control groups.",
          "Limits are then dropped without a word, or containers do not start.",
          {
            advice: `Remove “cgroup_manager” from ${home(context)}/.config/containers/containers.conf and /etc/containers/containers.conf. Podman also falls back to it when it finds no user bus; see user-manager.`,
          },
        ),
      ];
    },
  },
];

function home(context: CheckContext): string {
  return context.state.account?.home ?? context.target.home;
}
