/** What a setting of JupyterHub, its spawners and authenticators is here. Each says its part of `hublet.yaml`, or why it has none. */
import type { Setting } from "./hub-config.ts";
import type { Literal } from "./python-literal.ts";

/** A part of the configuration, by path; notes are for the person who moves. */
export interface Mapped {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly note?: string;
}

type Rule = (value: Literal) => Mapped | undefined;

/** Nothing is to be done: Hublet does it by itself, or has no use for it. */
const because =
  (note: string): Rule =>
  () => ({ note });
const key =
  (path: string): Rule =>
  (value) => ({ set: { [path]: value } });

const NOT_HANDED_ON = "user, limits and mounts are keys of “server”; more of Docker's settings are never handed on";
/** Classes of proxies, whose settings mean nothing here. */
const PROXY = /^(?:Traefik\w*|ConfigurableHTTPProxy)\./;

const PULL: Readonly<Record<string, string>> = { always: "always", ifnotpresent: "missing", never: "never" };

const RULES: Readonly<Record<string, Rule>> = {
  "JupyterHub.bind_url": (value) => listening(value),
  "JupyterHub.port": (value) => ({ set: { listen: `0.0.0.0:${String(value)}` } }),
  "JupyterHub.ip": because("the address is in “listen”"),
  "JupyterHub.hub_ip": because("the hub has no address of its own: servers reach it by a socket"),
  "JupyterHub.hub_connect_ip": because("servers reach the hub by a socket, without an address"),
  "JupyterHub.cleanup_servers": because("servers always live through restarts of the hub"),
  "JupyterHub.spawner_class": because("deploy.engine and engine say what runs servers"),
  "JupyterHub.authenticator_class": (value) => ({
    note: /firstuse/i.test(String(value))
      ? "signIn says how people sign in; “firstUse: open” there lets newcomers choose their first password as before"
      : "signIn says how people sign in",
  }),
  "JupyterHub.log_level": because("logLevel can be changed while the hub runs"),
  "JupyterHub.cookie_secret_file": because("browsers sign in once more: the hub makes a key of its own"),
  "JupyterHub.db_url": because("people and their settings are taken over; running servers and tokens are not"),
  "JupyterHub.load_roles": because("idle servers need no role here; other roles: docs/people-and-groups.md"),
  "JupyterHub.proxy_class": because("Hublet has a proxy of its own"),
  "JupyterHub.active_server_limit": because("there is no limit for all of the hub yet"),
  "Authenticator.admin_users": key("people.admins"),
  "Authenticator.allowed_users": key("people.names"),
  "LocalAuthenticator.create_system_users": because("“hublet user add --host-account” makes accounts of the host"),
  "Authenticator.allow_all": because("people are named in “people”, never everybody"),
  "FirstUseAuthenticator.dbm_path": because(
    "“hublet import passwords FILE | hublet user import - --give nothing” takes the passwords",
  ),
  "FirstUseAuthenticator.create_users": because("only people who are named can choose a first password"),
  "FirstUseAuthenticator.min_password_length": key("signIn.minimumPasswordLength"),
  "Spawner.default_url": key("server.defaultUrl"),
  "Spawner.environment": key("server.environment"),
  "Spawner.mem_limit": key("server.memory"),
  "Spawner.cpu_limit": key("server.cpus"),
  "Spawner.start_timeout": key("server.startTimeout"),
  "Spawner.http_timeout": because("server.startTimeout counts until the server answers"),
  "Spawner.debug": because("logs of each server are on its page"),
  "Spawner.cmd": (value) => ({ set: { "server.command": Array.isArray(value) ? value : [value] } }),
  "DockerSpawner.image": key("server.image"),
  "DockerSpawner.allowed_images": because("people choose from the registry (catalogue), or from profiles"),
  "DockerSpawner.pull_policy": (value) =>
    PULL[String(value).toLowerCase()] === undefined
      ? undefined
      : { set: { "server.pull": PULL[String(value).toLowerCase()] } },
  "DockerSpawner.remove": because("containers are always removed when a server stops"),
  "DockerSpawner.network_name": because("each server has a network of its own"),
  "DockerSpawner.use_internal_ip": because("servers are reached on the host's loopback, whatever their network"),
  "DockerSpawner.hub_ip_connect": because("servers reach the hub by a socket, without an address"),
  "DockerSpawner.notebook_dir": key("server.home"),
  "DockerSpawner.volumes": (value) => mounts(value, false),
  "DockerSpawner.read_only_volumes": (value) => mounts(value, true),
  "DockerSpawner.prefix": because("Hublet names its containers itself"),
  "DockerSpawner.name_template": because("Hublet names its containers itself"),
  "DockerSpawner.extra_host_config": because(NOT_HANDED_ON),
  "DockerSpawner.extra_create_kwargs": because(NOT_HANDED_ON),
  "SystemUserSpawner.host_homedir_format_string": (value) => homes(value),
  "SystemUserSpawner.image_homedir_format_string": (value) => ({ set: { "server.home": accountOf(String(value)) } }),
  "SystemUserSpawner.run_as_root": because("servers start as their person, without root"),
};
/** The same trait under the names of its subclasses and its old names. */
const SAME: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:SystemUserSpawner|DockerSpawner)\.(default_url|environment|mem_limit|cpu_limit|start_timeout|http_timeout|debug|cmd)$/,
    "Spawner.$1",
  ],
  [
    /^SystemUserSpawner\.(image|allowed_images|pull_policy|remove|network_name|use_internal_ip|notebook_dir|volumes|read_only_volumes|extra_host_config|extra_create_kwargs|prefix|name_template)$/,
    "DockerSpawner.$1",
  ],
  [/^DockerSpawner\.container_image$/, "DockerSpawner.image"],
  [/^(?:FirstUseAuthenticator)\.(admin_users|allowed_users)$/, "Authenticator.$1"],
];

