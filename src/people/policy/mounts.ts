/** Which folders a person's servers see, of all that is said. */
import { posix } from "node:path";
import type { MountConfig, PolicyView } from "../../contract/index.ts";

export interface MountVoice {
  readonly mount: MountConfig;
  readonly from: string;
  readonly place: string | null;
}

/**
 * One mount for each target. Of different sources the first holds; of the same source, one that may be written to.
 * @param voices in the order of their weight
 * @returns by target
 */
export function mergeMounts(voices: readonly MountVoice[]): PolicyView["mounts"] {
  const byTarget = new Map<string, MountVoice>();
  for (const voice of voices) {
    const target = plain(voice.mount.target);
    const held = byTarget.get(target);
    if (held === undefined || (held.mount.readOnly && !voice.mount.readOnly && sameSource(held, voice))) {
      byTarget.set(target, voice);
    }
  }
  return [...byTarget]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { mount, from, place }]) => ({
      source: mount.source,
      target: mount.target,
      readOnly: mount.readOnly,
      optional: mount.optional,
      from,
      place,
    }));
}

function sameSource(a: MountVoice, b: MountVoice): boolean {
  return plain(a.mount.source) === plain(b.mount.source);
}

/** `/data/` and `/data` are one folder. */
function plain(path: string): string {
  return path.startsWith("/") ? posix.normalize(path).replace(/(?<=.)\/$/, "") : path;
}
