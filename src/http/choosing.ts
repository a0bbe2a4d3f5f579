/** What a person may start, beside the profiles: single images, and those of the catalogue. */
import type { PolicyView } from "../contract/index.ts";
import type { Chooser } from "../images/index.ts";
import type { UserName } from "../kernel/index.ts";
import type { HubServices } from "./services.ts";

export interface Offer {
  /** Names of profiles. */
  readonly profiles: readonly string[];
  /** Images with a name of their own; patterns stand for what the catalogue has. */
  readonly images: readonly string[];
  readonly catalogue: boolean;
}

export function offerTo(services: Pick<HubServices, "people" | "catalogue">, user: UserName): Offer {
  const policy = services.people.policyOf(user);
  const chooser = chooserOf(policy);
  return {
    profiles: policy.profiles.map(({ name }) => name),
    images: chooser.images.filter((reference) => !reference.includes("*")),
    catalogue: services.catalogue.available(chooser),
  };
}

export function chooserOf(policy: Pick<PolicyView, "images">): Chooser {
  return { images: policy.images.map(({ reference }) => reference) };
}
