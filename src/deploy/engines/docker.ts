/** Docker of the host. Its containers are started from `compose.yaml` by its command line, one at a time. */
import { join } from "node:path";
import { HubError, systemClock } from "../../kernel/index.ts";
import { readCompose, runWords, substitute } from "../docker/compose-read.ts";
import { COMPOSE_FILE, containerName, projectOf, SECRETS_FOLDER } from "../docker/project.ts";
import { hostVariables } from "../docker/variables.ts";
import type { Host, HostUser } from "../host/port.ts";
import { withoutParts } from "../model/containers.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import { dockerSecrets } from "./docker-secrets.ts";
import type { DeploymentEngine, ProgramRun } from "./port.ts";

/** A container that ended so often since it was started will not stay by waiting. */
const MAX_RESTARTS = 3;
/** Milliseconds for stopping and starting one. */
const START_MS = 180_000;
/** Milliseconds in which a database must be ready, and between two questions. */
const READY_MS = 300_000;
const READY_PAUSE_MS = 300;

export interface DockerPlace {
  readonly account: string;
  /** Root's records of that account, absolute. */
  readonly records: string;
  /** Of the daemon, on the host. */
  readonly socket: string;
}

export function dockerEngine(place: DockerPlace): DeploymentEngine {
  const { records, socket } = place;
  const name = (part: string): string => containerName(place.account, part);
  const argv = (args: readonly string[]): readonly string[] => ["docker", "--host", `unix://${socket}`, ...args];
  const engine: DeploymentEngine = {
    deployed: { kind: "docker", socket },
    secretWord: "key",
    secrets: dockerSecrets(join(records, SECRETS_FOLDER)),
    inside: (_account, args) => ({ argv: argv(args), as: undefined }),
    containerName: name,
    command: ({ host, signal }, _account, args, options = {}) => host.mustRun(argv(args), { signal, ...options }),
    attempt: ({ host, signal }, _account, args, options = {}) => host.run(argv(args), { signal, ...options }),
    restart,
    start: restart,
    stop: async (run, account, part) => {
      const { code, stderr } = await engine.attempt(run, account, ["stop", name(part)], { timeout: START_MS });
      // One that is not there need not be stopped.
      if (code !== 0 && !/no such container/i.test(stderr))
        throw new HubError(
          "command-failed",
          `${name(part)} could not be stopped on ${run.host.name}: ${stderr.trim()}`,
        );
    },
    givenUp: async (host, _account, part) => {
      const format = "{{.State.Status}} {{.RestartCount}}";
      const { stdout } = await host.run(argv(["inspect", "--format", format, name(part)]));
      const [status = "", restarts = ""] = stdout.trim().split(" ");
      if (status === "exited" || status === "dead") return `The container ${name(part)} ended.`;
      return Number(restarts) >= MAX_RESTARTS
        ? `The container ${name(part)} ends as soon as it is started.`
        : undefined;
    },
    lastLines: async (host, _account, parts, lines) => {
      const ask = ["logs", "--timestamps", "--tail", String(lines)];
      const said = await Promise.all(parts.map((part) => host.run(argv([...ask, name(part)]))));
      return inOrder(said.map(({ stdout, stderr }) => `${stdout}${stderr}`).join("\n"));
    },
    programWords: (_host, account, hub, run) => Promise.resolve(programWords(records, account, hub, run)),
  };
  return engine;

  async function restart(run: Parameters<DeploymentEngine["restart"]>[0], account: HostUser, part: string) {
    const text = (await run.host.readFile(join(records, COMPOSE_FILE)))?.toString("utf8");
    const service = text === undefined ? undefined : readCompose(text).services[part];
    if (service === undefined)
      throw new HubError("command-failed", `${join(records, COMPOSE_FILE)} has no ${part}. Run “hublet apply”.`);
    const variables = await hostVariables(run.host, account, socket);
    await engine.stop(run, account, part);
    await engine.attempt(run, account, ["rm", "--force", name(part)]);
    const words = runWords({ name: part, service, project: projectOf(place.account) }, records, variables);
    const { code, stderr } = await engine.attempt(run, account, words, { timeout: START_MS });
    if (code !== 0) throw refused(run.host, name(part), stderr.trim());
    if (service.healthcheck === undefined) return;
    const test = service.healthcheck.test.slice(1).map((word) => substitute(word, variables));
    const until = performance.now() + READY_MS;
    while ((await engine.attempt(run, account, ["exec", name(part), ...test])).code !== 0) {
      if (performance.now() > until)
        throw new HubError(
          "command-failed",
          `${name(part)} was started on ${run.host.name} and does not get ready. Look at it there with “docker logs ${name(part)}”.`,
        );
      await systemClock.sleep(READY_PAUSE_MS, run.signal);
    }
  }
}

/** Of several containers, by the time before each line, which is left out; what has none is Docker's own remark. */
function inOrder(text: string): string[] {
  const lines = text.split("\n").flatMap((line) => {
    const [, at, words] = /^(\d{4}-\S+Z) (.*)$/.exec(line) ?? [];
    return at === undefined || words === undefined ? [] : [{ at, words }];
  });
  return lines.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map(({ words }) => words);
}

function refused(host: Host, container: string, said: string): HubError {
  // The broker sees the host's folders with all that is mounted later; systemd makes them so.
  const advice = /not a shared or slave mount/.test(said)
    ? "Let mounts spread on that host: mount --make-rshared / (in /etc/fstab or a start-up script where systemd does not do it)."
    : "Look at it there with “docker ps” and “docker logs”.";
  return new HubError("command-failed", `${container} could not be started on ${host.name}: ${said} ${advice}`);
}

function programWords(records: string, { uid, gid }: HostUser, hub: ContainerUnit, run: ProgramRun): string[] {
  const volumes = withoutParts(hub)
    .filter(({ target }) => run.engine || !/^\/run\/(engine|host)(\/|$)/.test(target))
    .map(({ source, target, readOnly, propagation, relabel }) => {
      const slave = propagation === "private" ? [] : [propagation];
      return `--volume=${source}:${target}:${[readOnly ? "ro" : "rw", ...slave, ...(relabel ? ["z"] : [])].join(",")}`;
    });
  return [
    ...["run", "--rm", "--network=host", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true"],
    `--user=${uid}:${gid}`,
    ...(hub.unconfined ? ["--security-opt=label=disable"] : []),
    ...(run.options ?? []),
    ...hub.tmpfs.map((path) => `--tmpfs=${path}`),
    ...volumes,
    ...(run.folders ?? []).map((folder) => `--volume=${folder}:${folder}:rw`),
    ...hub.secrets.map((name) => `--volume=${join(records, SECRETS_FOLDER, name)}:/run/secrets/${name}:ro`),
    ...Object.entries(hub.environment).map(([key, value]) => `--env=${key}=${value}`),
    "--entrypoint=/node",
    hub.image,
    ...run.command,
  ];
}

/** The deployment's Docker as its own `compose.yaml` on a host names it; undefined where there is none. */
export async function dockerOn(
  host: Pick<Host, "readFile">,
  account: string,
  records: string,
): Promise<DeploymentEngine | undefined> {
  const text = (await host.readFile(join(records, COMPOSE_FILE)))?.toString("utf8");
  return text === undefined ? undefined : dockerEngine({ account, records, socket: readCompose(text).socket });
}
