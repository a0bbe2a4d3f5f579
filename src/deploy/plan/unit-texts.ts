/** What rendered unit files say, read back from their text: so that units of an earlier generation are understood too. */
import { readCompose } from "../docker/compose-read.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import { type Deployment, SECRET_PREFIX, UNIT_LABEL } from "../model/deployment.ts";

/** Where Quadlet looks for the account's units, relative to its home. */
export const QUADLET_FOLDER = ".config/containers/systemd";
/** Where systemd looks for the account's own units, relative to its home. */
export const UNIT_FOLDER = ".config/systemd/user";

/** Where Podman looks for registries of the account (containers-registries.conf.d(5)), relative to its home. */
export const TRUST_FOLDER = ".config/containers/registries.conf.d";
/** Where it looks for their authorities (containers-certs.d(5)). */
const CERTIFICATES_FOLDER = ".config/containers/certs.d";
/** Where small files lie that containers mount. */
const FILES_FOLDER = ".config/hublet";

/** Folders of the account's home with files of ours, and which those are by their path in there: only they are ours to remove. */
export const OWN_FILES: readonly (readonly [folder: string, name: RegExp])[] = [
  ...[UNIT_FOLDER, QUADLET_FOLDER].map(
    (folder) => [folder, /^hublet-[a-z0-9-]+\.(?:container|socket|timer|service)$/] as const,
  ),
  [TRUST_FOLDER, /^hublet\.conf$/],
  [CERTIFICATES_FOLDER, /^[^/]+\/hublet-ca\.crt$/],
  [FILES_FOLDER, /^hublet-[a-z0-9-]+\/[^/]+$/],
];

/** Where the files of units lie on the host, absolute: what `units` names is relative to it. */
export function unitFolder({ engine, home, records }: Pick<Deployment, "engine" | "home" | "records">): string {
  return engine.kind === "docker" ? records : home;
}

/** A container that stays: one that a timer starts is none. */
export interface WishedContainer {
  /** Name of container and service, without `.service`. */
  readonly name: string;
  readonly image: string;
  /** Value of the label that tells from which unit text a container was started. */
  readonly label: string;
  /** Secrets without the product's prefix. */
  readonly secrets: readonly string[];
}

export interface WishedSocket {
  /** Without `.socket`. */
  readonly name: string;
  readonly listen: string;
  /** Name of the container's service that is handed it. */
  readonly service: string;
}

export interface WishedUnits {
  /** In the order in which they are started. */
  readonly containers: readonly WishedContainer[];
  readonly sockets: readonly WishedSocket[];
  /** Addresses that the proxy opens by itself, where no socket units do: `0.0.0.0:443`. */
  readonly listens: readonly string[];
  /** Names without `.timer`. */
  readonly timers: readonly string[];
  /** Every image that a unit names, by container. */
  readonly images: Readonly<Record<string, string>>;
}

/** The hub after what it works with, and before the proxy, for which it writes the settings. */
const ORDER = ["hublet-postgres", "hublet-registry", "hublet-broker", "hublet-hub", "hublet-proxy"];

const SECRET_ARGUMENT = new RegExp(`^"?--secret=${SECRET_PREFIX}([^,"]+)`);

/** @param units texts by path relative to the folder of units: a Compose file, or units for Quadlet and systemd */
export function readUnits(units: Readonly<Record<string, string>>): WishedUnits {
  const compose = units[COMPOSE_FILE];
  return compose === undefined ? readQuadlet(units) : composeUnits(compose);
}

/** The own registry's address on the loopback. */
export function registryListen(units: Readonly<Record<string, string | undefined>>): string | undefined {
  const path = Object.keys(units).find((each) => each.endsWith("/hublet-registry/config.yml"));
  return path === undefined ? undefined : /^ +addr: (\S+)$/m.exec(units[path] ?? "")?.[1];
}

function composeUnits(text: string): WishedUnits {
  const { services, listen } = readCompose(text);
  const all = Object.entries(services);
  const containers = all
    .filter(([, { profiles }]) => profiles.length === 0)
    .map(([name, { image, labels, secrets }]) => ({ name, image, label: labels[UNIT_LABEL] ?? "", secrets }));
  return {
    containers: containers.toSorted((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name)),
    sockets: [],
    listens: listen,
    timers: [],
    images: Object.fromEntries(all.map(([name, { image }]) => [name, image])),
  };
}

function readQuadlet(units: Readonly<Record<string, string>>): WishedUnits {
  const named = (folder: string, ending: string): { name: string; text: string }[] =>
    Object.entries(units)
      .filter(([path]) => path.startsWith(`${folder}/`) && path.endsWith(ending))
      .map(([path, text]) => ({ name: path.slice(folder.length + 1, -ending.length), text }));
  const timers = named(UNIT_FOLDER, ".timer").map(({ name }) => name);
  const containers = named(QUADLET_FOLDER, ".container").map(({ name, text }) => ({
    name,
    image: valuesOf(text, "Image")[0] ?? "",
    label: labelOf(text),
    secrets: valuesOf(text, "PodmanArgs").flatMap((value) => SECRET_ARGUMENT.exec(value)?.[1] ?? []),
  }));
  return {
    containers: containers
      .filter(({ name }) => !timers.includes(name))
      .toSorted((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name)),
    sockets: named(UNIT_FOLDER, ".socket").map(({ name, text }) => ({
      name,
      listen: valuesOf(text, "ListenStream")[0] ?? "",
      service: (valuesOf(text, "Service")[0] ?? `${name}.service`).replace(/\.service$/, ""),
    })),
    listens: [],
    timers,
    images: Object.fromEntries(containers.map(({ name, image }) => [name, image])),
  };
}

function rank(name: string): number {
  const at = ORDER.indexOf(name);
  return at === -1 ? ORDER.length : at;
}

/** Values of a key, in the order of the file; systemd's units have one key a line. */
function valuesOf(text: string, key: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1).trim());
}

function labelOf(text: string): string {
  const label = valuesOf(text, "Label")
    .map((value) => value.replace(/^"(.*)"$/, "$1"))
    .find((value) => value.startsWith(`${UNIT_LABEL}=`));
  return label?.slice(UNIT_LABEL.length + 1) ?? "";
}
