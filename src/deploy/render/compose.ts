/** Description → a file for Docker Compose version 2, for those who apply it themselves. */
import { posix } from "node:path";
import { stringify } from "yaml";
import type { ContainerUnit, Deployment, VolumeUnit } from "../model/deployment.ts";
import { ownSockets } from "./own-sockets.ts";

/** Where the folder of the engine's socket is, on a host whose engine is root's. */
const ENGINE_SOCKET = `\${HUBLET_ENGINE_SOCKET:-/run/podman/podman.sock}`;
const ENGINE_FOLDER = "%t/podman";
/** What the entry point of a database's image needs to give its folders to its account, and to become that account. */
const OWNER_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/** The text of `compose.yaml`. The same description gives the same text. */
export function composeFile(deployment: Deployment): string {
  const { containers } = deployment;
  const secrets = [...new Set(containers.flatMap((container) => container.secrets))];
  const configs = containers.flatMap((container) =>
    container.files.map(({ target, content }) => [configName(container, target), { content: literal(content) }]),
  );
  const text = stringify(
    {
      name: "hublet",
      services: Object.fromEntries(containers.map((container) => [container.name, service(container, deployment)])),
      ...(configs.length === 0 ? {} : { configs: Object.fromEntries(configs) }),
      secrets: Object.fromEntries(secrets.map((name) => [name, { file: `./secrets/${name}` }])),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return `${comment(deployment, secrets)}\n${text}`;
}

function comment(deployment: Deployment, secrets: readonly string[]): string {
  const { containers, configFolder, state } = deployment;
  const lines = [
    "Hublet for Docker Compose, version 2.23 or later. Written by “hublet render compose”.",
    "",
    "Before the first “docker compose up -d”:",
    "- the images: “hublet render images --output FOLDER”, then “podman load -i” (or “docker load -i”) each of them;",
    `- the configuration: as ${deployment.configFile}, with all its files in ${configFolder};`,
    `- the folders: ${folders(deployment).join(", ")}, mode 0700, of root (of you, with an engine of your own);`,
    `- the secrets: files of mode 0600 in ./secrets: ${secrets.filter((name) => name !== "vault.key").join(", ")} with 64`,
    "  random hex digits each (openssl rand -hex 32), vault.key with an age identity (age-keygen).",
    "",
    "People's servers publish ports on the host's loopback and the proxy must reach them, so hub and proxy share the",
    "host's network: the proxy listens at the address of the configuration by itself, and there is no “ports:” here.",
    "",
    "The engine's socket: whoever may write to it rules everything that its engine may do. The socket of a root engine",
    "makes the hub as mighty as root on this host. Better: rootless Podman, as “hublet apply” sets it up, or",
    "HUBLET_ENGINE_SOCKET=$XDG_RUNTIME_DIR/podman/podman.sock with Compose run by that account.",
    ...containers.flatMap(({ name, schedule }) =>
      schedule === undefined
        ? []
        : ["", `Compose has no timers. For ${name}, by cron: docker compose run --rm ${name} (${schedule}).`],
    ),
  ];
  return [...lines, `State: ${state}.`].map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");
}

function folders({ containers, configFolder }: Deployment): readonly string[] {
  const sources = containers.flatMap(({ volumes }) => volumes.map(({ source }) => source));
  return [...new Set(sources)].filter((source) => ![configFolder, "/", ENGINE_FOLDER].includes(source)).sort();
}

function service(container: ContainerUnit, deployment: Deployment): Record<string, unknown> {
  const own = ownSockets(container, deployment);
  const owned = container.volumes.some((volume) => volume.owned);
  const added = [...(owned ? OWNER_CAPABILITIES : []), ...(own?.low === true ? ["NET_BIND_SERVICE"] : [])];
  const { after, secrets, files, readyCommand } = container;
  return {
    image: literal(container.image),
    container_name: container.name,
    command: (own?.command ?? container.command).map(literal),
    ...unlessEmpty("environment", mapped(container.environment)),
    network_mode: container.network,
    // Its entry point gives the folders to its account, which must begin as root.
    ...(container.user === undefined || owned ? {} : { user: container.user }),
    read_only: container.readOnlyRoot,
    tmpfs: container.tmpfs,
    cap_drop: ["ALL"],
    ...(added.length === 0 ? {} : { cap_add: added }),
    security_opt: ["no-new-privileges:true", ...(container.engine ? ["label:disable"] : [])],
    volumes: container.volumes.map(bind),
    ...(files.length === 0
      ? {}
      : { configs: files.map(({ target }) => ({ source: configName(container, target), target, mode: 0o444 })) }),
    ...(secrets.length === 0 ? {} : { secrets: secrets.map((name) => ({ source: name, target: name })) }),
    ...(after.length === 0
      ? {}
      : { depends_on: Object.fromEntries(after.map((name) => [name, { condition: condition(name, deployment) }])) }),
    ...(readyCommand === undefined
      ? {}
      : {
          healthcheck: {
            test: ["CMD", ...readyCommand.map(literal)],
            interval: "10s",
            start_interval: "1s",
            start_period: "5m",
          },
        }),
    ...(container.schedule === undefined ? { restart: "always" } : { profiles: ["scheduled"] }),
    stop_grace_period: `${container.stopSeconds}s`,
  };
}

function condition(name: string, { containers }: Deployment): string {
  const ready = containers.find((container) => container.name === name)?.readyCommand !== undefined;
  return ready ? "service_healthy" : "service_started";
}

function bind(volume: VolumeUnit): Record<string, unknown> {
  const { source, target, readOnly, propagation, relabel } = volume;
  const engine = source === ENGINE_FOLDER;
  return {
    type: "bind",
    source: engine ? ENGINE_SOCKET : literal(source),
    target: engine ? `${target}/podman.sock` : literal(target),
    ...(readOnly ? { read_only: true } : {}),
    bind: {
      create_host_path: false,
      ...(propagation === "rslave" ? { propagation } : {}),
      ...(relabel ? { selinux: "z" } : {}),
    },
  };
}

function configName({ name }: ContainerUnit, target: string): string {
  return `${name}-${posix.basename(target)}`;
}

function mapped(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, literal(value)]));
}

function unlessEmpty(key: string, value: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

/** Compose replaces variables everywhere. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
