/** The containers that run the program itself. */
import { dirname, join } from "node:path";
import type { Config } from "../../contract/index.ts";
import { registryPlaces } from "../../images/index.ts";
import type { ContainerUnit, DeployedEngine, VolumeUnit } from "./deployment.ts";
import { postgresAddress } from "./postgres.ts";

/** Where things lie on the host; state and configuration have the same paths in the containers. */
export interface Places {
  readonly account: string;
  readonly state: string;
  readonly configFolder: string;
  readonly configFile: string;
  readonly engine: DeployedEngine;
  /** Folder of the broker's own; of it the hub sees `socket` and `host`, read-only. */
  readonly broker: string;
  /** Folder of the host whose files every home gets. */
  readonly skeleton: string | undefined;
}

/** Programs of the image, for the entry point `/node`. */
const MAIN = "/app/src/main";
const ENGINE = "/run/engine";
const SECRETS = "/run/secrets";
const HOST = "/run/host";
/** What the broker gives the hub instead of the engine's own socket. */
const BROKER_SOCKET = `${ENGINE}/broker.sock`;

const HUB_SECRETS = ["hub.key", "gate.key", "proxy.token", "cli.token", "vault.key"] as const;

/** What containers of this program have in common. */
const COMMON = {
  network: "host",
  user: undefined,
  readOnlyRoot: true,
  tmpfs: ["/tmp"],
  sockets: [],
  schedule: undefined,
  readyCommand: undefined,
  successCodes: [],
  files: [],
} as const satisfies Partial<ContainerUnit>;

export function hubContainer(
  image: string,
  places: Places,
  options: {
    readonly ownPostgres: boolean;
    readonly ownRegistry: boolean;
    readonly admin: string | undefined;
    readonly settled: string;
  },
): ContainerUnit {
  const { ownPostgres, ownRegistry, admin, settled } = options;
  return {
    ...COMMON,
    name: "hublet-hub",
    description: "Hublet's hub: sign-in, people, and the life of their servers",
    image,
    command: [`${MAIN}/deployed.ts`, "hub"],
    environment: {
      ...hubEnvironment(places, ownPostgres),
      // Another unit, and so another start, when a key has changed that needs one.
      HUBLET_SETTLED: settled,
      ...(admin === undefined ? {} : { HUBLET_ADMIN: admin }),
    },
    volumes: hubVolumes(places, { ownPostgres, ownRegistry }),
    secrets: ownRegistry ? [...HUB_SECRETS, "registry.password"] : HUB_SECRETS,
    engine: false,
    unconfined: true,
    after: [
      ...(ownPostgres ? ["hublet-postgres"] : []),
      ...(ownRegistry ? ["hublet-registry"] : []),
      "hublet-broker",
      "hublet-proxy",
    ],
    restart: true,
    stopSeconds: 30,
  };
}

export function proxyContainer(
  image: string,
  places: Places,
  { sockets, https }: { readonly sockets: readonly string[]; readonly https: boolean },
): ContainerUnit {
  const shared = join(places.state, "run/proxy");
  return {
    ...COMMON,
    name: "hublet-proxy",
    description: "Hublet's proxy: every request of people goes through it",
    image,
    command: [
      `${MAIN}/proxy.ts`,
      "--sockets-from-systemd",
      ...["--api-socket", `${shared}/api.sock`],
      ...["--routes-file", `${shared}/routes.json`],
      ...["--gate-key-file", `${SECRETS}/gate.key`],
      ...["--auth-token-file", `${SECRETS}/proxy.token`],
      ...["--settings-file", `${shared}/settings.json`],
      ...["--serves", https ? "https" : "http"],
      ...["--error-target", `http+unix://${encodeURIComponent(`${shared}/hub.sock`)}/hub/error`],
    ],
    environment: {},
    // All that a taken-over proxy could reach of the state.
    volumes: [volume(shared, { relabel: true })],
    secrets: ["gate.key", "proxy.token"],
    engine: false,
    unconfined: false,
    after: [],
    sockets,
    restart: true,
    stopSeconds: 10,
    // Its model's word for having been told to end.
    successCodes: [2],
  };
}

export function backupContainer(
  image: string,
  places: Places,
  backup: NonNullable<Config["backup"]>,
  ownPostgres: boolean,
): ContainerUnit {
  return {
    ...COMMON,
    name: "hublet-backup",
    description: "Hublet's backup",
    image,
    command: [`${MAIN}/cli.ts`, "backup", "create"],
    environment: hubEnvironment(places, ownPostgres),
    volumes: [
      ...hubVolumes(places, { ownPostgres, ownRegistry: false }),
      ...(backup.to.startsWith("/") ? [volume(backup.to)] : []),
    ],
    secrets: HUB_SECRETS,
    engine: false,
    unconfined: true,
    // Backups are made with and without a hub: the database is there in both cases.
    after: [...(ownPostgres ? ["hublet-postgres"] : []), "hublet-broker"],
    restart: false,
    stopSeconds: 30,
    schedule: backup.at === undefined ? undefined : `*-*-* ${backup.at}:00`,
  };
}

