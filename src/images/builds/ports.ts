/** What builds of images need of the rooms around them, and what they offer. */
import type { Readable } from "node:stream";
import type { BuildSpec, BuildView } from "../../contract/index.ts";
import type { EngineImages, RegistryCredentials } from "../../drivers/index.ts";
import type { Clock, Closable } from "../../kernel/index.ts";

export interface BuildLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Starts an image once, as a person's server would be, and says whether it works. */
export type SmokeTest = (
  reference: string,
  options: {
    /** What the image will be called: a profile that names it says how it is started. */
    readonly repository: string;
    readonly signal: AbortSignal;
    readonly onLine: (line: string) => void;
  },
) => Promise<void>;

export interface BuildsOptions {
  /** Undefined for a driver without images: every build is refused. */
  readonly images: EngineImages | undefined;
  /** `STATE/builds`; made when missing. */
  readonly folder: string;
  /** As image names begin, when there is a registry that this hub pushes to: `localhost:5000`. */
  readonly registry: () => string | undefined;
  /** How to sign in at a registry, by its address; asked at each use. */
  readonly credentials: (registry: string) => RegistryCredentials | undefined;
  /** For base images: of every registry that wants a sign-in. */
  readonly allCredentials: () => Readonly<Record<string, RegistryCredentials>>;
  /** Before a push to this registry, and before what leads to one. @throws HubError `registry-refused` when it is over its limit, `registry-unreachable` */
  readonly mayPush: (registry: string) => Promise<void>;
  /** Something new is in a repository (without its registry). */
  readonly pushed: (repository: string) => void;
  /** These names mean another image of the engine now. */
  readonly named: (references: readonly string[]) => void;
  readonly smokeTest: SmokeTest;
  /** The image that an environment begins with when it names none. */
  readonly defaultBase: () => string;
  /** Makes sure that an image is on the engine; gives the name it has there, which may be another. */
  readonly ensureBase: (reference: string, signal: AbortSignal) => Promise<string>;
  /** Where the host's file system is seen (`/`): its apt sources serve builds on the distribution's image. */
  readonly hostRoot: string;
  /** The engine can show files to a build that do not stay in the image (Podman). */
  readonly buildMounts: boolean;
  readonly clock: Clock;
  readonly log: BuildLog;
}

/** What a listener of a build's log is given. */
export type BuildNews =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "build"; readonly build: BuildView };

/** Builds of images: jobs that outlive who asked for them, at most two at once. */
export interface Builds extends Closable {
  /**
   * Takes the folder in and begins, or waits for others. The answer is the job as it stands then.
   * @param context an uncompressed tar of a folder with a Containerfile; undefined with an `environment`
   * @throws HubError `bad-request`, `disk-full`, `engine-missing` (the engine keeps no images)
   */
  start(spec: BuildSpec, context: Readable | undefined, by: string): Promise<BuildView>;
  /** Newest first. */
  list(): readonly BuildView[];
  /** @throws HubError `not-found` */
  get(id: string): BuildView;
  /** Ended ones are left as they are. @throws HubError `not-found` */
  cancel(id: string, by: string): BuildView;
  /** The log from its beginning, and each state, until the build has ended or the signal. @throws HubError `not-found` */
  follow(id: string, signal: AbortSignal): AsyncIterable<BuildNews>;
  /** Beginning of the oldest build under way, in milliseconds since 1970. */
  oldestUnderWay(): number | undefined;
  /** Called with every change of any build; gives the function that ends it. */
  subscribe(listener: (build: BuildView) => void): () => void;
}
