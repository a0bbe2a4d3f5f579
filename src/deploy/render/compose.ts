/**
 * Description → a project for Docker Compose: the file that `hublet apply` starts containers from, and that those who apply
 * it themselves give to Compose. What a host alone knows (ids, the folder's mounts) are variables, which `.env` beside it
 * holds. Kept to what Compose 1.29 knows as well.
 */
import { posix } from "node:path";
import { stringify } from "yaml";
import { sha256 } from "../../kernel/index.ts";
import { cronLine } from "../docker/cron.ts";
import { COMPOSE_FILE, containerName, ENV_FILE, projectOf, SECRETS_FOLDER } from "../docker/project.ts";
import { type ContainerUnit, type Deployment, UNIT_LABEL, type VolumeUnit } from "../model/deployment.ts";
import { brokerFolder } from "../model/describe.ts";
import { ownSockets } from "./own-sockets.ts";

/** A file of the project, by path relative to its folder. */
export interface ComposeFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

const ACCOUNT = `\${HUBLET_UID}:\${HUBLET_GID}`;
const ENGINE_GROUP = `\${HUBLET_ENGINE_GID}`;
/** To open a port below 1024, and to become the account after that. */
const OPENER_CAPABILITIES = ["NET_BIND_SERVICE", "SETGID", "SETUID"];
/** Docker keeps what a container says for ever, unless it is told otherwise. */
const LOGGING = { driver: "local", options: { "max-size": "20m", "max-file": "5" } };

/** `compose.yaml` and what its containers mount. The same description gives the same files. @param deployment for Docker */
export function composeFiles(deployment: Deployment): readonly ComposeFile[] {
  return [
    { path: COMPOSE_FILE, text: composeText(deployment), mode: 0o600 },
    ...deployment.containers.flatMap((container) =>
      container.files.map(({ target, content }) => ({
        path: mountedPath(container, target),
        text: content,
        mode: 0o644,
      })),
    ),
  ];
}

