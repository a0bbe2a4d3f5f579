/** The host's Docker, for deployments that run in it. */
import { readUnits } from "../plan/unit-texts.ts";
import { dockerInfo } from "./docker-info.ts";
import { bytesText, dockerWords, error, fine, listed, NEEDS_ROOT, skipped, step, warning } from "./finding.ts";
import { UNUSED_IMAGES } from "./storage.ts";
import type { Check, CheckContext, NotLooked } from "./types.ts";

const NO_DOCKER = skipped("the deployment does not run in Docker.");
const NO_ANSWER = skipped("Docker does not answer; see docker-daemon.");
const SETTINGS = "/etc/docker/daemon.json";
/** Below so much a start or a pull is likely to fail: bytes, and share of all. */
const LEAST_FREE = 5e9;
const LEAST_SHARE = 0.05;

export const dockerChecks: readonly Check[] = [
  {
    id: "docker-daemon",
    group: "engine",
    title: "Docker answers, and is one that works here",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      const { docker } = context.state;
      const why = "Without it nothing of the hub runs, and no server starts.";
      if (docker === undefined)
        return [
          error("Docker does not answer.", why, {
            fix: context.state.systemd === undefined ? [] : [step("systemctl", "enable", "--now", "docker")],
            advice: "See “systemctl status docker” and “journalctl -u docker”; engineSocket names another socket.",
            safe: true,
          }),
        ];
      const { security = [] } = dockerInfo(context.facts) ?? {};
      if (security.some((option) => option.startsWith("name=userns")))
        return [
          error(
            "Docker gives containers other user ids than the host's (userns-remap).",
            "The account that owns the state would be another one inside, and could not read it.",
            { advice: `Take “userns-remap” out of ${SETTINGS}, and restart Docker.` },
          ),
        ];
      return fine(`Docker ${docker}.`);
    },
  },
  {
    id: "docker-containers",
    group: "deployment",
    title: "the deployment's containers run",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      if (!context.deployed) return skipped("“hublet apply” has not set up this host.");
      if (context.state.docker === undefined) return NO_ANSWER;
      const wished = readUnits(context.generation?.units ?? {}).containers.map(({ name }) => name);
      const still = wished.filter(
        (name) => !context.state.containers.some((each) => each.name === name && each.running),
      );
      if (still.length === 0) return fine(`${listed(wished)}.`);
      return [
        error(
          `${listed(still)} ${still.length === 1 ? "does" : "do"} not run.`,
          still.includes("hublet-proxy")
            ? "Nobody reaches the hub or a server."
            : "Nobody can sign in or start a server; servers that run go on.",
          { advice: "“hublet apply” starts what does not run; “hublet logs” says why it ended." },
        ),
      ];
    },
  },
  {
    id: "docker-live-restore",
    group: "engine",
    title: "servers outlive a restart of Docker",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      const info = dockerInfo(context.facts);
      if (info === undefined) return NO_ANSWER;
      if (info.liveRestore) return [];
      return [
        warning(
          "Docker's live-restore is off.",
          "Each update or restart of Docker stops all servers of people, with what they compute.",
          {
            advice: `Write {"live-restore": true} into ${SETTINGS}, then have Docker read it: ${
              context.state.systemd === undefined ? "kill -HUP the process dockerd" : "systemctl reload docker"
            }. It stops nobody.`,
          },
        ),
      ];
    },
  },
  {
    id: "docker-limits",
    group: "engine",
    title: "Docker can hold servers to memory, processors and processes",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      const info = dockerInfo(context.facts);
      if (info === undefined) return NO_ANSWER;
      const { memory, cpus, processes } = info.limits;
      const lacking = [
        ...(memory ? [] : ["memory"]),
        ...(cpus ? [] : ["processors"]),
        ...(processes ? [] : ["processes"]),
      ];
      if (lacking.length === 0) return fine(`by control groups of version ${info.cgroups}.`);
      return [
        error(
          `The kernel lets Docker limit no ${lacking.join(", no ")}.`,
          "One person's server can take what the whole host has of it.",
          {
            advice: `The control groups of this host (version ${info.cgroups}) lack them. ${
              memory ? "" : "For memory, add “cgroup_enable=memory” to the kernel's command line, and boot. "
            }“docker info” names what is missing at its end.`,
          },
        ),
      ];
    },
  },
  {
    id: "docker-group",
    group: "engine",
    title: "nobody is root by way of Docker's socket without being meant to",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      const lines = context.facts.lines("docker-group");
      const mode = lines.at(-1) ?? "";
      const members = lines.length > 1 ? (lines[0] ?? "") : "";
      const names = members.split(",").filter((name) => name !== "");
      if (/[2367]$/.test(mode))
        return [
          error(`Everybody on this host may write to Docker's socket (mode ${mode}).`, "Whoever may is root here.", {
            advice: "Give it mode 660 and to root's group or “docker”: SocketMode in docker.socket of systemd.",
          }),
        ];
      if (names.length === 0) return [];
      return [
        warning(
          `${listed(names)} ${names.length === 1 ? "is" : "are"} in the group that may write to Docker's socket.`,
          "Whoever may is root on this host, without a password, and reads all keys and homes.",
          { advice: "For those who should not be: gpasswd --delete NAME docker" },
        ),
      ];
    },
  },
  {
    id: "docker-storage",
    group: "storage",
    title: "Docker has room, and stores layers well",
    deep: false,
    async run(context) {
      const absent = notDocker(context);
      if (absent !== undefined) return absent;
      const info = dockerInfo(context.facts);
      if (info === undefined) return context.privileged ? NO_ANSWER : NEEDS_ROOT;
      const slow =
        info.driver === "vfs"
          ? [
              warning("Docker stores images with vfs.", "Each container copies its whole image: minutes, and disk.", {
                advice: `Use overlay2 (“storage-driver” in ${SETTINGS}); images have to be loaded again after that.`,
              }),
            ]
          : [];
      const [, , total = 0, , free = 0] = (context.facts.part("docker-space") ?? "").split(/\s+/).map(Number);
      const [bytes, all] = [free * 1024, total * 1024];
      if (all === 0 || (bytes >= LEAST_FREE && bytes >= all * LEAST_SHARE))
        return slow.length > 0 ? slow : fine(`${info.driver} in ${info.root}; ${bytesText(bytes)} are free.`);
      return [
        ...slow,
        warning(
          `${bytesText(bytes)} of ${bytesText(all)} are free in ${info.root}, where images and homes are.`,
          "When it is full, starts fail and people cannot save.",
          { advice: `See what takes it: ${dockerWords(context, "system", "df", "-v").join(" ")}. ${UNUSED_IMAGES}` },
        ),
      ];
    },
  },
];

function notDocker({ engine, privileged }: CheckContext): NotLooked | undefined {
  if (engine !== "docker") return NO_DOCKER;
  return privileged ? undefined : NEEDS_ROOT;
}
