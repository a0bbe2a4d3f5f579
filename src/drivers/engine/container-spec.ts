import { HubError } from "../../kernel/index.ts";
import type { LaunchSpec, Limits, Mount } from "../port.ts";
import type { Dialect } from "./dialect.ts";
import type { EngineFacts } from "./facts.ts";

/** What a container is made of, beyond the spec. */
export interface ContainerSettings {
  readonly dialect: Dialect;
  readonly facts: EngineFacts;
  readonly labels: Readonly<Record<string, string>>;
  readonly networkMode: string;
  readonly readOnlyRoot: boolean;
}

/**
 * The body of `POST /containers/create`. No capability is given back and no init is added: docker-stacks' images and ours have
 * `tini` as their entry point, and an engine's own init program is a package that may be missing.
 */
export function containerBody(spec: LaunchSpec, settings: ContainerSettings): Record<string, unknown> {
  const port = `${spec.port}/tcp`;
  const secrets = Object.entries(spec.secretEnvironment).map(([name, secret]) => `${name}=${secret.reveal()}`);
  const tmpfs = settings.readOnlyRoot ? spec.tmpfs.map((path) => [path, TMPFS_OPTIONS] as const) : [];
  return {
    Image: spec.image,
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
    Env: [...Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`), ...secrets],
    Labels: settings.labels,
    ExposedPorts: { [port]: {} },
    HostConfig: {
      NetworkMode: settings.networkMode,
      // An empty port asks for a free one; Podman refuses "0".
      PortBindings: { [port]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ...(spec.groups === undefined ? {} : { GroupAdd: spec.groups.map(String) }),
      IpcMode: "private",
      ReadonlyRootfs: settings.readOnlyRoot,
      Tmpfs: Object.fromEntries(tmpfs),
      RestartPolicy: { Name: "no" },
      LogConfig: settings.dialect.log,
      Mounts: spec.mounts.map((mount) => mountBody(mount, settings.dialect)),
      ...limitsBody(spec.limits, settings.facts),
    },
  };
}

/** `exec`: people build and run things in `/tmp`; Docker would forbid it. */
const TMPFS_OPTIONS = "rw,exec,nosuid,nodev,mode=1777";

export function mountBody(mount: Mount, dialect: Dialect): Record<string, unknown> {
  for (const path of [mount.source, mount.target]) {
    if (dialect.unspeakablePath?.test(path) !== true) continue;
    throw new HubError(
      "engine-refused",
      `${JSON.stringify(path)} cannot be mounted: ${dialect.engine} does not take a path with a comma, quotation mark or line break. Rename it.`,
    );
  }
  const common = { Type: mount.kind, Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
  if (mount.kind === "volume") return common;
  // A read-only bind does not make what is mounted below it read-only (Docker before 25, Podman 4), so that is left out.
  return { ...common, BindOptions: { Propagation: "rprivate", NonRecursive: mount.readOnly } };
}

/** Only what the host enforces: elsewhere Podman drops a limit in silence, or refuses to start, by the OCI runtime. */
export function limitsBody(limits: Limits, facts: EngineFacts): Record<string, number> {
  const body: Record<string, number> = {};
  const { memoryLimit, cpuLimit, pidsLimit } = facts.capabilities;
  if (limits.memoryBytes !== undefined && memoryLimit) {
    body.Memory = limits.memoryBytes;
    // Memory and swap together: no swap beyond the limit. Without swap accounting the engine would only warn.
    if (facts.swapLimit) body.MemorySwap = limits.memoryBytes;
  }
  if (limits.cpus !== undefined && cpuLimit) body.NanoCpus = Math.round(limits.cpus * 1e9);
  if (limits.pids !== undefined && pidsLimit) body.PidsLimit = limits.pids;
  return body;
}
