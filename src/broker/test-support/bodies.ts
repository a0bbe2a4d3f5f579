/** Requests as an honest hub makes them, for tests that change one thing of them. */
import type { BrokerPolicy } from "../policy.ts";

export const HUB = "hub-1";
export const IMAGE = "localhost/hublet-test/attacks:1";

export const POLICY: BrokerPolicy = {
  engine: "podman",
  images: ["localhost/hublet-test/*", "localhost/hublet-hub:*"],
  targets: ["localhost/hublet-test/*", "127.0.0.1:5000/*"],
  reserved: ["localhost/hublet-hub", "localhost/hublet-proxy"],
  volumes: [{ name: "material", readOnly: true }],
  binds: [
    { source: "/srv/shared", readOnly: false },
    { source: "/srv/shared/course", readOnly: true },
    { source: "/srv/data", readOnly: true },
    { source: "/home/jupyter-{username}", readOnly: false },
    { source: "/var/lib/hublet/state/bridge", readOnly: true },
    { source: "/etc/hublet/keys", readOnly: true },
  ],
  closed: ["/var/lib/hublet/state", "/etc/hublet"],
  groups: [2000],
  accountPrefix: null,
};

type Fields = Readonly<Record<string, unknown>>;

/** A server of Ada's. @param changes of the body; `HostConfig` is merged */
export function serverOf(changes: Fields = {}, host: Fields = {}): Fields {
  return {
    Image: IMAGE,
    Cmd: ["busybox", "true"],
    Env: ["A=b"],
    Labels: { "hublet.hub": HUB, "hub.jupyter.org/username": "ada" },
    ExposedPorts: { "8888/tcp": {} },
    ...changes,
    HostConfig: {
      NetworkMode: "slirp4netns",
      PortBindings: { "8888/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      IpcMode: "private",
      ReadonlyRootfs: true,
      Tmpfs: {},
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "k8s-file", Config: { "max-size": "10m" } },
      Mounts: [{ Type: "volume", Source: "jupyterhub-user-ada", Target: "/home/jovyan", ReadOnly: false }],
      ...host,
    },
  };
}

/** A helper that packs Ada's home. */
export function helperOf(changes: Fields = {}, host: Fields = {}): Fields {
  return {
    Image: IMAGE,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: ["true"],
    User: "0:0",
    Env: [],
    Labels: { "hublet.export": HUB },
    AttachStdout: true,
    AttachStderr: true,
    ...changes,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: ["DAC_READ_SEARCH"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      Mounts: [{ Type: "volume", Source: "jupyterhub-user-ada", Target: "/.hublet-volume", ReadOnly: true }],
      ...host,
    },
  };
}

export function bind(Source: string, ReadOnly = true, options: Fields = {}): Fields {
  return {
    Type: "bind",
    Source,
    Target: "/data",
    ReadOnly,
    BindOptions: { Propagation: "rprivate", NonRecursive: ReadOnly },
    ...options,
  };
}
