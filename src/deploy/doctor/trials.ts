/** The deep checks: a container gets what was asked for, or the host is not called in order. */

import { isIP } from "node:net";
import { join } from "node:path";
import { publicName } from "./address.ts";
import { factsFrom } from "./facts.ts";
import { bytesText, error, fine, skipped, unknown, warning } from "./finding.ts";
import { REACH_SOCKET, runTrial, trialImage } from "./trial.ts";
import type { Check, CheckContext, NotLooked } from "./types.ts";

const MEMORY = 128 * 1024 * 1024;
const PIDS = 64;
const CPUS = 0.5;

/** Prints each limit of its own control group, `none` for what is not there. */
const LIMITS_JS = `const fs = require("node:fs");
for (const f of ["memory.max", "pids.max", "cpu.max"]) {
  let v = "none";
  try { v = fs.readFileSync("/sys/fs/cgroup/" + f, "utf8").trim(); } catch {}
  console.log(f + "=" + v);
}`;
const LIMITS_PY = `for f in ("memory.max", "pids.max", "cpu.max"):
    try: v = open("/sys/fs/cgroup/" + f).read().strip()
    except OSError: v = "none"
    print(f + "=" + v)`;

const VOLUME_JS = `const fs = require("node:fs");
fs.writeFileSync("/trial/file", "kept");
console.log(fs.readFileSync("/trial/file", "utf8"));`;
const VOLUME_PY = `open("/trial/file", "w").write("kept")
print(open("/trial/file").read())`;

const LOOKUP_JS = `require("node:dns").lookup(process.argv[1], (e, a) => { console.log(e ? "failed " + e.code : "found " + a); });`;
const LOOKUP_PY = `import socket, sys
try: print("found", socket.getaddrinfo(sys.argv[1], 443)[0][4][0])
except OSError as e: print("failed", e)`;

/** Asks the hub by the socket that servers are given. */
const ASK_JS = `const request = require("node:http").get({ socketPath: "/run/hublet/" + process.argv[1], path: "/hub/api/", timeout: 5000 }, (r) => {
  console.log("answered " + r.statusCode); r.resume();
});
request.on("timeout", () => request.destroy(new Error("no answer in 5 s")));
request.on("error", (e) => console.log("failed " + e.message));`;
const ASK_PY = `import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(5)
try:
    s.connect("/run/hublet/" + sys.argv[1])
    s.sendall(b"GET /hub/api/ HTTP/1.0\\r\\nHost: hub\\r\\n\\r\\n")
    print("answered", s.recv(100).split()[1].decode())
except OSError as e: print("failed", e)`;