/** What of the state is mounted into servers. */
export function bridgeFolder(state: string): string {
  return join(state, "bridge");
}

/** For what runs once, and possibly before the state's folders are there: it sees them in the state as well. */
export function withoutParts({ volumes, environment }: ContainerUnit): readonly VolumeUnit[] {
  const { HUBLET_STATE: state } = environment;
  return volumes.filter(({ source }) => state === undefined || !source.startsWith(`${state}/`));
}

function hubEnvironment(places: Places, ownPostgres: boolean): Readonly<Record<string, string>> {
  return {
    HUBLET_ACCOUNT: places.account,
    HUBLET_CONFIG: places.configFile,
    ...(ownPostgres ? { HUBLET_DATABASE: postgresAddress(places.state) } : {}),
    ...(places.engine.kind === "docker" ? { HUBLET_ENGINE: "docker" } : {}),
    HUBLET_ENGINE_SOCKET: BROKER_SOCKET,
    HUBLET_HOST_ROOT: HOST,
    HUBLET_SECRETS: SECRETS,
    HUBLET_STATE: places.state,
    // Halves the time until a hub that was started again answers.
    NODE_COMPILE_CACHE: join(places.state, "cache/node"),
  };
}

/** Paths that servers are given must be the host's, so state and configuration lie at the same place inside. */
function hubVolumes(
  places: Places,
  { ownPostgres, ownRegistry }: { readonly ownPostgres: boolean; readonly ownRegistry: boolean },
): readonly VolumeUnit[] {
  const registry = registryPlaces(places.state);
  return [
    volume(places.configFolder, { readOnly: true }),
    volume(places.state),
    // Mounts of their own, and so are folders around them: a taken-over hub could put links in their places, and servers, proxy,
    // registry or the database that it commands be given what these lead to on the host.
    volume(bridgeFolder(places.state)),
    ...["run", "run/proxy"].map((name) => volume(join(places.state, name))),
    ...(ownPostgres ? [volume(join(places.state, "postgres"), { readOnly: true })] : []),
    ...(ownRegistry ? [registry.folder, registry.data, registry.settings].map((folder) => volume(folder)) : []),
    volume(join(places.broker, "socket"), { target: ENGINE, readOnly: true }),
    ...["etc", "usr"].map((name) =>
      volume(join(places.broker, "host", name), { target: join(HOST, name), readOnly: true }),
    ),
    ...(places.skeleton === undefined
      ? []
      : [volume(places.skeleton, { target: join(HOST, places.skeleton), readOnly: true, propagation: "rslave" })]),
  ];
}

/**
 * What alone reaches the engine, and looks at the host's folders: it has no network, and the hub, which reads what the internet
 * sends, reaches it by one socket. It reads the configuration by itself, so the hub has no say in what it allows.
 */
export function brokerContainer(image: string, places: Places): ContainerUnit {
  const { broker, engine, state, configFile, configFolder } = places;
  return {
    ...COMMON,
    network: "none",
    name: "hublet-broker",
    description: "Hublet's broker: what the hub may ask of the engine",
    image,
    command: [
      `${MAIN}/broker.ts`,
      ...["--engine", engine.kind],
      ...["--engine-socket", `${ENGINE}/${engine.kind}.sock`],
      ...["--listen-socket", `${broker}/socket/broker.sock`],
      ...["--config", configFile],
      ...["--state", state],
      ...["--own", `${broker}/own`],
      ...["--host-root", HOST],
      ...["--share", `${broker}/host`],
      ...["--closed", broker],
      ...(engine.kind === "podman"
        ? ["--closed", join(dirname(state), ".local/share/containers")]
        : ["--closed", "/var/lib/docker"]),
      ...(engine.kind === "docker" ? ["--closed", engine.socket] : []),
    ],
    // A share of the host that does not answer holds a thread for each look.
    environment: { UV_THREADPOOL_SIZE: "16" },
    volumes: [
      volume(configFolder, { readOnly: true }),
      engineVolume(engine),
      volume("/", { target: HOST, readOnly: true, propagation: "rslave" }),
      ...["socket", "own", "host/etc", "host/usr"].map((name) => volume(join(broker, name))),
    ],
    secrets: [],
    engine: true,
    unconfined: true,
    after: [],
    restart: true,
    stopSeconds: 10,
  };
}

/** The one way to the engine: for Podman the folder of the account's socket, for Docker the daemon's. */
function engineVolume(engine: DeployedEngine): VolumeUnit {
  return engine.kind === "podman"
    ? volume("%t/podman", { target: ENGINE })
    : volume(engine.socket, { target: `${ENGINE}/docker.sock` });
}

function volume(source: string, options: Partial<Omit<VolumeUnit, "source">> = {}): VolumeUnit {
  return { source, target: source, readOnly: false, owned: false, propagation: "private", relabel: false, ...options };
}
