/** What can be chosen at a start: the profiles, and images beside them. */
import type { HomeView, ProfileView, ServerView } from "../../../src/contract/index.ts";

/** What a start is asked with, as the hub names it. */
export type StartOptions = { readonly profile: string } | { readonly image: string } | Record<string, never>;

export type Choice =
  | { readonly key: string; readonly kind: "profile"; readonly profile: ProfileView }
  | { readonly key: string; readonly kind: "image"; readonly image: string }
  /** What everybody gets; only beside images, where there are no profiles. */
  | { readonly key: string; readonly kind: "standard" };

export function choicesOf({ profiles, choices }: Pick<HomeView, "profiles" | "choices">): readonly Choice[] {
  const images = choices.map((image): Choice => ({ key: `image:${image}`, kind: "image", image }));
  if (profiles.length === 0) return images.length === 0 ? [] : [{ key: "standard", kind: "standard" }, ...images];
  return [...profiles.map((profile): Choice => ({ key: profile.name, kind: "profile", profile })), ...images];
}

export function optionsOf(choice: Choice): StartOptions {
  if (choice.kind === "profile") return { profile: choice.profile.name };
  return choice.kind === "image" ? { image: choice.image } : {};
}

/** What the last start of this server chose, when it can still be chosen. */
export function lastOf(server: ServerView, choices: readonly Choice[]): Choice | undefined {
  const image = server.options.image;
  if (typeof image === "string") return choices.find((choice) => choice.kind === "image" && choice.image === image);
  if (server.profile !== null) return choices.find(({ key }) => key === server.profile);
  return server.image === null ? undefined : choices.find(({ kind }) => kind === "standard");
}
