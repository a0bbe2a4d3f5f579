import type { ImageStatus, ServerView } from "../../../src/contract/index.ts";

/** Images that are not there; without a failure that the card of a server beside it tells already, in the same words. */
export function imagesToShow(images: readonly ImageStatus[], servers: readonly ServerView[]): readonly ImageStatus[] {
  const told = new Set(servers.filter(({ state }) => state === "failed").map(({ failure }) => failure?.message));
  return images.filter(({ state, message }) => state !== "ready" && !(state === "failed" && told.has(message)));
}

/** Names by digest say nothing beside names with tags. */
export function namesToShow(references: readonly string[]): readonly string[] {
  const tagged = references.filter((name) => !name.includes("@"));
  return tagged.length > 0 ? tagged : references;
}

/** No registry has it, so that it cannot be fetched again. */
export function isOfThisHost(reference: string): boolean {
  return reference.startsWith("localhost/");
}
