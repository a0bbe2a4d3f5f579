/** Rootless Podman of the account, its containers started by the account's systemd. */

import { podmanOf } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import { withoutParts } from "../model/containers.ts";
import { type ContainerUnit, SECRET_PREFIX } from "../model/deployment.ts";
import { podman, userctl } from "../steps/as-account.ts";
import { podmanSecrets } from "./podman-secrets.ts";
import type { DeploymentEngine, ProgramRun } from "./port.ts";

/** A service that ended so often since it was started will not stay by waiting. */
const MAX_RESTARTS = 3;

export const podmanEngine: DeploymentEngine = {
  deployed: { kind: "podman" },
  secretWord: "Podman secret",
  secrets: podmanSecrets,
  inside: (account, args) => ({ argv: podmanOf(account, args), as: account }),
  containerName: (part) => part,
  command: podman,
  attempt: ({ host, signal }, account, args, options = {}) =>
    host.run(["podman", ...args], { as: account, managed: true, signal, ...options }),
  restart: (run, account, part) => turn(run, account, "restart", part),
  start: (run, account, part) => turn(run, account, "start", part),
  stop: async (run, account, part) => {
    await userctl(run, account, ["stop", `${part}.service`]);
  },
  givenUp,
  lastLines,
  programWords: (_host, account, hub, run) => Promise.resolve(programWords(account, hub, run)),
};

async function turn(
  run: Parameters<DeploymentEngine["start"]>[0],
  account: HostUser,
  verb: "start" | "restart",
  part: string,
): Promise<void> {
  await run.host.run(["systemctl", "--user", "reset-failed", `${part}.service`], { as: account });
  await userctl(run, account, [verb, `${part}.service`]);
}

async function givenUp(host: Host, account: HostUser, part: string): Promise<string | undefined> {
  const { stdout } = await host.run(
    ["systemctl", "--user", "show", "-p", "ActiveState", "-p", "NRestarts", `${part}.service`],
    { as: account },
  );
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(stdout)?.[1];
  if (value("ActiveState") === "failed") return `The service ${part} failed.`;
  return Number(value("NRestarts")) >= MAX_RESTARTS ? `The service ${part} ends as soon as it is started.` : undefined;
}

/** Podman's and conmon's own words among those of a container. */
const NOISE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \S+ \S+ m=\+|conmon |[0-9a-f]{64}$)/;

/** As the journal has them. */
async function lastLines(host: Host, account: HostUser, parts: readonly string[], lines: number): Promise<string[]> {
  const matches = parts.flatMap((name) => [
    `CONTAINER_NAME=${name}`,
    `_SYSTEMD_USER_UNIT=${name}.service`,
    `USER_UNIT=${name}.service`,
  ]);
  const units = matches.flatMap((match, at) => [...(at === 0 ? [] : ["+"]), `_UID=${account.uid}`, match]);
  const read = ["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${lines * 4}`];
  const { stdout } = await host.run([...read, ...units]);
  return stdout.split("\n").filter((line) => line !== "" && !NOISE.test(line));
}

function programWords(account: Pick<HostUser, "uid">, hub: ContainerUnit, run: ProgramRun): string[] {
  const runtime = `/run/user/${account.uid}`;
  const volumes = withoutParts(hub)
    .filter(({ target }) => run.engine || !/^\/run\/(engine|host)(\/|$)/.test(target))
    .map(({ source, target, readOnly, propagation, relabel }) => {
      const slave = propagation === "private" ? [] : [propagation];
      const options = [readOnly ? "ro" : "rw", ...slave, ...(relabel ? ["z"] : [])].join(",");
      return `--volume=${source.replace("%t", runtime)}:${target}:${options}`;
    });
  return [
    "run",
    "--rm",
    "--network=host",
    "--read-only",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    // As the hub's own unit has it: without, SELinux would want other labels on the same files.
    ...(hub.unconfined ? ["--security-opt=label=disable"] : []),
    ...(run.options ?? []),
    ...hub.tmpfs.map((path) => `--tmpfs=${path}`),
    ...volumes,
    ...(run.folders ?? []).map((folder) => `--volume=${folder}:${folder}:rw`),
    ...Object.entries(hub.environment).map(([name, value]) => `--env=${name}=${value}`),
    ...hub.secrets.map((name) => `--secret=${SECRET_PREFIX}${name},target=${name}`),
    ...(hub.user === undefined ? [] : [`--user=${hub.user}`]),
    "--entrypoint=/node",
    hub.image,
    ...run.command,
  ];
}
