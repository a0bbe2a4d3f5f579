/** What a host is and has as `plan` and `doctor` need it: read in one go, then only looked at. */
import type { AccountFiles } from "../account-plan.ts";
import type { Distribution } from "../facts.ts";
import type { HostUser } from "./port.ts";

export interface HostState {
  readonly hostname: string;
  /** `hostname -f`, or the hostname. */
  readonly fqdn: string;
  readonly distribution: Distribution;
  readonly kernel: string;
  /** `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** Version number of systemd when it is PID 1. */
  readonly systemd: number | undefined;
  readonly cgroups: {
    readonly mode: "v1" | "hybrid" | "v2" | "none";
    /** Controllers that the root of cgroup2 has. */
    readonly available: readonly string[];
    /** Controllers that the account's user manager has; empty while it does not run. */
    readonly delegated: readonly string[];
  };
  readonly selinux: "enforcing" | "permissive" | "disabled";
  /** SELinux type of each path that `files` asks for (`container_file_t`); empty where SELinux is off. */
  readonly selinuxTypes: Readonly<Record<string, string>>;
  /** Absolute path of each program of `HOST_COMMANDS` that is there. */
  readonly commands: Readonly<Record<string, string>>;
  /** `5.4.2`. */
  readonly podman: string | undefined;
  /** Version of the Docker daemon that was asked for; undefined when it does not answer, or was not asked for. */
  readonly docker: string | undefined;
  /** Quadlet's generator for user managers is installed. */
  readonly quadlet: boolean;
  /** What gives each user manager a bus is installed (dbus-user-session, dbus-common). */
  readonly userBus: boolean;
  /** pam_systemd is installed, which gives a user manager its runtime folder. */
  readonly pamSystemd: boolean;
  readonly accountFiles: AccountFiles;
  readonly account:
    | (HostUser & {
        readonly linger: boolean;
        /** The user manager runs and its bus answers. */
        readonly manager: boolean;
        /** The manager may bind low ports (`CapEff` has CAP_NET_BIND_SERVICE). */
        readonly lowPorts: boolean;
        /** Owner of the home folder. */
        readonly homeOwner: number | undefined;
        /** Our drop-in for its user manager, `dropInPath(uid)`. */
        readonly dropIn: string | undefined;
        /** The manager was started after that drop-in was written. */
        readonly managerFresh: boolean;
      })
    | undefined;
  /** Owner uid of the home a new account would get, when that folder is there. */
  readonly homeOwner: number | undefined;
  /** Of every path that was asked for: undefined when there is nothing. */
  readonly files: Readonly<Record<string, FileState | undefined>>;
  /** Text of every small file that was asked for (64 KiB at most); undefined when there is none. */
  readonly contents: Readonly<Record<string, string | undefined>>;
  /** Files below the folders that were asked for, absolute. */
  readonly listings: Readonly<Record<string, readonly string[]>>;
  /**
   * The account's containers, running or not. In Docker those of the deployment's project, by the names of its services, and
   * people's servers of its hub.
   */
  readonly containers: readonly ContainerState[];
  /** Names of images in the engine's store with the id of each. */
  readonly images: Readonly<Record<string, string>>;
  /** Names of the engine's secrets, with the product's prefix. */
  readonly podmanSecrets: readonly string[];
  /** The account's user units that were asked for. */
  readonly units: Readonly<Record<string, UnitState>>;
  /** Listening TCP sockets: `0.0.0.0:443`, `[::]:80`. */
  readonly listening: readonly { readonly address: string; readonly process: string | undefined }[];
  readonly firewall:
    | {
        readonly kind: "firewalld" | "ufw";
        /** TCP ports that are open. */
        readonly open: readonly number[];
      }
    | undefined;
  /** Rules drop incoming packets, and neither firewalld nor ufw looks after them. */
  readonly packetFilter: boolean;
  /** Bytes and inodes that are free where the account's home is (or will be). */
  readonly disk: { readonly freeBytes: number; readonly freeInodes: number; readonly totalBytes: number };
}

export interface FileState {
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly kind: "file" | "folder" | "link" | "other";
}

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

export interface UnitState {
  /** `loaded`, `not-found`, `masked`, … */
  readonly load: string;
  /** `active`, `inactive`, `failed`, … */
  readonly active: string;
  /** What a socket unit listens on, as systemd writes it (`[::]:443`), with spaces between. */
  readonly listen: string;
}

/** What is asked for. */
export interface HostStateWish {
  readonly account: string;
  /** Its home, when it is not there yet. */
  readonly home: string;
  readonly files: readonly string[];
  /** Small text files whose content is wanted; never one with a secret. */
  readonly contents: readonly string[];
  /** Folders whose files are listed, not deeper than `depth` 4. */
  readonly folders: readonly string[];
  readonly units: readonly string[];
  /** The containers are Docker's, and not those of the account's Podman. */
  readonly docker?: DockerWish | undefined;
}

export interface DockerWish {
  /** Of the daemon, on the host. */
  readonly socket: string;
  /** Compose's name of the deployment. */
  readonly project: string;
  /** Folder of the deployment's secrets. */
  readonly secrets: string;
  /** The hub's own record of how it was started, in which its id is; one of `contents`. */
  readonly launch: string;
}

/** Where `apply` tells systemd what the account's manager may do. */
export function dropInPath(uid: number): string {
  return `/etc/systemd/system/user@${uid}.service.d/hublet.conf`;
}
