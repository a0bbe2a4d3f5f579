/** What of a hub's Compose file belongs into `hublet.yaml`. */
import { parse } from "yaml";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";

const port = z.union([
  z.string(),
  z.number(),
  z.object({
    target: z.number(),
    published: z.union([z.string(), z.number()]).optional(),
    host_ip: z.string().optional(),
  }),
]);
const volume = z.union([
  z.string(),
  z.object({ type: z.string().default("volume"), source: z.string().default(""), target: z.string() }),
]);
const serviceSchema = z.looseObject({
  image: z.string().optional(),
  ports: z.array(port).default([]),
  volumes: z.array(volume).default([]),
  environment: z
    .union([z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])), z.array(z.string())])
    .default([]),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema.nullable()) });

export interface ComposeFacts {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** @throws HubError `bad-request` for what is no Compose file, or has no hub in it */
export function readCompose(text: string, file: string): ComposeFacts {
  const services = Object.entries(parsed(text, file).services).flatMap(([name, service]) =>
    service === null ? [] : [{ name, ...service }],
  );
  const registry = services.find(({ name, image = "" }) => /(^|\/)registry(:|$)/.test(image) || name === "registry");
  const hub =
    services.find(({ name, image = "" }) => /jupyterhub/.test(image) || /^(jupyter)?hub$/.test(name)) ??
    services.find(({ volumes }) => volumes.some((one) => sourceOf(one).endsWith("docker.sock")));
  if (hub === undefined)
    throw new HubError(
      "bad-request",
      `${file} has no service that is a JupyterHub: none is named so, runs its image or has Docker's socket.`,
    );
  const published = publishedOf(hub.ports, 8000) ?? publishedOf(hub.ports, undefined);
  const docker = hub.volumes.some((one) => sourceOf(one).endsWith("docker.sock"));
  const others = services.filter((service) => service !== hub && service !== registry).map(({ name }) => name);
  return {
    settings: {
      ...(published === undefined || portOf(published) === undefined ? {} : { listen: published }),
      ...(docker ? { "deploy.engine": "docker", engine: "docker" } : {}),
      ...(registry === undefined ? {} : { "registry.port": portOf(publishedOf(registry.ports, 5000)) ?? 5000 }),
    },
    notes: [
      ...(published !== undefined && portOf(published) === undefined
        ? [`${hub.name}: ${published} has a variable without a default: see that “listen” is right.`]
        : []),
      ...hub.ports
        .filter((one) => targetOf(one) !== 8000 && hub.ports.length > 1)
        .map(
          (one) =>
            `${hub.name}: port ${targetOf(one)} is not published any more: nothing but the hub's own address is.`,
        ),
      ...hub.volumes.flatMap((one) => volumeNote(hub.name, one)),
      ...(registry === undefined
        ? []
        : [
            "registry: copy its images with “hublet image push”, or its volume's folder docker/ into STATE/registry/data while both are stopped; it is on loopback now, with a password (“hublet image login”).",
          ]),
      ...others.map((name) => `${name}: this service stays where it is; Hublet knows nothing of it.`),
    ],
  };
}

function parsed(text: string, file: string): z.output<typeof composeSchema> {
  try {
    // Where the environment says nothing else, as it mostly does not, `${PORT:-8000}` is 8000.
    return composeSchema.parse(parse(text.replace(/\$\{[A-Za-z_]\w*:?-([^}]*)\}/g, "$1")));
  } catch (cause) {
    throw new HubError(
      "bad-request",
      `${file} is no Compose file: ${cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)}`,
      { cause },
    );
  }
}

/** `8000:8000`, `127.0.0.1:8000:8000`, `8000/tcp`. @returns the address on the host of a port of the container */
function publishedOf(ports: readonly z.output<typeof port>[], wanted: number | undefined): string | undefined {
  const one = ports.find((candidate) => wanted === undefined || targetOf(candidate) === wanted);
  if (one === undefined) return undefined;
  if (typeof one === "object") return `${one.host_ip ?? "0.0.0.0"}:${one.published ?? one.target}`;
  const words = String(one)
    .replace(/\/\w+$/, "")
    .split(":");
  const published = words.at(-2) ?? words.at(-1) ?? "";
  return `${words.length > 2 ? words.slice(0, -2).join(":") : "0.0.0.0"}:${published}`;
}

/** Undefined for none, and for a variable without a default, which only the old host knew. */
function portOf(published: string | undefined): number | undefined {
  const text = published?.split(":").at(-1) ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function targetOf(one: z.output<typeof port>): number {
  return typeof one === "object"
    ? one.target
    : Number(
        String(one)
          .replace(/\/\w+$/, "")
          .split(":")
          .at(-1),
      );
}

function sourceOf(one: z.output<typeof volume>): string {
  return typeof one === "string" ? (one.split(":")[0] ?? "") : one.source;
}

function volumeNote(service: string, one: z.output<typeof volume>): string[] {
  const source = sourceOf(one);
  if (source.endsWith("docker.sock"))
    return [`${service}: ${source} is handed to a broker alone, which lets only Hublet's own servers through.`];
  if (/^\/(?:home|etc\/(?:passwd|group|shadow))\/?$/.test(source))
    return [`${service}: ${source} need not be mounted: accounts and homes are looked at on the host.`];
  if (/\.py$/.test(source)) return [`${service}: give ${source} to this command with --hub-config.`];
  return [`${service}: what lies in ${source} stays there. Passwords in it: “hublet import passwords FILE”.`];
}
