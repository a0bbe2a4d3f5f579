/** Stand-ins for the catalogue of images, where a test is about the pages and not about a registry. */
import { HubError } from "../../kernel/index.ts";
import type { HubServices } from "../services.ts";

type CataloguePort = HubServices["catalogue"];

/** A hub without a registry to choose from. */
export const noCatalogue: CataloguePort = {
  available: () => false,
  view: async () => {
    throw missing();
  },
  tags: async () => {
    throw missing();
  },
  subscribe: () => () => undefined,
};

export interface SmallCatalogue extends CataloguePort {
  /** Tags by repository; what is changed here is there at the next look. */
  readonly held: Record<string, string[]>;
  /** What each question came with. */
  readonly choosers: (readonly string[])[];
  /** Tells everybody who listens. */
  changed(): void;
  listeners(): number;
}

/** A registry at `localhost:5000` that offers everything to everybody, but `secret/…` only to who has a pattern for it. */
export function smallCatalogue(held: Record<string, string[]>): SmallCatalogue {
  const listeners = new Set<() => void>();
  const choosers: (readonly string[])[] = [];
  const offered = (images: readonly string[]): string[] =>
    Object.keys(held).filter((name) => !name.startsWith("secret/") || images.includes("*"));
  return {
    held,
    choosers,
    changed: () => {
      for (const listener of listeners) listener();
    },
    listeners: () => listeners.size,
    available: () => true,
    view: async ({ images }) => {
      choosers.push(images);
      return {
        registry: "localhost:5000",
        state: "ready",
        problem: null,
        checkedAt: "2026-11-22T04:00:00.000Z",
        repositories: offered(images).map((name) => ({ name, preferred: name === Object.keys(held)[0] })),
      };
    },
    tags: async ({ images }, repository) => {
      if (!offered(images).includes(repository))
        throw new HubError("forbidden", `${repository} is not offered to you.`);
      return { repository, tags: held[repository] ?? [], problem: null };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function missing(): HubError {
  return new HubError("not-found", "This hub has no registry to choose images from.");
}
