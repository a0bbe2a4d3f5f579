/** What a driver is told to run: environment, command, labels and mounts of one server (contract 1.1–1.3). Pure. */
import { type DriverKind, HUB_LABEL, type LaunchSpec, type Mount } from "../drivers/index.ts";
import {
  containerName,
  type Secret,
  type ServerName,
  serverClientId,
  serverPrefix,
  type UserName,
  urlName,
} from "../kernel/index.ts";
import type { Identity } from "./identity.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import type { HubReach } from "./ports.ts";

/** Which start of its row a container belongs to; reconciliation compares it with the row. */
export const GENERATION_LABEL = "hublet.generation";

export interface LaunchRequest {
  readonly user: UserName;
  readonly server: ServerName;
  readonly generation: number;
  /** `image` is the name that servers are told. */
  readonly settings: LaunchSettings;
  /** What to run, perhaps pinned by its digest. */
  readonly image: string;
  readonly driver: DriverKind;
  readonly hubId: string;
  readonly baseUrl: string;
  /** Address people type, when the configuration says it. */
  readonly publicUrl: string | undefined;
  readonly reach: HubReach;
  readonly identity: Identity;
  readonly home: Mount;
  /** What is mounted beside the home and the way to the hub. */
  readonly mounts: readonly Mount[];
  /** Port inside the server's network; of the process driver a free port of the host. */
  readonly port: number;
  /** Protocol `jupyterhub`: its API token. Protocol `http`: the token that the proxy adds. */
  readonly token: Secret;
}

/** Builds the launch specification. */
export function launchSpec(request: LaunchRequest): LaunchSpec {
  const { settings, user, server, driver } = request;
  const prefix = serverPrefix(request.baseUrl, user, server);
  const ip = driver === "process" ? "127.0.0.1" : "0.0.0.0";
  const speaksHub = settings.protocol === "jupyterhub";
  const secrets: Record<string, Secret> = speaksHub
    ? { JUPYTERHUB_API_TOKEN: request.token, JPY_API_TOKEN: request.token }
    : { JUPYTER_TOKEN: request.token };
  const own = { ...commonEnvironment(request), ...(speaksHub ? hubEnvironment(request, prefix, ip) : {}) };
  const command = (settings.command ?? defaultCommand(settings.protocol)).map((part) =>
    part.replaceAll("{port}", String(request.port)).replaceAll("{prefix}", prefix).replaceAll("{ip}", ip),
  );
  const { owner, groups, workingDirectory, environment } = request.identity;
  return {
    name: containerName(user, server),
    labels: serverLabels(request),
    image: request.image,
    ...(owner === undefined ? {} : { user: `${owner.uid}:${owner.gid}` }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    command: speaksHub ? request.reach.wrapCommand(command) : command,
    // What the administrator says wins over everything, tokens included (contract 1.1).
    environment: { ...own, ...environment, ...settings.environment },
    secretEnvironment: Object.fromEntries(Object.entries(secrets).filter(([name]) => !(name in settings.environment))),
    mounts: [request.home, ...(speaksHub ? request.reach.mounts : []), ...request.mounts],
    port: request.port,
    limits: { memoryBytes: settings.memory, cpus: settings.cpus, pids: settings.pids },
    readOnlyRoot: settings.readOnlyRoot,
    // A place can be mounted once.
    tmpfs:
      settings.readOnlyRoot === false
        ? []
        : ["/tmp", "/run"].filter((path) => !request.mounts.some(({ target }) => target === path)),
  };
}

/** Labels of a person's volume. */
export function volumeLabels(hubId: string, user: UserName): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/managed-by": "hublet", "hub.jupyter.org/username": user, [HUB_LABEL]: hubId };
}

function serverLabels(request: LaunchRequest): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/managed-by": "hublet",
    "app.kubernetes.io/name": "jupyterhub",
    "app.kubernetes.io/component": "singleuser-server",
    component: "singleuser-server",
    "hub.jupyter.org/username": request.user,
    "hub.jupyter.org/servername": request.server,
    "hub.jupyter.org/network-access-hub": String(request.settings.protocol === "jupyterhub"),
    [HUB_LABEL]: request.hubId,
    [GENERATION_LABEL]: String(request.generation),
  };
}

function defaultCommand(protocol: "jupyterhub" | "http"): readonly string[] {
  // The hub adds no arguments: everything comes by environment, which options would beat (contract 1.2).
  if (protocol === "jupyterhub") return ["jupyterhub-singleuser"];
  return [
    "jupyter-lab",
    "--ip={ip}",
    "--port={port}",
    "--no-browser",
    // The proxy only knows this one port: a server that moved to the next one would never be found.
    "--ServerApp.port_retries=0",
    "--ServerApp.base_url={prefix}",
    "--ServerApp.allow_remote_access=True",
  ];
}

function commonEnvironment({ settings }: LaunchRequest): Record<string, string> {
  return {
    JUPYTER_IMAGE_SPEC: settings.image,
    JUPYTER_IMAGE: settings.image,
    MEM_LIMIT: String(Math.floor(settings.memory)),
    CPU_LIMIT: String(settings.cpus),
  };
}

function hubEnvironment(request: LaunchRequest, prefix: string, ip: string): Record<string, string> {
  const { user, server, settings, reach, baseUrl, publicUrl } = request;
  const accessScopes = JSON.stringify([`access:servers!server=${user}/${server}`, `access:servers!user=${user}`]);
  const open = (path: string) => (publicUrl === undefined ? "" : new URL(path, publicUrl).href);
  return {
    JUPYTERHUB_CLIENT_ID: serverClientId(user, server),
    JUPYTERHUB_API_URL: reach.apiUrl,
    JUPYTERHUB_ACTIVITY_URL: `${reach.apiUrl}/users/${urlName(user)}/activity`,
    JUPYTERHUB_BASE_URL: baseUrl,
    JUPYTERHUB_SERVICE_PREFIX: prefix,
    JUPYTERHUB_SERVICE_URL: `http://${ip}:${request.port}${prefix}`,
    JUPYTERHUB_USER: user,
    JUPYTERHUB_SERVER_NAME: server,
    JUPYTERHUB_OAUTH_CALLBACK_URL: `${prefix}oauth_callback`,
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_SCOPES: accessScopes,
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: "[]",
    JUPYTERHUB_HOST: "",
    JUPYTERHUB_PUBLIC_URL: open(prefix),
    JUPYTERHUB_PUBLIC_HUB_URL: open(`${baseUrl}hub/`),
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: "0",
    JUPYTERHUB_DEFAULT_URL: settings.defaultUrl,
  };
}
