/** Containers that no hub makes which means well. */
import { type Asked, type Attacks, create } from "./asked.ts";
import { bind, HUB, helperOf, serverOf } from "./bodies.ts";

const host = (fields: Readonly<Record<string, unknown>>): Asked => create(serverOf({}, fields));
const mounts = (...all: readonly unknown[]): Asked => host({ Mounts: all });

/** @param stranger id of a container of somebody else */
export const containerAttacks = (stranger: () => string): Attacks => ({
  "a privileged container": () => host({ Privileged: true }),
  "a privileged container by another spelling": () => host({ privileged: true }),
  "a privileged container by a key that stands twice": () => ({
    ...create(undefined),
    text: JSON.stringify(serverOf()).replace('"CapDrop"', '"Privileged":false,"Privileged":true,"CapDrop"'),
  }),
  "a container outside of HostConfig's own schema": () => create({ ...serverOf(), hostconfig: { Privileged: true } }),
  "the host's network": () => host({ NetworkMode: "host" }),
  "another container's network": () => host({ NetworkMode: `container:${stranger()}` }),
  "the network of strangers": () => host({ NetworkMode: "strangers" }),
  "a network with a way to the host's loopback": () => host({ NetworkMode: "slirp4netns:allow_host_loopback=true" }),
  "the host's processes": () => host({ PidMode: "host" }),
  "the host's shared memory": () => host({ IpcMode: "host" }),
  "the host's name": () => host({ UTSMode: "host" }),
  "the host's users": () => host({ UsernsMode: "host" }),
  "the host's control groups": () => host({ CgroupnsMode: "host" }),
  "a parent in the host's control groups": () => host({ CgroupParent: "/" }),
  "a device": () =>
    host({ Devices: [{ PathOnHost: "/dev/sda", PathInContainer: "/dev/sda", CgroupPermissions: "rwm" }] }),
  "all devices by request": () => host({ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }),
  "a rule for devices": () => host({ DeviceCgroupRules: ["a *:* rwm"] }),
  "a capability": () => host({ CapAdd: ["SYS_ADMIN"] }),
  "all of an engine's default capabilities": () => host({ CapDrop: [] }),
  "no seccomp": () => host({ SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] }),
  "new privileges": () => host({ SecurityOpt: [] }),
  "a kernel setting": () => host({ Sysctls: { "kernel.core_pattern": "|/x" } }),
  "another runtime": () => host({ Runtime: "/bin/sh" }),
  "the root of the host by Binds": () => host({ Binds: ["/:/host"] }),
  "the root of the host by Mounts": () => mounts(bind("/")),
  "a folder that nobody named": () => mounts(bind("/root")),
  "a folder by a way round": () => mounts(bind("/srv/data/../../root")),
  "a folder below one that was named": () => mounts(bind("/srv/data/below")),
  "a read-only folder for writing": () => mounts(bind("/srv/data", false)),
  "a folder with what is mounted below it": () =>
    mounts(bind("/srv/data", true, { BindOptions: { Propagation: "rshared", NonRecursive: false } })),
  "a folder below one that servers write": () => mounts(bind("/srv/shared/course")),
  "another person's folder": () => mounts(bind("/home/jupyter-bob", false)),
  "the hub's state": () => mounts(bind("/var/lib/hublet/state")),
  "the configuration, also when it names itself": () => mounts(bind("/etc/hublet/keys")),
  "the engine's socket": () => mounts(bind("/run/podman/podman.sock")),
  "a volume that is a folder of the host": () =>
    mounts({
      Type: "volume",
      Source: "jupyterhub-user-ada",
      Target: "/x",
      ReadOnly: false,
      VolumeOptions: { DriverConfig: { Name: "local", Options: { type: "none", o: "bind", device: "/" } } },
    }),
  "another person's volume": () =>
    mounts({ Type: "volume", Source: "jupyterhub-user-bob", Target: "/x", ReadOnly: false }),
  "another hub's volume by a helper": () =>
    create(
      helperOf({}, { Mounts: [{ Type: "volume", Source: "jupyterhub-user-bob", Target: "/x", ReadOnly: true }] }),
      "hublet-pack-x",
    ),
  "a volume of the configuration, for writing": () =>
    mounts({ Type: "volume", Source: "material", Target: "/x", ReadOnly: false }),
  "volumes of another container": () => host({ VolumesFrom: ["strangers"] }),
  "a server as root": () => create(serverOf({ User: "0" })),
  "a server as root by its group": () => create(serverOf({ User: "1000:0" })),
  "a server of a group that nobody gave it": () => host({ GroupAdd: ["999"] }),
  "a helper with a folder of the host": () => create(helperOf({}, { Mounts: [bind("/srv/data")] }), "hublet-pack-x"),
  "a helper with more capabilities": () => create(helperOf({}, { CapAdd: ["SYS_ADMIN"] }), "hublet-pack-x"),
  "a helper with a network": () => create(helperOf({}, { NetworkMode: "slirp4netns" }), "hublet-pack-x"),
  "a helper that is a server as well": () =>
    create(helperOf({ Labels: { "hublet.export": HUB, "hublet.hub": HUB } }), "hublet-pack-x"),
  "a port for everybody": () => host({ PortBindings: { "8888/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] } }),
  "a port of its own choice": () => host({ PortBindings: { "8888/tcp": [{ HostIp: "127.0.0.1", HostPort: "22" }] } }),
  "names for other hosts": () => host({ ExtraHosts: ["lab.example:10.0.0.1"] }),
  "a container that comes back by itself": () => host({ RestartPolicy: { Name: "always" } }),
  "a log into a file of the host": () =>
    host({ LogConfig: { Type: "k8s-file", Config: { "max-size": "10m", path: "/etc/cron.d/x" } } }),
  "the environment of the engine": () => create(serverOf({ Env: ["*"] })),
  "a container without the hub's label": () => create(serverOf({ Labels: {} })),
  "a container with another hub's label": () => create(serverOf({ Labels: { "hublet.hub": "hub-2" } })),
  "a label that means something to the host": () =>
    create(serverOf({ Labels: { "hublet.hub": HUB, "io.containers.autoupdate": "registry" } })),
  "a container that is called like the broker": () => create(serverOf(), "hublet-broker"),
  "an image that nobody named": () => create(serverOf({ Image: "docker.io/library/alpine:3" })),
  "the program's own image": () => create(serverOf({ Image: "localhost/hublet-hub:1" })),
  "a server that joins a network of others besides": () =>
    create(serverOf({ NetworkingConfig: { EndpointsConfig: { strangers: {} } } })),
  "a server with a program of its own before the image's": () => create(serverOf({ Entrypoint: ["/bin/sh"] })),
  "a check of health that the engine carries out": () => create(serverOf({ Healthcheck: { Test: ["CMD", "x"] } })),
  "a volume without a name": () => create(serverOf({ Volumes: { "/x": {} } })),
  "a name of another host": () => create(serverOf({ Hostname: "lab.example" })),
  "a file of the host that takes the id": () => host({ ContainerIDFile: "/etc/cron.d/x" }),
  "parts of /proc that are shown": () => host({ MaskedPaths: [], ReadonlyPaths: [] }),
  "more of everything (ulimits)": () => host({ Ulimits: [{ Name: "nofile", Soft: 1e9, Hard: 1e9 }] }),
  "a process that the kernel never ends": () => host({ OomScoreAdj: -1000 }),
  "names and variables of another container (links)": () => host({ Links: ["strangers:x"] }),
  "another name server": () => host({ Dns: ["10.0.0.1"] }),
  "another size of the root": () => host({ StorageOpt: { size: "1T" } }),
  "a tmpfs with devices": () => host({ Tmpfs: { "/x": "rw,dev,suid" } }),
  "a tmpfs over the system's accounts": () => mounts({ Type: "tmpfs", Target: "/etc" }),
  "a pipe of Windows": () => mounts({ Type: "npipe", Source: "\\\\.\\pipe\\x", Target: "/x" }),
  "the image's folders of another image (image mount)": () => mounts({ Type: "image", Source: "x", Target: "/x" }),
  "a mount over the root": () =>
    mounts({ Type: "volume", Source: "jupyterhub-user-ada", Target: "/", ReadOnly: false }),
  "a mount over the accounts": () =>
    mounts({ Type: "volume", Source: "jupyterhub-user-ada", Target: "/etc/passwd", ReadOnly: false }),
  "a number that is none": () => host({ Memory: -1 }),
  "a helper of builds with somebody's home": () =>
    create(
      helperOf(
        {},
        {
          NetworkMode: "slirp4netns",
          Mounts: [{ Type: "volume", Source: "jupyterhub-user-ada", Target: "/x", ReadOnly: true }],
        },
      ),
      "hublet-build-x",
    ),
  "a helper of builds with the host's network": () =>
    create(helperOf({}, { NetworkMode: "host", Mounts: [] }), "hublet-build-x"),
  "a helper of builds with a way to the host's loopback": () =>
    create(helperOf({}, { NetworkMode: "slirp4netns:allow_host_loopback=true", Mounts: [] }), "hublet-build-x"),
});
