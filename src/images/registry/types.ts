import type { RegistryCredentials } from "../../drivers/index.ts";
import type { Closable } from "../../kernel/index.ts";

export type { RegistryCredentials };

/** A registry and how to speak to it. */
export interface RegistryConnection {
  /** As image names begin with it: `localhost:5000`, `ghcr.io`, `docker.io`. */
  readonly address: string;
  readonly credentials?: RegistryCredentials | undefined;
  /** PEM of the authority that signed its certificate; believed beside the public ones. */
  readonly certificate?: string | undefined;
  /** Plain HTTP is allowed, and certificates are not checked. On loopback plain HTTP is always allowed. */
  readonly insecure?: boolean | undefined;
}

/** What an image says about itself. */
export interface ImageFacts {
  /** Digest of the manifest for this architecture. */
  readonly digest: string;
  /** ISO-8601, or undefined when the image does not say. */
  readonly created: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** `NAME=value` as in the image. */
  readonly environment: readonly string[];
  /** Compressed bytes of configuration and layers: what a pull of all of it transfers. */
  readonly sizeBytes: number;
}

export interface RemovedTag {
  readonly digest: string;
  /** Other tags of the same content, which are gone too. */
  readonly others: readonly string[];
}

/**
 * A client of one registry (OCI distribution 1.1, Docker registry API 2). All throw HubError `registry-unreachable` (no
 * answer, no registry, its own failure) or `registry-refused` (signing in, rights, switched off), and the signal's
 * reason when aborted.
 */
export interface RegistryClient extends Closable {
  readonly address: string;
  /** Whether it answers and lets us in. */
  check(signal?: AbortSignal): Promise<void>;
  /** All repositories, in the registry's order. Large public registries list none: `registry-refused`. */
  repositories(signal?: AbortSignal): Promise<readonly string[]>;
  /** All tags, in the registry's order; empty when the repository is unknown or all were deleted. */
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** `sha256:…` of what the tag or digest names now (of the index, if it is one), or undefined when there is none. */
  digest(repository: string, reference: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Of the image for this architecture, or undefined when there is no such tag. @throws HubError `image-unsuitable` when it is for other architectures only */
  config(repository: string, reference: string, signal?: AbortSignal): Promise<ImageFacts | undefined>;
  /**
   * Removes a tag. Registries of version 2 remove content by digest, and every tag of it: when there are others and the
   * registry cannot remove one alone, this is refused unless `others` is set.
   * @throws HubError `image-missing`, `conflict` (facts: `others`)
   */
  remove(
    repository: string,
    tag: string,
    options?: { readonly others?: boolean; readonly signal?: AbortSignal },
  ): Promise<RemovedTag>;
}
