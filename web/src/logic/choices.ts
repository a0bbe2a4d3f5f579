/** What can be chosen at a start: the profiles, images beside them, and the lab's catalogue. */
import type { HomeView, ProfileView, ServerView } from "../../../src/contract/index.ts";

/** What a start is asked with, as the hub names it. */
export type StartOptions =
  | { readonly profile: string }
  | { readonly image: string }
  | { readonly image: string; readonly tag: string }
  | Record<string, never>;

/** Repository and tag of the catalogue, each `""` while nothing is chosen. */
export interface Version {
  readonly repository: string;
  readonly tag: string;
}

export type Choice =
  | { readonly key: string; readonly kind: "profile"; readonly profile: ProfileView }
  | { readonly key: string; readonly kind: "image"; readonly image: string }
  /** Any image of the catalogue; of a last start, the one that it chose. */
  | { readonly key: string; readonly kind: "catalogue"; readonly version: Version }
  /** What everybody gets; only beside images, where there are no profiles. */
  | { readonly key: string; readonly kind: "standard" };

/** A profile could be named `catalogue`; none has a colon in its name. */
const CATALOGUE = ":catalogue";
export const NOTHING_CHOSEN: Version = { repository: "", tag: "" };

export function choicesOf({
  profiles,
  choices,
  catalogue,
}: Pick<HomeView, "profiles" | "choices" | "catalogue">): readonly Choice[] {
  const others: Choice[] = choices.map((image) => ({ key: `image:${image}`, kind: "image", image }));
  if (catalogue) others.push({ key: CATALOGUE, kind: "catalogue", version: NOTHING_CHOSEN });
  if (profiles.length === 0) return others.length === 0 ? [] : [{ key: "standard", kind: "standard" }, ...others];
  return [...profiles.map((profile): Choice => ({ key: profile.name, kind: "profile", profile })), ...others];
}

/** @param version what was picked from the catalogue; undefined options: nothing was yet */
export function optionsOf(choice: Choice, version: Version): StartOptions | undefined {
  if (choice.kind === "profile") return { profile: choice.profile.name };
  if (choice.kind === "image") return { image: choice.image };
  if (choice.kind === "standard") return {};
  return version.repository === "" || version.tag === "" ? undefined : { image: version.repository, tag: version.tag };
}

/** What the last start of this server chose, when it can still be chosen. */
export function lastOf(server: ServerView, choices: readonly Choice[]): Choice | undefined {
  const { image, tag } = server.options;
  if (typeof image === "string") {
    const named = choices.find((choice) => choice.kind === "image" && choice.image === image);
    if (named !== undefined) return named;
    const catalogue = choices.find(({ kind }) => kind === "catalogue");
    if (catalogue === undefined || typeof tag !== "string") return undefined;
    return { key: catalogue.key, kind: "catalogue", version: { repository: image, tag } };
  }
  if (server.profile !== null) return choices.find(({ key }) => key === server.profile);
  return server.image === null ? undefined : choices.find(({ kind }) => kind === "standard");
}
