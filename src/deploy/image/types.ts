/** Images made of this program: Node, the libraries it is linked with, and the program's files. */
import type { Writable } from "node:stream";

/** Names of all that a deployment makes: hub, proxy, and the registry of the distribution. */
export const PROGRAM_IMAGE = /^localhost\/hublet-(?:hub|proxy|registry):/;

export interface ProgramImage {
  /** `localhost/hublet-hub:VERSION-DIGEST12`: the same content has the same name on every machine. */
  readonly reference: string;
  /** 64 hex digits over all that goes in. */
  readonly digest: string;
  /** `x86_64` or `aarch64`, as `uname -m` says it. */
  readonly architecture: string;
  /** Writes a docker-archive (gzip) for `podman load`. */
  write(to: Writable): Promise<void>;
}

/** `hub` runs hub, command line and backups; `proxy` has only what the proxy needs, so that it changes rarely. */
export interface ProgramImages {
  readonly hub: ProgramImage;
  readonly proxy: ProgramImage;
}
