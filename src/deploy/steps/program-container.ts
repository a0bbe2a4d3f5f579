/** A container like the hub's own, for one command of the program: the same folders, keys, environment and limits. */
import type { HostUser } from "../host/port.ts";
import { type ContainerUnit, SECRET_PREFIX } from "../model/deployment.ts";

export interface ProgramRun {
  /** The words after `/node` of the image. */
  readonly command: readonly string[];
  /** It may speak to the engine, and look at the host's folders. */
  readonly engine: boolean;
  /** Folders of the host that it sees, writable, at the same paths. */
  readonly folders?: readonly string[];
  /** More words for `podman run`. */
  readonly options?: readonly string[];
}

/** The words after `podman`. Values of secrets are in none of them. */
export function programContainer(hub: ContainerUnit, account: Pick<HostUser, "uid">, run: ProgramRun): string[] {
  const runtime = `/run/user/${account.uid}`;
  const volumes = hub.volumes
    .filter(({ target }) => run.engine || (target !== "/run/engine" && target !== "/run/host"))
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
    ...(hub.engine ? ["--security-opt=label=disable"] : []),
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
