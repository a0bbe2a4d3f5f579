/** Where a hub keeps its configuration and state. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { HubError, messageOf, systemCode } from "../kernel/index.ts";

export interface InstanceOptions {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  /** Service account, when started by root. */
  readonly account?: string | undefined;
}

export interface Instance {
  /** Absolute path of `hublet.yaml`. */
  readonly config: string;
  /** Absolute path of the state folder. */
  readonly state: string;
  /** Absolute path of the folder with the hub's own keys; in a container, where the engine mounts them. */
  readonly secrets: string;
  readonly account: string;
}

/** Files of a state folder. All lie in a folder of mode 0700 that belongs to the account. */
export interface StatePaths {
  readonly database: string;
  readonly secrets: string;
  readonly run: string;
  /** What hub and proxy share, and nothing else: all of the state folder that the proxy's container sees. */
  readonly proxy: string;
  /** The hub's private socket: the proxy and the CLI speak to it. */
  readonly hubSocket: string;
  readonly proxyApiSocket: string;
  readonly engineSocket: string;
  /** What may change while the proxy runs: log level, certificate and key. Written by the hub. */
  readonly proxySettings: string;
  /** The configuration's files as they were taken over last: a hub that starts while they have mistakes works on with it. */
  readonly appliedConfig: string;
  /** What the supervisor told the hub; also read by `status`. */
  readonly launchFile: string;
  /** The last report of “hublet doctor”, shown to admins. */
  readonly doctorReport: string;
  /** Mounted into servers: the hub's socket for servers, and the bridge to it. */
  readonly bridge: string;
  readonly routes: string;
  /** What `hublet up` was started with, for a hub that is started again. */
  readonly started: string;
  readonly logs: string;
  readonly processes: string;
  readonly homes: string;
  /** Files of removed people, packed. */
  readonly archives: string;
  /** The engine's `TMPDIR`; emptied at every start. */
  readonly scratch: string;
}

/** The paths inside a state folder. @param secrets the folder of the hub's own keys, when it is elsewhere */
export function statePaths(state: string, secrets = join(state, "secrets")): StatePaths {
  const run = join(state, "run");
  const proxy = join(run, "proxy");
  return {
    database: join(state, "hublet.db"),
    secrets,
    run,
    proxy,
    hubSocket: join(proxy, "hub.sock"),
    proxyApiSocket: join(proxy, "api.sock"),
    engineSocket: join(run, "engine.sock"),
    proxySettings: join(proxy, "settings.json"),
    appliedConfig: join(run, "config.json"),
    launchFile: join(run, "launch.json"),
    doctorReport: join(run, "doctor.json"),
    started: join(run, "started.json"),
    bridge: join(state, "bridge"),
    routes: join(proxy, "routes.json"),
    logs: join(state, "logs"),
    processes: join(state, "processes"),
    homes: join(state, "homes"),
    archives: join(state, "archives"),
    scratch: join(state, "scratch"),
  };
}

/**
 * Finds configuration and state: options, then `HUBLET_CONFIG`/`HUBLET_STATE`, then the usual places - for root
 * `/etc/hublet/hublet.yaml` and the account's home, for others the XDG folders.
 */
export function locateInstance(
  options: InstanceOptions,
  host: { readonly uid: number; readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Instance {
  const { env, cwd, uid } = host;
  const account = options.account ?? env.HUBLET_ACCOUNT ?? "hublet";
  const home = env.HOME ?? cwd;
  const root = uid === 0;
  const defaultState = root
    ? `/var/lib/${account}/state`
    : join(env.XDG_DATA_HOME ?? join(home, ".local/share"), "hublet");
  const stateOption = options.state ?? env.HUBLET_STATE;
  const state = stateOption === undefined ? defaultState : resolve(cwd, stateOption);
  const secretsOption = env.HUBLET_SECRETS;
  const secrets = secretsOption === undefined ? join(state, "secrets") : resolve(cwd, secretsOption);
  const configOption = options.config ?? env.HUBLET_CONFIG;
  if (configOption !== undefined) return { config: resolve(cwd, configOption), state, secrets, account };
  // A state folder of one's own has a configuration of its own: inside for a person. For root the folder belongs to the
  // account, and root must not obey what the account can write: so below /etc, by the folder's path.
  if (stateOption !== undefined) {
    const named = `/etc/hublet/${state.slice(1).replaceAll("/", "-")}.yaml`;
    return { config: root ? named : join(state, "hublet.yaml"), state, secrets, account };
  }
  const config = root
    ? account === "hublet"
      ? "/etc/hublet/hublet.yaml"
      : `/etc/hublet/${account}.yaml`
    : join(env.XDG_CONFIG_HOME ?? join(home, ".config"), "hublet", "hublet.yaml");
  return { config, state, secrets, account };
}

const launchSchema = z.object({
  pid: z.number(),
  address: z.string(),
  engine: z.string(),
  why: z.string(),
  config: z.string(),
  started: z.string(),
  notes: z.array(z.string()),
  /** Whom the link for the first admin is for, as long as nobody has used it. */
  firstAdmin: z.string().optional(),
});
/** The running (or last) supervisor's own account of what it started. */
export type LaunchRecord = z.infer<typeof launchSchema>;

/** Reads the launch record of a state folder; undefined when no hub was ever started there. */
export function readLaunch(state: string): LaunchRecord | undefined {
  const file = statePaths(state).launchFile;
  if (!existsSync(state)) return undefined;
  try {
    return launchSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new HubError(
      "state-unusable",
      `The state folder ${state} cannot be read: ${messageOf(error)}. Run this as the account that runs the hub, or as root.`,
      { cause: error },
    );
  }
}

/** A Unix socket as a URL: `http+unix://%2Fpath%2Fto.sock` (field convention). */
export function socketUrl(path: string): string {
  return `http+unix://${encodeURIComponent(path)}`;
}
