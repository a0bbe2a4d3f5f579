import type { CatalogueView, TagsView } from "../../contract/index.ts";
import type { Closable } from "../../kernel/index.ts";

/** What is offered, as the configuration says at this moment. */
export interface CatalogueSettings {
  /** As image names begin with it: `localhost:5000`. */
  readonly registry: string;
  /** Patterns of repositories: `*`, `lab/*`. */
  readonly repositories: readonly string[];
  /** Patterns of repositories that come first, in this order. */
  readonly prefer: readonly string[];
  /** false: only what somebody's own images name. */
  readonly everyone: boolean;
}

/** Who chooses: names and patterns of images that their policy gives beside what everybody may choose. */
export interface Chooser {
  readonly images: readonly string[];
}

export interface ResolvedImage {
  /** `localhost:5000/lab/uspy@sha256:…`: what to run. */
  readonly reference: string;
  /** `localhost:5000/lab/uspy:2.1`: what was chosen. */
  readonly named: string;
  /** `sha256:…` */
  readonly digest: string;
}

/** The live list of a registry's images, as people may choose from it. */
export interface Catalogue extends Closable {
  /** Whether there is a catalogue, and something in it might be for this person; asks nobody. */
  available(person: Chooser): boolean;
  /**
   * Preferred repositories first. What is known is given at once and looked up anew behind; only a first look waits, a
   * moment. Never throws for the registry's sake: `problem` says it. @throws HubError `not-found` without a catalogue
   */
  view(person: Chooser): Promise<CatalogueView>;
  /** Asked anew at each look, so that what was pushed is there. @throws HubError `forbidden` when not offered, `not-found` without a catalogue */
  tags(person: Chooser, repository: string): Promise<TagsView>;
  /**
   * What a tag names now.
   * @throws HubError `forbidden` (not offered), `image-missing` (no such tag), `registry-unreachable`, `registry-refused`
   */
  resolve(person: Chooser, repository: string, tag: string, signal?: AbortSignal): Promise<ResolvedImage>;
  /** Something was pushed to or removed from a repository: what is known of it is forgotten. */
  touched(repository: string): void;
  /** Told when the repositories or the state of the registry have changed. Returns the way to leave. */
  subscribe(listener: () => void): () => void;
}
