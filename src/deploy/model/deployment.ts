/**
 * One description of a deployment, from which plan, units, compose files and manifests are made. Pure data: the same
 * configuration gives the same description.
 */
import type { RegistryTrust } from "../../images/index.ts";

/** What runs the containers: Podman of the account under its systemd, or the host's Docker by the socket of its daemon. */
export type DeployedEngine =
  | { readonly kind: "podman" }
  | {
      readonly kind: "docker";
      /** Path on the host. */
      readonly socket: string;
    };

export interface Deployment {
  readonly engine: DeployedEngine;
  /** Name of the service account. */
  readonly account: string;
  /** Its home, `/var/lib/ACCOUNT`. */
  readonly home: string;
  /** State folder, `HOME/state`. */
  readonly state: string;
  /** Root's own folder on the host for generations and what `apply` remembers: `/var/lib/hublet-deploy/ACCOUNT`. */
  readonly records: string;
  /** Folder of the configuration on the host, `/etc/hublet`. */
  readonly configFolder: string;
  /** The main file in it, absolute. */
  readonly configFile: string;
  /** Configuration files by their path relative to the folder. Empty where the source itself is the host's folder. */
  readonly configFiles: readonly { readonly path: string; readonly content: Buffer; readonly secret: boolean }[];
  /** Address that people type, without a slash at its end. */
  readonly address: string;
  readonly containers: readonly ContainerUnit[];
  readonly sockets: readonly SocketUnit[];
  /** TCP ports that people reach, for the firewall; none when only this host can. */
  readonly ports: readonly number[];
  readonly firewall: boolean;
  /** Secrets of the engine, by name without the product's prefix: `hub.key`. */
  readonly secrets: readonly SecretWish[];
  /** Images that servers start with, as the configuration names them. */
  readonly serverImages: readonly string[];
  readonly keep: number;
  readonly database: "sqlite" | "own-postgres" | "outside";
  /** Which registries the account's Podman speaks to without TLS, or by an authority (PEM) of their own. */
  readonly trust: RegistryTrust;
  /** Folder of the host that backups go to; undefined when they go elsewhere or nowhere. */
  readonly backupFolder: string | undefined;
  /** Version of the program. */
  readonly version: string;
}

export interface SecretWish {
  readonly name: string;
  /** `random`: 32 bytes in hex, made once. `identity`: an age identity whose recipient joins the vault. */
  readonly kind: "random" | "identity";
}

export interface ContainerUnit {
  /** Name of container and unit: `hublet-hub`. */
  readonly name: string;
  readonly description: string;
  /** Reference with tag; for images of the program its digest is part of the tag. */
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeUnit[];
  /** `host`: the host's own network, so that servers' loopback ports are reached; `none`: none at all. */
  readonly network: "host" | "none";
  /** Secrets of the engine, mounted at /run/secrets/NAME. */
  readonly secrets: readonly string[];
  /** Account inside; undefined for what is the service account outside: 0 in a rootless container, its own id in Docker. */
  readonly user: string | undefined;
  readonly readOnlyRoot: boolean;
  /** Folders in memory, writable. */
  readonly tmpfs: readonly string[];
  /** Speaks to the engine itself: started after its socket, and in its group. */
  readonly engine: boolean;
  /** Without SELinux's separation, which forbids what speaks by sockets to others. */
  readonly unconfined: boolean;
  /** Names of containers that are started before. */
  readonly after: readonly string[];
  /** Names of socket units whose sockets it is handed. */
  readonly sockets: readonly string[];
  /** Kept when it ends only by our word: `Restart=always`. */
  readonly restart: boolean;
  /** Seconds it may take to end. */
  readonly stopSeconds: number;
  /** Timer instead of a service that stays: `*-*-* 03:30:00` (systemd.time(7)). */
  readonly schedule: string | undefined;
  /** Exit codes besides 0 that mean it ended as it was told. */
  readonly successCodes: readonly number[];
  /** Run inside until it succeeds: only then what comes after this container is started. */
  readonly readyCommand: readonly string[] | undefined;
  /** Small files that are mounted read-only; they hold no secret. */
  readonly files: readonly { readonly target: string; readonly content: string }[];
}

export interface VolumeUnit {
  /** Absolute path on the host; `%t` is the account's runtime folder. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Belongs to the container's `user` alone: its owner inside is changed to that one at each start (`U`). */
  readonly owned: boolean;
  /** `rslave` shows mounts that come later. */
  readonly propagation: "private" | "rslave";
  /** SELinux: relabel for all containers of the account (`z`). */
  readonly relabel: boolean;
}

export interface SocketUnit {
  /** `hublet-proxy` gives `hublet-proxy.socket`. */
  readonly name: string;
  readonly description: string;
  /** `0.0.0.0:443`, `[::]:443`, `*:443`. */
  readonly listen: string;
  /** Name under which the service finds it (`LISTEN_FDNAMES`): `public`, `redirect`. */
  readonly fdName: string;
  /** Container unit that is handed it. */
  readonly service: string;
}

/** The label of each container that says which unit text it was started from. */
export const UNIT_LABEL = "org.hublet.unit";
/** Prefix of Podman secrets: the account may have others. */
export const SECRET_PREFIX = "hublet-";
