/** The pod's part of the manifests: containers, what they may, and what they see. */
import { posix } from "node:path";
import { bridgeFolder } from "../model/containers.ts";
import type { ContainerUnit, Deployment, VolumeUnit } from "../model/deployment.ts";
import { brokerFolder } from "../model/describe.ts";
import { CONFIG, CONFIG_SECRETS, KEYS, keyOf, NAME, objectName, SETTINGS, STATE } from "./kubernetes-names.ts";
import { ownSockets } from "./own-sockets.ts";

const ENGINE_FOLDER = "%t/podman";
const ENGINE_SOCKET = "/run/podman/podman.sock";
/** Id of the account `postgres` in the official images made from Debian; manifests take numbers alone. */
const IDS: Readonly<Record<string, number>> = { postgres: 999 };

type Fields = Readonly<Record<string, unknown>>;

export function podSpec(
  deployment: Deployment,
  containers: readonly ContainerUnit[],
  restartPolicy: "Always" | "Never",
): Fields {
  const owners = containers.filter((container) => container.volumes.some(({ owned }) => owned));
  return {
    serviceAccountName: NAME,
    automountServiceAccountToken: false,
    // People's servers publish ports on the node's loopback.
    hostNetwork: true,
    dnsPolicy: "ClusterFirstWithHostNet",
    enableServiceLinks: false,
    restartPolicy,
    terminationGracePeriodSeconds: Math.max(...containers.map(({ stopSeconds }) => stopSeconds)) + 10,
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    ...(owners.length === 0 ? {} : { initContainers: owners.map((container) => folderOwner(container, deployment)) }),
    containers: containers.map((container) => podContainer(container, deployment)),
    volumes: volumesOf(containers, deployment),
  };
}

function podContainer(container: ContainerUnit, deployment: Deployment): Fields {
  const own = ownSockets(container, deployment);
  const user = container.user === undefined ? undefined : IDS[container.user];
  return {
    name: container.name,
    image: container.image,
    imagePullPolicy: "IfNotPresent",
    args: (own?.command ?? container.command).map(literal),
    ...(Object.keys(container.environment).length === 0
      ? {}
      : { env: Object.entries(container.environment).map(([name, value]) => ({ name, value: literal(value) })) }),
    ...(own === undefined
      ? {}
      : { ports: own.ports.map(({ name, port }) => ({ name, containerPort: port, hostPort: port, protocol: "TCP" })) }),
    ...(own?.ports[0] === undefined
      ? {}
      : { readinessProbe: { tcpSocket: { port: own.ports[0].port }, periodSeconds: 5 } }),
    ...(container.readyCommand === undefined
      ? {}
      : { readinessProbe: { exec: { command: container.readyCommand }, periodSeconds: 5 } }),
    // Not on the pod: there Kubernetes has no such field, and what it does not know it drops without a word.
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: container.readOnlyRoot,
      capabilities: { drop: ["ALL"], ...(own?.low === true ? { add: ["NET_BIND_SERVICE"] } : {}) },
      ...(user === undefined ? {} : { runAsUser: user, runAsGroup: user }),
      ...(container.unconfined ? { seLinuxOptions: { type: "spc_t" } } : {}),
    },
    volumeMounts: [
      ...container.volumes.flatMap((volume) => mountsOf(volume, deployment)),
      ...container.files.map(({ target }) => ({
        name: objectName(container.name, SETTINGS),
        mountPath: target,
        subPath: keyOf(posix.basename(target)),
        readOnly: true,
      })),
      ...container.tmpfs.map((folder) => ({ name: "memory", mountPath: folder, subPath: container.name })),
      ...(container.secrets.length === 0
        ? []
        : [{ name: objectName(container.name, "keys"), mountPath: "/run/secrets", readOnly: true }]),
    ],
  };
}

