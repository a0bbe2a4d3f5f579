import type { HostFacts } from "../facts.ts";
import { LEAST_COUNT } from "../subids.ts";

/** Where notebook servers run. */
export type EngineKind = "podman" | "docker" | "process";

export interface EngineChoice {
  readonly kind: EngineKind;
  /** One sentence that people read. */
  readonly why: string;
  /** What stands in the way of the chosen engine, or made a better one impossible: plain sentences. */
  readonly problems: readonly string[];
  /** Nothing stands in the way of the chosen engine. */
  readonly usable: boolean;
}

/**
 * Rootless Podman, else Docker, else local processes; or what the configuration says.
 * `facts` must be those of the account (`readHost({ account })`).
 */
export function chooseEngine(options: {
  readonly configured: "auto" | EngineKind;
  readonly facts: HostFacts;
}): EngineChoice {
  const { configured, facts } = options;
  const podman = podmanProblems(facts);
  const docker = facts.dockerAnswers ? [] : [`Docker does not answer on ${facts.dockerSocket}.`];
  const chosen = "The configuration asks for it";
  if (configured === "podman")
    return choice("podman", `${chosen}: servers run in Podman containers without root privileges.`, podman);
  if (configured === "docker") return choice("docker", `${chosen}: servers run in Docker containers.`, docker);
  if (configured === "process") return choice("process", `${chosen}: servers run as processes on this host.`, []);
  if (podman.length === 0) {
    return choice(
      "podman",
      `Servers run in Podman ${facts.podmanVersion ?? ""} containers without root privileges.`.replace("  ", " "),
      [],
    );
  }
  if (docker.length === 0) {
    return {
      kind: "docker",
      why: "Servers run in Docker containers, because Podman cannot be used here.",
      problems: podman,
      usable: true,
    };
  }
  return {
    kind: "process",
    why: "Servers run as processes on this host, because neither Podman nor Docker can be used here.",
    problems: [
      ...podman,
      ...docker,
      "Processes are not separated from each other: do not let people in who do not trust each other.",
    ],
    usable: true,
  };
}

/** What keeps the account from running rootless containers; none when it can. */
export function podmanProblems(facts: HostFacts): readonly string[] {
  const problems: string[] = [];
  if (facts.commands.podman === undefined) problems.push("Podman is not installed.");
  const version = facts.podmanVersion ?? "";
  if (version !== "" && Number.parseInt(version, 10) < 4)
    problems.push(`Podman ${version} is too old: 4.0 or later is needed.`);
  if (facts.commands.newuidmap === undefined)
    problems.push("newuidmap is not installed, so containers cannot have users of their own.");
  if (facts.commands.slirp4netns === undefined && facts.commands.pasta === undefined) {
    problems.push("Neither slirp4netns nor pasta is installed, so containers have no network.");
  }
  if (facts.cgroups.mode !== "v2" && facts.commands.podman !== undefined && facts.commands.runc === undefined) {
    problems.push("runc is not installed; crun refuses the control groups of this host.");
  }
  if (facts.userNamespaces === 0) {
    problems.push("The kernel allows no user namespaces: run sysctl user.max_user_namespaces=28633.");
  }
  if (Math.min(facts.subordinateIds.uids, facts.subordinateIds.gids) < LEAST_COUNT) {
    problems.push(
      "The account has no range of subordinate user ids; root can add one with usermod --add-subuids and --add-subgids.",
    );
  }
  if (!facts.devices.tun) problems.push("The account cannot open /dev/net/tun, so containers have no network.");
  return problems;
}

function choice(kind: EngineKind, why: string, problems: readonly string[]): EngineChoice {
  return { kind, why, problems, usable: problems.length === 0 };
}
