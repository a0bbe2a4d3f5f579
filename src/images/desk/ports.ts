/** What admins may do with images, and what that needs of the rooms around. */
import type { Config, GcResult, ImagesView } from "../../contract/index.ts";
import type { EngineImages, RegistryCredentials } from "../../drivers/index.ts";
import type { Clock } from "../../kernel/index.ts";
import type { ImageKeeper } from "../keeper/types.ts";
import type { RegistryClient } from "../registry/types.ts";
import type { LastRuns } from "./last-runs.ts";

/** A server that is not stopped, and what it runs. */
export interface Runs {
  readonly user: string;
  readonly server: string;
  readonly state: string;
  /** Reference, perhaps with a digest; null while it is not settled. */
  readonly image: string | null;
}

export interface ImageDeskOptions {
  /** Undefined for a driver without images. */
  readonly images: EngineImages | undefined;
  /** Every image of the engine is Hublet's: an account's own Podman. Else only known ones are ever removed by gc. */
  readonly exclusive: boolean;
  readonly keeper: Pick<ImageKeeper, "ensure" | "forget" | "jupyterhubOf">;
  readonly config: () => Config;
  readonly running: () => Promise<readonly Runs[]>;
  /** The image made of the host's packages, and what it stands in for. */
  readonly built: { readonly reference: string | undefined; readonly replaceable: (reference: string) => boolean };
  /** The hub's own registry. */
  readonly ownRegistry:
    | {
        readonly address: string;
        limitBytes(): number | undefined;
        usedBytes(): Promise<number>;
      }
    | undefined;
  /** As image names begin, of the registry that people choose from. */
  readonly registry: () => string | undefined;
  readonly client: (address: string) => RegistryClient | Promise<RegistryClient>;
  readonly credentials: (registry: string) => RegistryCredentials | undefined;
  /** As of builds. */
  readonly mayPush: (registry: string) => Promise<void>;
  /** Something changed in the registry. */
  readonly touched: (repository: string) => void;
  /** A folder on the disk with the engine's images; undefined where it cannot be seen. */
  readonly disk: string | undefined;
  readonly lastRuns: LastRuns;
  /** Beginning of the oldest build under way, in milliseconds since 1970. */
  readonly oldestBuild: () => number | undefined;
  readonly clock: Clock;
  readonly log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

export interface RemovedNames {
  /** Names that are gone; of a registry also those that had the same content. */
  readonly removed: readonly string[];
}

/** All throw HubError `engine-missing` when servers run without images. */
export interface ImageDesk {
  view(): Promise<ImagesView>;
  /** Begins to fetch; statuses tell the rest. @throws HubError `bad-config` for what is no image */
  pull(reference: string): void;
  /** @throws HubError `not-found`, `conflict` (a server runs it), `forbidden` (the program's own), as the registry's client */
  remove(
    reference: string,
    options: { readonly registry: boolean; readonly others?: boolean; readonly signal: AbortSignal },
  ): Promise<RemovedNames>;
  /**
   * Names without a registry are meant as builds have them.
   * @returns both names in full. @throws HubError `image-missing`, `bad-config`
   */
  tag(reference: string, name: string): Promise<{ readonly reference: string; readonly tag: string }>;
  /**
   * @returns the name in full, and the digest, when the engine says it
   * @throws HubError as `EngineImages.push`, `bad-request` without a registry, `not-found`
   */
  push(reference: string, signal: AbortSignal): Promise<{ readonly reference: string; readonly digest: string | null }>;
  /** Called when the desk named, removed or cleaned up images of the engine; gives the function that ends it. */
  subscribe(listener: () => void): () => void;
  /** Removes what nobody needs; never by force. */
  gc(options: { readonly dryRun: boolean; readonly unusedDays: number }): Promise<GcResult>;
}
