/** Which images nobody needs: worked out from what the engine has, what runs, and what the configuration names. */
import type { ListedImage } from "../../drivers/index.ts";
import { BUILD_LABEL } from "../builds/steps.ts";
import { isOurs, repositoriesOf } from "./naming.ts";

/** Newest versions of a repository that stay. */
const NEWEST_KEPT = 2;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface GcFacts {
  readonly images: readonly ListedImage[];
  /** By image id: who runs it. */
  readonly usedBy: (image: ListedImage) => readonly string[];
  readonly namedBy: (image: ListedImage) => readonly string[];
  /** On an engine that others use too: whether it may be touched at all. */
  readonly known: (image: ListedImage) => boolean;
  readonly last: (id: string) => { readonly at: number; readonly seen: boolean };
  readonly oldestBuild: number | undefined;
  readonly unusedDays: number;
  readonly now: number;
}

export interface Verdict {
  readonly image: ListedImage;
  /** Undefined: it may go. */
  readonly because: string | undefined;
}

/** One verdict for each image that is not the program's own, in the engine's order. */
export function judge(facts: GcFacts): Verdict[] {
  const newest = newestOf(facts.images);
  return facts.images
    .filter((image) => !isOurs(image) && facts.known(image))
    .map((image) => ({ image, because: reason(image, facts, newest) }));
}

function reason(image: ListedImage, facts: GcFacts, newest: ReadonlyMap<string, string>): string | undefined {
  const users = facts.usedBy(image);
  if (users.length > 0) return `in use by ${users.join(", ")}`;
  const named = facts.namedBy(image);
  if (named.length > 0) return `named by ${named.join(", ")}`;
  // A build's layers and its image have no names until it ends.
  if (facts.oldestBuild !== undefined && (image.created ?? facts.now) >= facts.oldestBuild - 1000)
    return "made while a build was under way";
  const repository = newest.get(image.id);
  if (repository !== undefined) return `one of the newest ${NEWEST_KEPT} of ${repository}`;
  if (facts.unusedDays === 0) return undefined;
  const { at, seen } = facts.last(image.id);
  const days = (facts.now - at) / DAY_MS;
  if (days >= facts.unusedDays) return undefined;
  return seen
    ? `last used ${days < 1 ? "today" : `${Math.floor(days)} days ago`}`
    : `not known whether somebody used it: that is written down since ${new Date(at).toISOString().slice(0, 10)}`;
}

/** Ids of the newest images of each repository, with the repository. */
function newestOf(images: readonly ListedImage[]): Map<string, string> {
  const byRepository = new Map<string, ListedImage[]>();
  for (const image of images)
    for (const repository of repositoriesOf(image)) {
      const list = byRepository.get(repository) ?? [];
      list.push(image);
      byRepository.set(repository, list);
    }
  const kept = new Map<string, string>();
  for (const [repository, list] of byRepository) {
    const sorted = list.sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
    for (const { id } of sorted.slice(0, NEWEST_KEPT)) kept.set(id, repository);
  }
  return kept;
}

/** Built here: it may be removed also from an engine that others use. */
export function builtHere(image: ListedImage): boolean {
  return BUILD_LABEL in image.labels;
}

/** What an image is called in lists: its names, or the beginning of its id. */
export function nameOf(image: ListedImage): string {
  return image.references.length > 0 ? image.references.join(", ") : image.id.replace("sha256:", "").slice(0, 12);
}