/** @returns undefined for a setting that is unknown here, or whose value is worked out by code */
export function mapSetting({ name, value }: Setting): Mapped | undefined {
  const known = SAME.reduce((said, [pattern, trait]) => said.replace(pattern, trait), name);
  if (PROXY.test(known)) return { note: "Hublet has a proxy of its own" };
  const rule = RULES[known];
  if (rule === undefined) return undefined;
  // What needs no value is known without one.
  if (value === undefined) return rule("")?.set === undefined ? rule("") : undefined;
  return rule(value);
}

function listening(value: Literal): Mapped | undefined {
  // “http://:8000” means all addresses.
  const url = URL.parse(String(value).replace("//:", "//0.0.0.0:"));
  return url === null ? undefined : { set: { listen: `${url.hostname}:${url.port || "8000"}` } };
}

/** `{"/srv/data": "/data"}`, or with `{"bind": …, "mode": "ro"}`. */
export function mounts(value: Literal, readOnly: boolean): Mapped | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const list = Object.entries(value as Readonly<Record<string, Literal>>).map(([source, place]) => {
    const said =
      typeof place === "object" && place !== null ? (place as { bind?: Literal; mode?: Literal }) : undefined;
    const target = accountOf(String(said === undefined ? place : (said.bind ?? "")));
    const mode = String(said?.mode ?? (readOnly ? "ro" : "rw"));
    return { source: accountOf(source), target, readOnly: mode.split(",").includes("ro") };
  });
  return { set: { "server.mounts": list } };
}

/** `/home/jupyter-{username}` is the home of the host account that the person's name makes. */
function homes(value: Literal): Mapped {
  const folder = String(value);
  const prefix = /\/([a-z_][a-z0-9_-]*)\{(?:username|raw_username)\}$/.exec(folder)?.[1];
  return {
    set: {
      "server.homes": { folder: accountOf(folder) },
      "server.home": accountOf(folder),
      ...(prefix === undefined ? {} : { "people.hostAccounts": { prefix }, "server.runAs": "host" }),
    },
  };
}

function accountOf(path: string): string {
  return path
    .replace(/\/[a-z_][a-z0-9_-]*\{(?:raw_)?username\}/, "/{account}")
    .replaceAll("{raw_username}", "{username}");
}