/** Gives a container's folders to the account that it runs as; Kubernetes makes them root's. */
function folderOwner(container: ContainerUnit, deployment: Deployment): Fields {
  const owned = container.volumes.filter((volume) => volume.owned);
  const user = container.user ?? "root";
  return {
    name: objectName(container.name, "folders"),
    image: container.image,
    imagePullPolicy: "IfNotPresent",
    command: ["chown", "-R", `${user}:${user}`, ...owned.map(({ target }) => target)],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE"] },
    },
    volumeMounts: owned.flatMap((volume) => mountsOf(volume, deployment)),
  };
}

/** The state is a claim, its parts are folders of it; what servers are given must be the node's own. */
function mountsOf(volume: VolumeUnit, { state, configFolder }: Deployment): readonly Fields[] {
  const { source, target, readOnly, propagation } = volume;
  const mount = { mountPath: target, ...(readOnly ? { readOnly } : {}) };
  if (source === state) return [{ ...mount, name: "state" }];
  if (source === bridgeFolder(state)) return [{ ...mount, name: "bridge" }];
  if (source.startsWith(`${state}/`)) return [{ ...mount, name: "state", subPath: source.slice(state.length + 1) }];
  if (source === configFolder) return [{ ...mount, name: "config" }];
  if (source === ENGINE_FOLDER) return [{ ...mount, name: "engine", mountPath: `${target}/podman.sock` }];
  const shared = propagation === "rslave" ? { mountPropagation: "HostToContainer" } : {};
  return [{ ...mount, ...shared, name: hostVolumeName(source) }];
}

function volumesOf(containers: readonly ContainerUnit[], deployment: Deployment): readonly Fields[] {
  const { state, configFolder, configFiles } = deployment;
  const sources = new Set(containers.flatMap(({ volumes }) => volumes.map(({ source }) => source)));
  const items = (secret: boolean) =>
    configFiles.filter((file) => file.secret === secret).map(({ path }) => ({ key: keyOf(path), path }));
  const host = [...sources].filter(
    (source) => source !== state && !source.startsWith(`${state}/`) && ![configFolder, ENGINE_FOLDER].includes(source),
  );
  return [
    { name: "state", persistentVolumeClaim: { claimName: STATE } },
    ...(sources.has(bridgeFolder(state))
      ? [{ name: "bridge", hostPath: { path: bridgeFolder(state), type: "DirectoryOrCreate" } }]
      : []),
    ...(sources.has(configFolder)
      ? [
          {
            name: "config",
            projected: {
              sources: [
                { configMap: { name: CONFIG, items: items(false) } },
                ...(items(true).length === 0 ? [] : [{ secret: { name: CONFIG_SECRETS, items: items(true) } }]),
              ],
            },
          },
        ]
      : []),
    ...(sources.has(ENGINE_FOLDER) ? [{ name: "engine", hostPath: { path: ENGINE_SOCKET, type: "Socket" } }] : []),
    ...host.map((path) => ({
      name: hostVolumeName(path),
      hostPath: { path, type: path.startsWith(brokerFolder(deployment.home)) ? "DirectoryOrCreate" : "Directory" },
    })),
    ...containers
      .filter(({ files }) => files.length > 0)
      .map(({ name }) => ({
        name: objectName(name, SETTINGS),
        configMap: { name: objectName(name, SETTINGS) },
      })),
    ...containers
      .filter(({ secrets }) => secrets.length > 0)
      .map(({ name, secrets }) => ({
        name: objectName(name, "keys"),
        secret: { secretName: KEYS, defaultMode: 0o400, items: secrets.map((key) => ({ key, path: key })) },
      })),
    { name: "memory", emptyDir: { medium: "Memory" } },
  ];
}

function hostVolumeName(path: string): string {
  return path === "/"
    ? "host"
    : `host${path
        .replace(/[^a-zA-Z0-9]+/g, "-")
        .toLowerCase()
        .replace(/-$/, "")}`;
}

/** `$(NAME)` would be replaced. */
function literal(text: string): string {
  return text.replaceAll("$(", "$$$$(");
}