function composeText(deployment: Deployment): string {
  const { account, containers, engine, sockets } = deployment;
  const secrets = [...new Set(containers.flatMap((container) => container.secrets))];
  const text = stringify(
    {
      "x-hublet": {
        account,
        socket: engine.kind === "docker" ? literal(engine.socket) : "",
        listen: sockets.map(({ listen }) => listen),
      },
      services: Object.fromEntries(containers.map((container) => [container.name, service(container, deployment)])),
      secrets: Object.fromEntries(secrets.map((name) => [name, { file: `./${SECRETS_FOLDER}/${name}` }])),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return `${comment(deployment, secrets)}\n${text}`;
}

function comment(deployment: Deployment, secrets: readonly string[]): string {
  const { account, configFolder, configFile, containers, state } = deployment;
  const lines = [
    "Hublet for Docker Compose. “hublet apply” with deploy.engine: docker writes this file and does all that follows;",
    "with “hublet render compose” it is yours to do, once, before “docker compose up -d” (or “docker-compose up -d”):",
    `- an account: useradd --system --home-dir /var/lib/${account} --create-home --shell /usr/sbin/nologin ${account}`,
    `- its folders, mode 0700: ${folders(deployment).join(", ")}`,
    `- the configuration: as ${configFile}, with all its files in ${configFolder}, readable for the account's group;`,
    "- the images: “hublet render images --output FOLDER”, then “docker load -i” each of them;",
    `- the secrets: files in ./${SECRETS_FOLDER}, mode 0400, of the account: ${secrets.filter((name) => name !== "vault.key").join(", ")} with 64`,
    "  random hex digits each (openssl rand -hex 32), vault.key with an age identity (age-keygen);",
    `- a file ${ENV_FILE} beside this one, with`,
    `    COMPOSE_PROJECT_NAME=${projectOf(account)}`,
    `    HUBLET_UID and HUBLET_GID: “id -u ${account}”, “id -g ${account}”`,
    "    HUBLET_ENGINE_GID: “stat -c %g” of Docker's socket.",
    "",
    "People's servers publish ports on the host's loopback and the proxy must reach them, so hub and proxy share the",
    "host's network: the proxy listens at the address of the configuration by itself, and there is no “ports:” here.",
    "People's servers are no part of this project: “down” leaves them, their volumes and their networks alone.",
    "",
    "Whoever may write to Docker's socket is root on this host.",
    ...containers.flatMap(({ name, schedule }) =>
      schedule === undefined
        ? []
        : [
            "",
            `Compose has no timers. For ${name}, a line of root's crontab, with this file's folder for FOLDER:`,
            cronLine(schedule, "FOLDER", name),
          ],
    ),
  ];
  return [...lines, `State: ${state}.`].map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");
}

function folders({ containers, state, home }: Deployment): readonly string[] {
  const sources = containers.flatMap(({ volumes }) => volumes.map(({ source }) => source));
  return [
    ...new Set([
      state,
      ...sources.filter((source) => [state, brokerFolder(home)].some((ours) => source.startsWith(`${ours}/`))),
    ]),
  ].sort();
}

/** The label is a digest of the rest, so that a container shows whether it was started from the service as it is now. */
function service(container: ContainerUnit, deployment: Deployment): Record<string, unknown> {
  const words = serviceWords(container, deployment);
  const digest = sha256(JSON.stringify([words, container.files]));
  return { ...words, labels: { [UNIT_LABEL]: digest } };
}

function serviceWords(container: ContainerUnit, deployment: Deployment): Record<string, unknown> {
  const own = ownSockets(container, deployment);
  const { after, secrets, files, readyCommand, schedule } = container;
  const command = (own?.command ?? container.command).map(literal);
  return {
    image: literal(container.image),
    container_name: containerName(deployment.account, container.name),
    // It opens its ports first, and becomes the account then: Docker gives capabilities to root alone.
    command: own?.low === true ? [...command, "--become", ACCOUNT] : command,
    ...unlessEmpty("environment", mapped(container.environment)),
    network_mode: container.network,
    user: own?.low === true ? "0:0" : (container.user ?? ACCOUNT),
    ...(container.engine ? { group_add: [ENGINE_GROUP] } : {}),
    read_only: container.readOnlyRoot,
    tmpfs: container.tmpfs,
    cap_drop: ["ALL"],
    ...(own?.low === true ? { cap_add: OPENER_CAPABILITIES } : {}),
    security_opt: ["no-new-privileges:true", ...(container.unconfined ? ["label:disable"] : [])],
    volumes: [
      ...container.volumes.map(volume),
      ...files.map(({ target }) => `./${mountedPath(container, target)}:${literal(target)}:ro`),
    ],
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(after.length === 0
      ? {}
      : { depends_on: Object.fromEntries(after.map((name) => [name, { condition: condition(name, deployment) }])) }),
    ...(readyCommand === undefined
      ? {}
      : { healthcheck: { test: ["CMD", ...readyCommand.map(literal)], interval: "5s", retries: 60 } }),
    ...(schedule === undefined ? { restart: "unless-stopped" } : { profiles: ["scheduled"] }),
    stop_grace_period: `${container.stopSeconds}s`,
    logging: LOGGING,
  };
}

function condition(name: string, { containers }: Deployment): string {
  const ready = containers.find((container) => container.name === name)?.readyCommand !== undefined;
  return ready ? "service_healthy" : "service_started";
}

function volume({ source, target, readOnly, propagation, relabel }: VolumeUnit): string {
  const options = [
    readOnly ? "ro" : "rw",
    ...(propagation === "rslave" ? [propagation] : []),
    ...(relabel ? ["z"] : []),
  ];
  return `${literal(source)}:${literal(target)}:${options.join(",")}`;
}

function mountedPath({ name }: ContainerUnit, target: string): string {
  return `files/${name}/${posix.basename(target)}`;
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
