/** Configuration → description of a deployment: everything that plan, units, compose files and manifests are made of. */
import { join } from "node:path";
import { type ConfigSnapshot, isLoopback } from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import { registryAddress, registryTrust } from "../../images/index.ts";
import { HubError, sha256 } from "../../kernel/index.ts";
import type { ConfigFiles } from "./config-files.ts";
import { backupContainer, brokerContainer, hubContainer, type Places, proxyContainer } from "./containers.ts";
import type { DeployedEngine, Deployment, SecretWish, SocketUnit } from "./deployment.ts";
import { postgresContainer } from "./postgres.ts";
import { registryContainer } from "./registry.ts";

export interface DescribeOptions {
  readonly snapshot: ConfigSnapshot;
  /** References of the program's images. */
  readonly images: { readonly hub: string; readonly proxy: string; readonly registry?: string };
  /** Version of the program. */
  readonly version: string;
  /** What `readConfigFiles` found. */
  readonly files: ConfigFiles;
  /**
   * The configuration lies on the host already, in the folder where the hub reads it (`hublet apply` on the host itself
   * with /etc/hublet/hublet.yaml): nothing is copied.
   */
  readonly inPlace: boolean;
  readonly engine: DeployedEngine;
  /** Name of the first admin, as `HUBLET_ADMIN`. */
  readonly admin?: string;
}

/** The same configuration and images give the same description. @throws HubError `bad-config` for a listen address that is a name */
export function describeDeployment(options: DescribeOptions): Deployment {
  const { snapshot, files } = options;
  const { config } = snapshot;
  const { account } = config.deploy;
  const home = `/var/lib/${account}`;
  const configFolder = configFolderOf(account);
  const { engine } = options;
  const places: Places = {
    account,
    engine,
    state: `${home}/state`,
    configFolder,
    configFile: join(configFolder, files.main),
    broker: brokerFolder(home),
    skeleton: config.server.skeleton,
  };
  const ownPostgres = config.deploy.postgres !== undefined;
  const { registry } = config;
  const { sockets, ports } = listening(config);
  const socketNames = sockets.map((socket) => socket.name);
  return {
    engine,
    account,
    home,
    state: places.state,
    records: `/var/lib/hublet-deploy/${account}`,
    configFolder,
    configFile: places.configFile,
    configFiles: options.inPlace ? [] : files.files,
    address: addressOf(config),
    containers: [
      ...(config.deploy.postgres === undefined ? [] : [postgresContainer(config.deploy.postgres.image, places)]),
      proxyContainer(options.images.proxy, places, { sockets: socketNames, https: config.tls !== undefined }),
      brokerContainer(options.images.hub, places),
      ...(registry === undefined
        ? []
        : [registryContainer(options.images.registry ?? registry.image, places, registry.port)]),
      hubContainer(options.images.hub, places, {
        ownPostgres,
        ownRegistry: registry !== undefined,
        admin: options.admin,
        settled: settledBy(config),
      }),
      ...(config.backup?.at === undefined
        ? []
        : [backupContainer(options.images.hub, places, config.backup, ownPostgres)]),
    ],
    sockets,
    ports,
    firewall: config.deploy.firewall,
    secrets: registry === undefined ? SECRETS : [...SECRETS, { name: "registry.password", kind: "random" }],
    trust: registryTrust(snapshot, registry),
    serverImages: serverImagesOf(config),
    keep: config.deploy.keep,
    database: ownPostgres ? "own-postgres" : config.database === "sqlite" ? "sqlite" : "outside",
    backupFolder: config.backup?.to.startsWith("/") === true ? config.backup.to : undefined,
    version: options.version,
  };
}

/** Where the daemon of root listens, when nobody says otherwise. */
const DOCKER_SOCKET = "/var/run/docker.sock";

/** @param environment `HUBLET_DOCKER_SOCKET` names the daemon's socket on the host where `engineSocket` does not */
export function deployedEngine(
  { deploy, engineSocket }: Pick<Config, "deploy" | "engineSocket">,
  environment: Readonly<Record<string, string | undefined>>,
): DeployedEngine {
  if (deploy.engine === "podman") return { kind: "podman" };
  return { kind: "docker", socket: engineSocket ?? environment.HUBLET_DOCKER_SOCKET ?? DOCKER_SOCKET };
}

/** Names what holds until the next apply; secrets are in it by name alone. */
function settledBy({ listen, engine, engineSocket, database, deploy, tls, registry }: Config): string {
  const keys = [
    listen,
    engine,
    engineSocket,
    database,
    deploy.postgres !== undefined,
    tls !== undefined,
    tls?.redirectFrom,
    ...(registry === undefined ? [] : [registry.port]),
  ];
  return sha256(JSON.stringify(keys)).slice(0, 12);
}

/** Of the account's home; the broker's socket, what it keeps, and what it shows the hub of the host. */
export function brokerFolder(home: string): string {
  return `${home}/broker`;
}

/** Where the hub of an account reads its configuration; root's alone to write. */
export function configFolderOf(account: string): string {
  return account === "hublet" ? "/etc/hublet" : `/etc/hublet-${account}`;
}

const SECRETS: readonly SecretWish[] = [
  { name: "hub.key", kind: "random" },
  { name: "gate.key", kind: "random" },
  { name: "proxy.token", kind: "random" },
  { name: "cli.token", kind: "random" },
  { name: "vault.key", kind: "identity" },
];

function listening({ listen, tls }: Config): { sockets: readonly SocketUnit[]; ports: readonly number[] } {
  const { host, port } = splitListen(listen);
  const redirect = tls?.redirectFrom;
  const socket = (fdName: string, at: number, description: string): SocketUnit => ({
    name: `hublet-proxy-${fdName}`,
    description,
    listen: `${host}:${at}`,
    fdName,
    service: "hublet-proxy",
  });
  return {
    sockets: [
      socket("public", port, "Hublet's public address"),
      ...(redirect === undefined ? [] : [socket("redirect", redirect, "Hublet's way from HTTP to HTTPS")]),
    ],
    ports: isLoopback(host) ? [] : [port, ...(redirect === undefined ? [] : [redirect])],
  };
}

/** systemd opens the socket, and resolves no names. */
function splitListen(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon);
  const port = Number(listen.slice(colon + 1));
  if (host === "localhost") return { host: "127.0.0.1", port };
  if (host === "*" || /^\[[0-9a-fA-F:]+\]$/.test(host) || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return { host, port };
  throw new HubError(
    "bad-config",
    `listen is ${listen}, and systemd, which opens that socket on the host, takes no names. Write the host's address, or 0.0.0.0 for all of them.`,
  );
}

function addressOf({ publicUrl, listen, tls }: Config): string {
  return (publicUrl ?? `${tls === undefined ? "http" : "https"}://${listen}`).replace(/\/$/, "");
}

/** Patterns name what people choose later, `pull: never` fetches nothing, and the own registry gives only the hub what it has. */
function serverImagesOf({ server, profiles, groups, registry }: Config): readonly string[] {
  const named = [
    server,
    ...profiles.map(({ image = server.image, pull = server.pull }) => ({ image, pull })),
    ...Object.values(groups).flatMap(({ images }) => images.map((image) => ({ image, pull: server.pull }))),
  ];
  const own = registry === undefined ? undefined : `${registryAddress(registry)}/`;
  const fetched = named.filter(
    ({ image, pull }) => pull !== "never" && !image.includes("*") && (own === undefined || !image.startsWith(own)),
  );
  return [...new Set(fetched.map(({ image }) => image))];
}
