import type { ImageStatus, PullPolicy } from "../../contract/index.ts";
import type { EngineImages, ImageInfo, RegistryCredentials } from "../../drivers/index.ts";
import type { Clock, Closable } from "../../kernel/index.ts";
import type { BuiltRoot } from "../build.ts";
import type { BuildProgress } from "../build-progress.ts";
import type { ImageReference } from "../reference.ts";
import type { RegistryAnswer } from "../registry/probe.ts";

/** What a start is told: run `reference`, which may be another than was asked for. */
export interface ReadyImage extends ImageInfo {
  readonly reference: string;
  /** `sha256:…` when the content is pinned, and `reference` carries it. */
  readonly digest: string | undefined;
}

/** The part of a logger that is used here; pino's has it. */
export interface ImageLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export type BuildNotebook = (options: {
  signal: AbortSignal;
  onProgress: (progress: BuildProgress) => void;
}) => Promise<BuiltRoot>;

export interface ImageKeeperOptions {
  /** Undefined for a driver without images: everything is ready at once. */
  readonly images: EngineImages | undefined;
  /** Gives the notebook image's root file system, built or from the cache. Undefined: nothing is ever built here. */
  readonly build: BuildNotebook | undefined;
  /** Reference of the built image, when it is on the engine already (`localhost/hublet/notebook:DIGEST`). */
  readonly builtReference: string | undefined;
  /** Whether the built image may stand in for `reference`. */
  readonly replaceable: (reference: string) => boolean;
  /** How to sign in at a registry, by its address (`docker.io`, `localhost:5000`); asked at each pull. */
  readonly credentialsFor?: (registry: string) => RegistryCredentials | undefined;
  /** `sha256:…` that the registry has under a name now; undefined: no such tag. @throws HubError `registry-unreachable`, `registry-refused` */
  readonly digestOf?: (reference: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Absolute path of a file that keeps what was found out about images, by their ids. */
  readonly factsFile?: string;
  readonly log: ImageLog;
  readonly clock: Clock;
  /** For tests of slow registries. */
  readonly probe?: (reference: ImageReference, signal: AbortSignal) => Promise<RegistryAnswer>;
}

export interface EnsureOptions {
  readonly signal?: AbortSignal;
  /** Default: `missing`. */
  readonly policy?: PullPolicy;
  /** Content that the name has, found out before; runs this, whatever the policy, unless that is `never`. */
  readonly digest?: string;
}

export interface ImageKeeper extends Closable {
  /**
   * Resolves when the image is on the engine. Calls that want the same share the work; aborting a call ends its wait
   * only. A failed call may be repeated.
   * @throws HubError `image-missing`, `image-pull-failed`, `registry-refused`, `registry-unreachable`, `image-build-failed`,
   *   `disk-full`, …; or the signal's reason
   */
  ensure(reference: string, options?: EnsureOptions): Promise<ReadyImage>;
  /** Forgets that an image is there: the engine said it is not, or somebody removed it. */
  forget(reference: string): void;
  status(reference: string): ImageStatus | undefined;
  /** Of every name that was asked for, in the order of asking. */
  statuses(): readonly ImageStatus[];
  /** Calls `listener` with every change; gives the function that ends it. */
  subscribe(listener: (status: ImageStatus) => void): () => void;
  /**
   * Whether a server of protocol `jupyterhub` can run by this image; looked up once for each image.
   * @param ownCommand the server's command is the admin's own, so that a missing `jupyterhub-singleuser` says nothing
   * @returns a note for the person who starts it, when it could not be found out
   * @throws HubError `image-unsuitable`; the signal's reason
   */
  suits(
    image: Pick<ReadyImage, "id" | "reference">,
    options: { readonly ownCommand: boolean; readonly signal: AbortSignal },
  ): Promise<string | undefined>;
  /**
   * Version of jupyterhub in an image, without looking into it: null when it has none, undefined when its labels do not say
   * it and nobody has looked yet.
   */
  jupyterhubOf(image: {
    readonly id: string;
    readonly labels: Readonly<Record<string, string>>;
  }): string | null | undefined;
}
