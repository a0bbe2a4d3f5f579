/** The hub's own registry, as the hub sees it: where it is, who may, and how much room is left. */
import { existsSync } from "node:fs";
import type { RegistryConfig } from "../../contract/index.ts";
import { type Clock, HubError, type Secret } from "../../kernel/index.ts";
import { REGISTRY_USER, registryAddress } from "./config.ts";
import { folderBytes } from "./folder-bytes.ts";
import { strangerAt } from "./loopback.ts";
import { registryPlaces } from "./places.ts";

export interface OwnRegistry {
  /** As image names begin: `localhost:5000`. It speaks plain HTTP. */
  readonly address: string;
  /** Folder of its images. */
  readonly folder: string;
  /** @throws HubError `registry-unreachable` while another account of this host listens in its place */
  readonly credentials: { readonly username: string; readonly password: Secret };
  /** The configuration's limit of now; undefined: none. */
  limitBytes(): number | undefined;
  /** What its images take of the disk; looked up at most once a minute. */
  usedBytes(): Promise<number>;
  /** Has it looked up anew. */
  forgetUsed(): void;
  /** @throws HubError `registry-refused` when it is full, or while its space is being freed */
  mayPush(): Promise<void>;
}

export interface OwnRegistryOptions {
  /** Where it listens: what the hub was started with. */
  readonly port: number;
  readonly state: string;
  readonly password: Secret;
  /** The configuration of now. */
  readonly config: () => RegistryConfig | undefined;
  /** Number of the account that it runs as. Default: this process's own. */
  readonly account?: number;
  readonly clock: Clock;
}

const FRESH_MS = 60_000;

export function createOwnRegistry(options: OwnRegistryOptions): OwnRegistry {
  const { port, state, password, config, clock } = options;
  const places = registryPlaces(state);
  const address = registryAddress({ port });
  const limitBytes = (): number | undefined => config()?.limit;
  let known: { readonly at: number; readonly bytes: Promise<number> } | undefined;

  function usedBytes(): Promise<number> {
    const now = clock.now();
    if (known === undefined || now - known.at > FRESH_MS) {
      const bytes = folderBytes(places.data);
      known = { at: now, bytes };
      // Asked again, a failure may have gone.
      bytes.catch(() => {
        known = undefined;
      });
    }
    return known.bytes;
  }

  async function mayPush(): Promise<void> {
    if (existsSync(places.cleaning)) {
      known = undefined;
      throw new HubError(
        "registry-refused",
        `The registry ${address} frees space right now and takes no images. Try again in some minutes.`,
      );
    }
    const limit = limitBytes();
    if (limit === undefined) return;
    const used = await usedBytes();
    if (used < limit) return;
    throw new HubError(
      "registry-refused",
      `The registry ${address} is full: its images take ${inWords(used)} of ${inWords(limit)}. Delete tags that nobody needs and run “hublet image gc-registry”, or raise registry.limit in hublet.yaml.`,
      { facts: { usedBytes: used, limitBytes: limit } },
    );
  }

  return {
    address,
    folder: places.data,
    get credentials() {
      const stranger = strangerAt(port, options.account);
      if (stranger !== undefined)
        throw new HubError(
          "registry-unreachable",
          `Another account of this host (number ${stranger}) listens on port ${port} of the loopback in place of the registry ${address}. Nothing is sent there. See who it is with “ss -ltnp”, end that process, then start the registry again.`,
        );
      return { username: REGISTRY_USER, password };
    },
    limitBytes,
    usedBytes,
    forgetUsed: () => {
      known = undefined;
    },
    mayPush,
  };
}

function inWords(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
