/** Images of an engine: the part of the port that drivers without containers lack. */
import type { Readable } from "node:stream";
import type { Secret } from "../kernel/index.ts";

/** Bytes are over all layers; `total` grows while layers are discovered and may be unknown. */
export interface PullProgress {
  readonly message: string;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  /** Layers that are whole; `layersTotal` grows while they are discovered. */
  readonly layersDone?: number;
  readonly layersTotal?: number;
}

export interface ImageInfo {
  readonly id: string;
  /** What registries call it: `localhost:5000/lab/uspy@sha256:…`. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** Whom its containers run as, as the image says it; “” is root. Undefined in lists. */
  readonly user?: string;
}

/** Sign-in of a private registry. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: Secret;
}

export interface PullOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
  readonly credentials?: RegistryCredentials;
}

/** An image in the engine's list. */
export interface ListedImage extends ImageInfo {
  /** Names with tags; empty for what lost its name. */
  readonly references: readonly string[];
  /** Milliseconds since 1970; undefined when unknown. */
  readonly created: number | undefined;
}

export interface PushOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
  readonly credentials?: RegistryCredentials;
}

/** What is built from a folder with a Containerfile. */
export interface BuildOptions {
  /** Names that the image gets, with tags. */
  readonly references: readonly string[];
  /** Path of the Containerfile in the tar. */
  readonly file: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly signal: AbortSignal;
  /** Each line of the builder's output, without its end. */
  readonly onLine: (line: string) => void;
  /** For base images, by registry. */
  readonly credentials?: Readonly<Record<string, RegistryCredentials>>;
}

/** One command in a container of an image: no network, no mounts, no rights, removed afterwards. */
export interface ProbeOptions {
  readonly command: readonly string[];
  /** Seconds until it is killed. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface ProbeResult {
  /** 127 when there is no such command; undefined when it took too long. */
  readonly exitCode: number | undefined;
  /** Both outputs, the first 64 KiB. */
  readonly output: string;
}

/** Settings of an image made from a root file system. */
export interface ImportSettings {
  readonly reference: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Images of the engine. The process driver has none: its `images` is undefined. */
export interface EngineImages {
  /** Undefined when the image is not on this engine. */
  inspect(reference: string, signal?: AbortSignal): Promise<ImageInfo | undefined>;
  /** @throws HubError `image-pull-failed` (with the engine's words), `image-missing` when the registry has no such image, `disk-full` */
  pull(reference: string, options: PullOptions): Promise<ImageInfo>;
  /** Makes an image from an uncompressed tar of a root file system. @throws HubError `image-build-failed`, `disk-full` */
  importRoot(tarPath: string, settings: ImportSettings, options: { signal: AbortSignal }): Promise<ImageInfo>;
  list(signal?: AbortSignal): Promise<readonly ListedImage[]>;
  /** Another name for an image. @throws HubError `image-missing` */
  tag(reference: string, name: string): Promise<void>;
  /** @returns the digest in the registry, when the engine says it. @throws HubError `image-missing`, `image-push-failed`, `registry-refused` (sign-in) */
  push(reference: string, options: PushOptions): Promise<{ readonly digest: string | undefined }>;
  /** Builds what a tar of a folder describes. @throws HubError `image-build-failed` (with the last lines), `disk-full`; the signal's reason */
  build(context: Readable, options: BuildOptions): Promise<ImageInfo>;
  /** @throws HubError `image-missing`, `engine-refused` */
  probe(reference: string, options: ProbeOptions): Promise<ProbeResult>;
  /** Missing is fine. @throws HubError `conflict` while a container uses it */
  remove(reference: string): Promise<void>;
}
