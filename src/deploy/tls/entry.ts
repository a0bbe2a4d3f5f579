/** What all kinds of archives share: a file by its way, the bounds of an import, and how it fails. */
import { HubError } from "../../kernel/index.ts";

/** Bounds of all that one import may unfold to: certificates are some kilobytes, so what is larger is a mistake or an attack. */
export const LIMITS = { bytes: 16 * 1024 * 1024, entries: 256, depth: 3 } as const;

/** A file, by the way that leads to it: `lab.gz: certs/lab.pem`. */
export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Asks for the pass phrase of a file; undefined when nobody gives one. `again`: the one before was wrong. */
export type AskPassword = (name: string, again: boolean) => Promise<string | undefined>;

/** How often a person may mistype. */
export const TRIES = 3;

/** @throws HubError `certificate-unusable` */
export function unusable(message: string, cause?: unknown): HubError {
  return new HubError("certificate-unusable", message, cause === undefined ? {} : { cause });
}

/** Counts what archives unfold to, before it takes memory. */
export class Budget {
  #bytes: number = LIMITS.bytes;
  #entries: number = LIMITS.entries;

  get bytes(): number {
    return this.#bytes;
  }

  /** @param bytes of one more entry of the archive `name` */
  take(name: string, bytes: number): void {
    this.#entries -= 1;
    this.#bytes -= bytes;
    if (this.#entries < 0)
      throw unusable(`${name} holds more than ${LIMITS.entries} files. Give an archive with the certificate alone.`);
    if (this.#bytes < 0)
      throw unusable(
        `${name} unpacks to more than ${LIMITS.bytes / 1024 / 1024} MiB, and no certificate is so large. Give an archive with the certificate alone.`,
      );
  }
}
