/** What the configuration lets the hub do with the engine. Plain data: it is kept as JSON for a start with a broken file. */
import { z } from "zod";
import type { Config } from "../contract/index.ts";
import { escapeName, namesRegistry } from "../kernel/index.ts";
import { allowsImage, fullImageName, repositoryOf } from "./image-names.ts";

export const policySchema = z.strictObject({
  engine: z.enum(["podman", "docker"]),
  /** Full names with “*”: what may be run, fetched and removed. */
  images: z.array(z.string()),
  /** What may be pushed and be given as a name: `localhost:5000/*`. */
  targets: z.array(z.string()),
  /** Never, whatever the others say: images that the deployment itself runs, this broker's among them. */
  reserved: z.array(z.string()),
  /** Volumes beside homes; names may have “*”. */
  volumes: z.array(z.strictObject({ name: z.string(), readOnly: z.boolean() })),
  /** Folders of the host; {username} and {account} stand for the person of the container's label. */
  binds: z.array(z.strictObject({ source: z.string(), readOnly: z.boolean() })),
  /** Never mounted, nor anything above or below, except `binds` that are in here by name. */
  closed: z.array(z.string()),
  /** Numbers of groups that servers may belong to; null: any. */
  groups: z.array(z.number()).nullable(),
  /** Servers run as their people's accounts on this host (`server.runAs: host`), and belong to those accounts' groups besides. */
  hostAccounts: z.boolean().optional(),
  /** Prefix of the accounts of people on this host, where people are such. */
  accountPrefix: z.string().nullable(),
});
export type BrokerPolicy = z.output<typeof policySchema>;

/** A person's account on this host. */
export interface BrokerAccount {
  readonly account: string;
  readonly uid: number;
  readonly gid: number;
  /** Numbers of the other groups it is in. */
  readonly groups: readonly number[];
}
/** By the name of a person, as containers' labels have it. */
export type AccountOf = (user: string) => BrokerAccount | undefined;

export interface PolicyPlaces {
  readonly engine: "podman" | "docker";
  /** The hub's state folder; its `bridge/` is what servers see of it. */
  readonly state: string;
  /** Folders that no server may ever see: the configuration, the engine's storage, what is the broker's. */
  readonly closed: readonly string[];
}

/** Images of this host alone: what is built without a registry, and the notebook of the distribution. */
const OWN_IMAGES = ["localhost/*"];
/** Of the program itself: whoever could give another image such a name would be the broker after the next restart. */
const PROGRAM_IMAGES = ["localhost/hublet-hub", "localhost/hublet-proxy", "localhost/hublet-registry"];

/** The same configuration gives the same policy. */
export function policyOf(config: Config, places: PolicyPlaces): BrokerPolicy {
  const { server, profiles, groups, registry, catalogue, people, registries, deploy } = config;
  const named = [server.image, ...profiles.flatMap((profile) => profile.image ?? [])];
  const choice = catalogue?.registry ?? (registry === undefined ? undefined : `localhost:${registry.port}`);
  const listed = Object.values(groups).flatMap((group) => group.images.flatMap((text) => meant(text, choice)));
  const own = registry === undefined ? [] : [`localhost:${registry.port}/*`, `127.0.0.1:${registry.port}/*`];
  const offered =
    catalogue?.registry === undefined ? [] : catalogue.repositories.map((each) => `${catalogue.registry}/${each}`);
  const mounts = [...server.mounts, ...Object.values(groups).flatMap((group) => group.mounts)];
  const { homes } = server;
  return {
    engine: places.engine,
    images: unique([...[...named, ...listed].map(imagePattern), ...own, ...offered, ...OWN_IMAGES]),
    targets: unique([...own, ...Object.keys(registries).map((host) => `${host}/*`), ...OWN_IMAGES]),
    reserved: unique([
      ...PROGRAM_IMAGES,
      ...[deploy.postgres?.image, registry?.image].flatMap((image) => (image === undefined ? [] : imagePattern(image))),
    ]),
    volumes: mounts.flatMap(({ source, readOnly }) => (source.startsWith("/") ? [] : [{ name: source, readOnly }])),
    binds: [
      ...mounts.flatMap(({ source, readOnly }) => (source.startsWith("/") ? [{ source, readOnly }] : [])),
      ...(typeof homes === "object" ? [{ source: homes.folder, readOnly: false }] : []),
      { source: `${places.state}/bridge`, readOnly: true },
    ],
    closed: [places.state, ...places.closed],
    groups: unique([...server.groupIds, ...Object.values(groups).flatMap((group) => group.groupIds)]),
    hostAccounts: server.runAs === "host",
    accountPrefix: people.hostAccounts?.prefix ?? null,
  };
}

/** @param full as `fullImageName` gives it */
export function mayUse(policy: BrokerPolicy, full: string): boolean {
  return allowsImage(policy.images, full) && !allowsImage(policy.reserved, full);
}

/** @param full as `fullImageName` gives it */
export function mayName(policy: BrokerPolicy, full: string): boolean {
  return allowsImage(policy.targets, full) && !allowsImage(policy.reserved, full);
}

/** As for who chooses: without a tag a group lists every tag; without a registry the catalogue's, and without “*” also Docker Hub's. */
function meant(text: string, choice: string | undefined): string[] {
  const tags = /[:@][^/]*$/.test(text) ? text : `${text}:*`;
  if (choice === undefined || choice === "docker.io" || namesRegistry(text)) return [tags];
  return [`${choice}/${tags}`, ...(text.includes("*") ? [] : [tags])];
}

/** A plain name is brought to its full form; a pattern has a registry, or is Docker Hub's. */
function imagePattern(text: string): string {
  if (!text.includes("*")) return fullImageName(text) ?? text;
  // The stars stand for letters while the name is completed.
  const marked = fullImageName(text.replaceAll("*", "hubletstar"));
  if (marked === undefined) return text;
  const star = marked.replaceAll("hubletstar", "*");
  return text.slice(text.lastIndexOf("/") + 1).includes(":") ? star : repositoryOf(star);
}

/** The bind that a source is, for the person of a container's label; a writable one before a read-only one. */
export function bindOf(
  policy: BrokerPolicy,
  source: string,
  user: string | undefined,
  accountOf: AccountOf,
): { readonly readOnly: boolean } | undefined {
  const found = policy.binds.filter((bind) => expanded(bind.source, user, accountOf).includes(source));
  return found.find(({ readOnly }) => !readOnly) ?? found[0];
}

/** Every form that the path has for this person; none for a path with a person in it when there is nobody. */
function expanded(source: string, user: string | undefined, accountOf: AccountOf): string[] {
  if (!/\{(username|account)\}/.test(source)) return [plain(source)];
  if (user === undefined || user === "" || user === "." || user === ".." || /[/\0]/.test(user)) return [];
  const account = accountOf(user)?.account;
  return [user, escapeName(user)].flatMap((name) => {
    const named = source.replaceAll("{username}", name);
    if (!named.includes("{account}")) return [plain(named)];
    return account === undefined ? [] : [plain(named.replaceAll("{account}", account))];
  });
}

/** Whether a source may be asked about: one that is mounted for somebody. */
export function isSource(policy: BrokerPolicy, path: string): boolean {
  return policy.binds.some(({ source }) => personPattern(plain(source)).test(path));
}

/** What stands for a person is one part of a path at most. */
function personPattern(source: string): RegExp {
  const parts = source.split(/\{(?:username|account)\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(?!\\.\\.?(?:/|$))[^/\\0]+")}$`);
}

/** Without a slash at the end. */
function plain(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
