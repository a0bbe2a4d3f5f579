/** What people may choose from the registry, on the terminal. */
import { setTimeout as pause } from "node:timers/promises";
import { type CatalogueView, catalogueSchema, tagsSchema } from "../../contract/index.ts";
import type { HubClient } from "../hub-client.ts";
import { table } from "../table.ts";

/** The hub asks the registry when it is asked itself: its first answer may come before the registry's. */
const LOOKS = 50;
const BETWEEN_LOOKS_MS = 200;

export interface Offered extends CatalogueView {
  readonly images: readonly { readonly name: string; readonly tags: readonly string[] }[];
}

/** @throws HubError as the hub answers: without a catalogue there is nothing to list */
export async function offeredImages(hub: HubClient): Promise<Offered> {
  const look = () => hub.request("GET", "/hublet/catalogue?all=1", catalogueSchema);
  let view = await look();
  for (let i = 1; i < LOOKS && view.state === "loading"; i += 1) {
    await pause(BETWEEN_LOOKS_MS);
    view = await look();
  }
  const images = [];
  for (const { name } of view.repositories) {
    const query = new URLSearchParams({ all: "1", repository: name });
    const { tags } = await hub.request("GET", `/hublet/catalogue/tags?${query}`, tagsSchema);
    images.push({ name, tags });
  }
  return { ...view, images };
}

export function offeredText({ registry, problem, images }: Offered): string {
  const rows = images.map(({ name, tags }) => [name, tags.join(", ") || "-"]);
  const text = table(["IMAGE", "VERSIONS"], rows, `There is nothing to choose in the registry ${registry}.`);
  return problem === null ? text : `${text}\n\n${problem}`;
}