export const trialChecks: readonly Check[] = [
  {
    id: "container-limits",
    group: "engine",
    title: "a container really gets its limits of memory, CPU and processes",
    deep: true,
    async run(context) {
      const image = trialImage(context);
      if (image === undefined) return noImage(context);
      const options = ["--network=none", `--memory=${MEMORY}`, `--pids-limit=${PIDS}`, `--cpus=${CPUS}`];
      const result = await runTrial(context, image, { options, javascript: LIMITS_JS, python: LIMITS_PY });
      const why = "One person's server can take the memory, CPU or processes of the whole host.";
      const advice = "See cgroup-version, cgroup-delegation, user-manager and cgroup-manager: one of them says why.";
      if (result.code !== 0)
        return [
          error(`A container with limits does not start: ${lastOf(result.stderr)}`, "No server with limits starts.", {
            advice,
          }),
        ];
      const found = factsFrom({ limits: result.stdout }).values("limits");
      const [quota, period] = (found.get("cpu.max") ?? "").split(" ").map(Number);
      const wrong = [
        ...(Number(found.get("memory.max")) === MEMORY
          ? []
          : [
              `memory.max is ${found.get("memory.max") ?? "missing"}, and ${MEMORY} (${bytesText(MEMORY)}) was asked for`,
            ]),
        ...(Number(found.get("pids.max")) === PIDS
          ? []
          : [`pids.max is ${found.get("pids.max") ?? "missing"}, and ${PIDS} was asked for`]),
        ...(quota !== undefined && period !== undefined && Math.abs(quota / period - CPUS) < 0.01
          ? []
          : [`cpu.max is ${found.get("cpu.max") ?? "missing"}, and ${CPUS} CPUs were asked for`]),
      ];
      if (wrong.length > 0) return [error(`In a container ${wrong.join("; ")}.`, why, { advice })];
      return fine("memory.max, pids.max and cpu.max of a container were read back.");
    },
  },
  {
    id: "container-volume",
    group: "storage",
    title: "a container keeps a file in a volume",
    deep: true,
    async run(context) {
      const image = trialImage(context);
      if (image === undefined) return noImage(context);
      // An anonymous volume goes with its container.
      const result = await runTrial(context, image, {
        options: ["--network=none", "--volume=/trial"],
        javascript: VOLUME_JS,
        python: VOLUME_PY,
      });
      if (result.code === 0 && result.stdout.trim() === "kept") return [];
      return [
        error(
          `A file could not be kept in a volume: ${lastOf(result.stderr)}`,
          "Servers start without people's files, or not at all.",
          {
            advice:
              context.engine === "docker"
                ? "See docker-storage and mount-options."
                : "See disk-space, mount-options, subid-range and selinux-labels.",
          },
        ),
      ];
    },
  },
  {
    id: "container-dns",
    group: "network",
    title: "a container can look up names",
    deep: true,
    async run(context) {
      const image = trialImage(context);
      if (image === undefined) return noImage(context);
      const { fqdn } = context.state;
      const typed = publicName(context);
      const name = typed !== "" && isIP(typed) === 0 ? typed : fqdn.includes(".") ? fqdn : "github.com";
      if (context.facts.lines("names").some((line) => line.startsWith("none")))
        return skipped(`this host itself does not know ${name}; see public-address and resolver.`);
      const result = await runTrial(context, image, {
        options: [],
        javascript: LOOKUP_JS,
        python: LOOKUP_PY,
        words: [name],
      });
      if (result.code !== 0)
        return [
          error(`A container with a network does not start: ${lastOf(result.stderr)}`, "No server starts.", {
            advice:
              context.engine === "docker"
                ? "See “docker network ls” and “journalctl -u docker”: Docker makes its bridge and its rules of the firewall when it starts."
                : "See network-helper, network-backend and packet-filter.",
          }),
        ];
      if (result.stdout.startsWith("found")) return [];
      return [
        warning(
          `A container cannot look up ${name}: ${result.stdout.trim()}.`,
          "pip, git and downloads fail in people's servers.",
          {
            advice: `See ${context.engine === "docker" ? "what /etc/resolv.conf of this host names" : "resolver"}. On a host without a way out this is as it should be.`,
          },
        ),
      ];
    },
  },
  {
    id: "container-hub",
    group: "network",
    title: "a container reaches the hub",
    deep: true,
    async run(context) {
      const image = trialImage(context);
      if (image === undefined) return noImage(context);
      const bridge = join(context.target.state, "bridge");
      const isThere = await context.host.run(["test", "-S", join(bridge, REACH_SOCKET)]);
      if (isThere.code !== 0) return skipped("no hub has opened its door for servers here.");
      const options = ["--network=none", `--volume=${bridge}:/run/hublet:ro`];
      const trial = { options, javascript: ASK_JS, python: ASK_PY, words: [REACH_SOCKET] };
      const result = await runTrial(context, image, trial);
      if (result.stdout.startsWith("answered 200")) return [];
      const said = result.code === 0 ? result.stdout.trim() : lastOf(result.stderr);
      return [
        error(
          `A container does not reach the hub by ${join(bridge, REACH_SOCKET)}: ${said}.`,
          "Servers start, but nobody can enter them: they ask the hub who is there.",
          {
            advice: `See ${context.engine === "docker" ? "docker-containers" : "containers-running"}, state-permissions and selinux-labels.`,
          },
        ),
      ];
    },
  },
];

function noImage({ state, engine }: CheckContext): NotLooked {
  if (engine === "docker" && state.docker === undefined) return skipped("Docker does not answer; see docker-daemon.");
  if (engine === "podman" && (state.account === undefined || state.podman === undefined))
    return skipped("there is no account with Podman yet.");
  return unknown("no image is there to try it with: “hublet apply”, or the first start of a server, brings one.");
}

function lastOf(said: string): string {
  const lines = said.trim().split("\n");
  return (lines.at(-1) ?? "").slice(-300) || "it said nothing";
}
