/** Why somebody may do something: one rule's words and where they are written. */
import { basename } from "node:path";
import type { ConfigSnapshot, Place } from "../../config/index.ts";
import type { Reason } from "../../contract/index.ts";

/** A path of keys in the configuration. */
export type Path = readonly (string | number)[];

/** Made once for each rule, and given to everybody it speaks of: the place is looked up only when somebody asks. */
export interface Cause {
  /** A sentence that names no person, or the one whom the rule itself names. */
  readonly text: string;
  readonly path?: Path;
  /** In a file of its own (users file), which no path of keys leads to. */
  readonly place?: Place | undefined;
}

export function reasonOf(cause: Cause, snapshot: ConfigSnapshot): Reason {
  const place = cause.place ?? (cause.path === undefined ? undefined : snapshot.placeOf(cause.path));
  return { text: cause.text, place: placeText(place) };
}

/** As in a sentence: `…lets in members of lab (hublet.yaml:12:3)`. */
export function causeText(cause: Cause, snapshot: ConfigSnapshot): string {
  const { text, place } = reasonOf(cause, snapshot);
  return place === null ? text : `${text.replace(/\.$/, "")} (${place}).`;
}

/** `hublet.yaml:12:3` */
export function placeText(place: Place | undefined): string | null {
  return place === undefined ? null : `${basename(place.file)}:${place.line}:${place.column}`;
}
