import type { Deployment } from "../model/deployment.ts";

/** A file of the account. */
export interface RenderedFile {
  /** Relative to the account's home. */
  readonly path: string;
  readonly text: string;
  /** Permissions, for example 0o600. */
  readonly mode: number;
  /** Of a container's unit: name of the container. */
  readonly container?: string;
  /** Of a container's unit: what its label `org.hublet.unit` says. */
  readonly digest?: string;
}

/** Units for Quadlet and systemd, and the files that they mount, in a fixed order. */
export function quadletFiles(_deployment: Deployment): readonly RenderedFile[] {
  return [];
}
