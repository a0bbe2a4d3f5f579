/** What a rendered `compose.yaml` says, read back from its text: so that those of earlier generations are understood too. */
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import { UNIT_LABEL } from "../model/deployment.ts";
import { SECRETS_FOLDER } from "./project.ts";

const serviceSchema = z.object({
  image: z.string(),
  container_name: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  network_mode: z.string(),
  user: z.string(),
  group_add: z.array(z.string()).default([]),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  volumes: z.array(z.string()),
  secrets: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  stop_grace_period: z.string().regex(/^\d+s$/),
  logging: z.object({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  labels: z.record(z.string(), z.string()),
});
export type ComposeService = z.output<typeof serviceSchema>;

const projectSchema = z.object({
  "x-hublet": z.object({ account: z.string(), socket: z.string(), listen: z.array(z.string()) }),
  services: z.record(z.string(), serviceSchema),
});

export interface ComposeProject {
  readonly account: string;
  /** Docker's socket on the host. */
  readonly socket: string;
  /** Addresses that the proxy listens on: `0.0.0.0:443`. */
  readonly listen: readonly string[];
  /** By name; variables are not replaced yet. */
  readonly services: Readonly<Record<string, ComposeService>>;
}

/** @throws HubError `state-unusable` for a file that is not ours, or damaged */
export function readCompose(text: string): ComposeProject {
  try {
    const { "x-hublet": own, services } = projectSchema.parse(parse(text));
    return { ...own, socket: own.socket.replaceAll("$$", "$"), services };
  } catch (error) {
    throw new HubError(
      "state-unusable",
      `The deployment's compose.yaml cannot be read: ${messageOf(error).slice(0, 300)} “hublet apply” writes it anew when it is removed.`,
      { cause: error },
    );
  }
}

/**
 * The words after `docker` that make and start a service's container as Compose would, with Compose's labels: both see the
 * same project.
 * @param folder of the project, absolute; what is mounted from it is named relative to it
 */
export function runWords(
  { name, service, project }: { readonly name: string; readonly service: ComposeService; readonly project: string },
  folder: string,
  variables: ReadonlyMap<string, string>,
): string[] {
  const filled = (text: string): string => substitute(text, variables);
  const labels = {
    ...service.labels,
    "com.docker.compose.project": project,
    "com.docker.compose.service": name,
    "com.docker.compose.oneoff": "False",
    "com.docker.compose.container-number": "1",
    // Compose 2 overlooks containers without one, and then meets their names. It is not the one that it would compute.
    "com.docker.compose.config-hash": service.labels[UNIT_LABEL] ?? "",
    "com.docker.compose.project.working_dir": folder,
    "com.docker.compose.project.config_files": join(folder, "compose.yaml"),
  };
  return [
    "run",
    "--detach",
    `--name=${service.container_name}`,
    ...(service.restart === undefined ? [] : [`--restart=${service.restart}`]),
    `--stop-timeout=${service.stop_grace_period.slice(0, -1)}`,
    ...limitWords(service, folder, variables),
    ...Object.entries(service.environment).map(([key, value]) => `--env=${key}=${filled(value)}`),
    ...Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`),
    `--log-driver=${service.logging.driver}`,
    ...Object.entries(service.logging.options).map(([key, value]) => `--log-opt=${key}=${value}`),
    filled(service.image),
    ...service.command.map(filled),
  ];
}

/** What a container of a service may do and see: also for one that runs another command in its place. */
export function limitWords(service: ComposeService, folder: string, variables: ReadonlyMap<string, string>): string[] {
  const filled = (text: string): string => substitute(text, variables);
  return [
    `--network=${service.network_mode}`,
    `--user=${filled(service.user)}`,
    ...service.group_add.map((group) => `--group-add=${filled(group)}`),
    ...(service.read_only ? ["--read-only"] : []),
    ...service.tmpfs.map((path) => `--tmpfs=${path}`),
    ...service.cap_drop.map((name) => `--cap-drop=${name}`),
    ...service.cap_add.map((name) => `--cap-add=${name}`),
    ...service.security_opt.map((option) => `--security-opt=${option}`),
    ...service.volumes.map((volume) => `--volume=${filled(volume).replace(/^\.\//, `${folder}/`)}`),
    ...service.secrets.map((name) => `--volume=${join(folder, SECRETS_FOLDER, name)}:/run/secrets/${name}:ro`),
  ];
}

/** `$$` and `${NAME}`, as Compose has them. @throws HubError `state-unusable` for a variable that has no value */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\{([A-Z_]+)\})/g, (_whole, name: string | undefined) => {
    if (name === undefined) return "$";
    const value = variables.get(name);
    if (value !== undefined) return value;
    throw new HubError("state-unusable", `The deployment's .env lacks ${name}. “hublet apply” writes it anew.`);
  });
}

/** `NAME=VALUE` lines. */
export function readEnv(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at < 1 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
