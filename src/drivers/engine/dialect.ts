/**
 * Where Docker's API and Podman's imitation of it differ. Found by trying Podman 4.3 and 5.4 and Docker 20.10; every difference that the
 * shared code must know is a field here, so nothing else asks which engine it talks to.
 */
import type { ImportSettings } from "../images-port.ts";

/** How a server gets a network that nobody else is in. */
export type Isolation =
  /** The engine makes a network namespace for one container: rootless Podman's slirp4netns or pasta. */
  | { readonly kind: "private"; readonly mode: string }
  /** A bridge network per server, made and removed by us. */
  | { readonly kind: "bridge" };

export interface Dialect {
  /** As people call it. */
  readonly engine: "Podman" | "Docker";
  /** What to do when it does not answer. */
  readonly howToStart: string;
  /** A log driver that keeps a bounded file which the API can read back. */
  readonly log: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  /** Options of a bridge network that shuts off its members from other networks and each other. */
  readonly bridgeOptions: Readonly<Record<string, string>>;
  /** Docker's default pools hold about 30 networks, so subnets are picked by us; Podman has thousands. */
  readonly picksSubnets: boolean;
  /** Paths of mounts that cannot be said: Podman 4 puts them into `type=bind,source=…`, where a comma would begin an option. */
  readonly unspeakablePath: RegExp | undefined;
  /** `POST /containers/create` says the name is taken: Docker by 409, Podman 4 by 500 and its words. */
  nameTaken(status: number, said: string): boolean;
  /** Another removal of the same container is under way. */
  removalUnderWay(status: number, said: string): boolean;
  /** A container went away while the engine was asked about it: Podman 5 says that by 500 and its words. */
  vanished(status: number, said: string): boolean;
  /** The last event of a container's life: Docker's `destroy` is Podman's `remove`. */
  readonly removedAction: string;
  /** A build's command ends with the build's connection. Podman would let it go on to its end, and keep what it left. */
  readonly endsBuilds: boolean;
  /** Instructions for `changes=` of an import. Docker reads them as a Dockerfile, Podman 4 takes the values as they stand. */
  importChanges(settings: ImportSettings): readonly string[];
}

export const PODMAN: Dialect = {
  engine: "Podman",
  howToStart:
    "Start it with `systemctl --user enable --now podman.socket` as the account that runs the servers, or name the right socket in the configuration.",
  log: { Type: "k8s-file", Config: { "max-size": "10m" } },
  bridgeOptions: { isolate: "true" },
  picksSubnets: false,
  unspeakablePath: /[,"\r\n]/,
  nameTaken: (status, said) => status === 409 || (status === 500 && /name .* is (already )?in use/i.test(said)),
  removalUnderWay: (_status, said) => /container state improper|is being removed|already being removed/i.test(said),
  vanished: (status, said) => status === 500 && /no such container/i.test(said),
  removedAction: "remove",
  endsBuilds: false,
  importChanges: (settings) => changes(settings, (text) => text),
};

export const DOCKER: Dialect = {
  engine: "Docker",
  howToStart: "Start it with `systemctl start docker`, or name the right socket in the configuration.",
  log: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
  bridgeOptions: { "com.docker.network.bridge.enable_icc": "false" },
  picksSubnets: true,
  unspeakablePath: undefined,
  nameTaken: (status, said) => status === 409 && /name .* is already in use/i.test(said),
  removalUnderWay: (status, said) => status === 409 && /removal .* already in progress/i.test(said),
  vanished: () => false,
  removedAction: "destroy",
  endsBuilds: true,
  importChanges: (settings) => changes(settings, (text) => `"${text.replace(/[\\"$]/g, "\\$&")}"`),
};

function changes(settings: ImportSettings, quote: (text: string) => string): readonly string[] {
  const lines = [
    `ENTRYPOINT ${JSON.stringify(settings.entrypoint)}`,
    `CMD ${JSON.stringify(settings.command)}`,
    `USER ${settings.user}`,
    `WORKDIR ${settings.workingDirectory}`,
  ];
  for (const [name, value] of Object.entries(settings.environment)) lines.push(`ENV ${name}=${quote(value)}`);
  for (const [name, value] of Object.entries(settings.labels)) lines.push(`LABEL ${name}=${quote(value)}`);
  return lines;
}

/** The same for who calls the engine's program: values of `--change`. */
export function importChanges(engine: "podman" | "docker", settings: ImportSettings): readonly string[] {
  return (engine === "docker" ? DOCKER : PODMAN).importChanges(settings);
}

/** The version this client was written for: Podman 4 knows no newer one. */
const WRITTEN_FOR = 41;

/** The version to speak, `1.41` unless the engine is older or (Docker 29: 1.44 at least) no longer knows it. */
export function negotiatedVersion(engine: {
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string | undefined;
}): string {
  const newest = minor(engine.ApiVersion) ?? WRITTEN_FOR;
  const oldest = minor(engine.MinAPIVersion ?? "") ?? 0;
  return `1.${Math.max(oldest, Math.min(WRITTEN_FOR, newest))}`;
}

function minor(version: string): number | undefined {
  const match = /^1\.(\d+)$/.exec(version);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
