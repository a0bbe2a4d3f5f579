/** Images of the engine as rows of a table. */
import type { EngineImageView } from "../../contract/index.ts";
import { readableTime } from "../times.ts";
import { readableBytes } from "./sizes.ts";

/** One image: its names under each other, since one name may be as wide as a terminal. */
export function imageRows(image: EngineImageView): string[][] {
  const [name = "", ...others] = shownNames(image);
  const first = [
    name,
    readableBytes(image.sizeBytes),
    usersText(image) || (image.namedBy.length > 0 ? `(${image.namedBy.join(", ")})` : "-"),
    jupyterhubText(image),
    image.created === null ? "-" : readableTime(image.created),
  ];
  return [first, ...others.map((other) => [other])];
}

export function usersText({ usedBy }: EngineImageView): string {
  return usedBy.map(({ user, server }) => (server === "" ? user : `${user}/${server}`)).join(", ");
}

/** It is looked up before the first start of a server by the image. */
export function jupyterhubText({ jupyterhub, jupyterhubKnown }: EngineImageView): string {
  return jupyterhub ?? (jupyterhubKnown ? "none" : "not looked at yet");
}

/** Names by digest say nothing beside names with tags; `image show` has them. */
function shownNames({ id, references }: EngineImageView): readonly string[] {
  const tagged = references.filter((name) => !name.includes("@"));
  if (tagged.length > 0) return tagged;
  return references.length > 0 ? references : [id.replace("sha256:", "").slice(0, 12)];
}
