/** Everything the hub's face needs, made by the composition root. */
import type { Access } from "../access/index.ts";
import type { ConfigSnapshot, LiveConfig } from "../config/index.ts";
import type { Config, ImageStatus } from "../contract/index.ts";
import type { Builds, Catalogue, ImageDesk } from "../images/index.ts";
import type { Clock, Secret, UserName } from "../kernel/index.ts";
import type { People } from "../people/index.ts";
import type { Routes, Servers } from "../servers/index.ts";
import type { SignIn } from "../signin/index.ts";

export interface HttpLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface HubServices {
  readonly access: Access;
  readonly people: People;
  readonly signIn: SignIn;
  readonly servers: Servers;
  readonly routes: Pick<Routes, "list">;
  /** Images the hub has been asked for, and their changes. */
  readonly images: { statuses(): readonly ImageStatus[]; subscribe(listener: () => void): () => void };
  /** The hub's own registry, if it has one. */
  readonly ownRegistry?:
    | { clean(): Promise<{ readonly freedBytes: number; readonly note: string | undefined }> }
    | undefined;
  /** The registry that people choose images from, if there is one. */
  readonly catalogue: Pick<Catalogue, "available" | "view" | "tags" | "subscribe">;
  /** What admins may do with images. */
  readonly imageDesk: ImageDesk;
  readonly builds: Builds;
  /** `snapshot().config`: what most routes need. */
  readonly config: () => Config;
  readonly snapshot: () => ConfigSnapshot;
  /** The configuration's state for admins, and word of its changes. */
  readonly live: Pick<LiveConfig, "status" | "effective" | "reload" | "onStatus" | "subscribe">;
  /** Which limits engine and host really enforce. */
  readonly enforced: () => { readonly memory: boolean; readonly cpu: boolean };
  /** Plain sentences about what this host and engine cannot enforce; for admins. */
  readonly notes: () => readonly string[];
  /** What the hub knows of its host. */
  readonly host: {
    /** Where “hublet doctor” leaves its last report. */
    readonly report: string;
    /** The state folder, whose disk is looked at. */
    readonly state: string;
    /** Rejects with the reason when the engine does not answer. */
    engineAnswers(signal: AbortSignal): Promise<void>;
  };
  /** Deletes a person's files, after their servers were stopped. */
  readonly eraseFiles: (user: UserName) => Promise<void>;
  /**
   * Packs a person's files into an archive of the state folder and says where; they stay until they are erased.
   * Undefined when there are none.
   */
  readonly archiveFiles: (user: UserName) => Promise<string | undefined>;
  /** Address people type, without a slash at its end: for links that are handed over. */
  readonly publicAddress: () => string;
  /** The built web pages: `web/dist`. */
  readonly webRoot: string;
  /** Hublet's own version. */
  readonly version: string;
  /** `BASE`: begins and ends with `/`. */
  readonly baseUrl: string;
  /** The CLI's token: an admin without an account, accepted on the private listener only. */
  readonly cliToken: Secret;
  readonly clock: Clock;
  readonly log: HttpLog;
}
