/** The image that a person asks for beside the profile's: one of their policy's, or one of the catalogue's with a tag. */
import type { Config, PolicyView } from "../contract/index.ts";
import { catalogueSettings, isRepository, isTag, matchesImage, offerOf } from "../images/index.ts";
import { HubError } from "../kernel/index.ts";

type Options = Readonly<Record<string, unknown>>;

/** What was chosen from the catalogue. */
export interface CatalogueChoice {
  /** Without the registry: `lab/uspy`. */
  readonly repository: string;
  readonly tag: string;
  /** The choice is that of an earlier start: what is run when it is gone since. Null: it was made right now, and must hold. */
  readonly otherwise: string | null;
}

/**
 * `options.image` and `options.tag`, as JupyterHub's forms call them: texts, or lists with one text. `image` alone names an
 * image of the policy, or a repository of the catalogue with or without tag; in both, the registry may stand in front.
 * @param own the image that is run without a choice
 * @returns undefined when nothing else than `own` is asked for, or when it was remembered and is not offered any more
 * @throws HubError `forbidden` (not offered), `bad-request` (a tag without an image)
 */
export function chosenImage(
  config: Config,
  policy: PolicyView,
  own: string,
  options: Options,
  remembered: boolean,
): { readonly image: string; readonly choice: CatalogueChoice | null } | undefined {
  const image = oneText(options.image);
  const tag = oneText(options.tag);
  if (image === undefined) {
    if (tag === undefined || remembered) return undefined;
    throw new HubError("bad-request", `A tag (“${tag.slice(0, 80)}”) says nothing without an image. Choose one too.`);
  }
  const whole = tag === undefined ? image : `${image}:${tag}`;
  if (whole === own) return undefined;
  const images = policy.images.map(({ reference }) => reference);
  if (images.includes(whole)) return { image: whole, choice: null };
  const found = inCatalogue(config, images, image, tag, remembered ? own : null) ?? byPattern(config, images, whole);
  if (found !== undefined || remembered) return found;
  throw new HubError(
    "forbidden",
    `The image “${whole.slice(0, 200)}” is not offered to you. ${imagesText(config, images)}`,
  );
}

/** The text, or the only text of a list; undefined for what is no text or says nothing. */
export function oneText(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === "string" && one !== "" ? one : undefined;
}

function inCatalogue(
  config: Config,
  images: readonly string[],
  image: string,
  tag: string | undefined,
  otherwise: string | null,
): { readonly image: string; readonly choice: CatalogueChoice } | undefined {
  const settings = catalogueSettings(config);
  if (settings === undefined) return undefined;
  const { registry } = settings;
  const name = image.startsWith(`${registry}/`) ? image.slice(registry.length + 1) : image;
  const [repository, ownTag] = tag === undefined ? splitTag(name) : [name, tag];
  const chosen = ownTag ?? "latest";
  if (!isRepository(repository) || !isTag(chosen) || !offerOf(settings, images).image(repository, chosen))
    return undefined;
  return { image: `${registry}/${repository}:${chosen}`, choice: { repository, tag: chosen, otherwise } };
}

/** Images of other registries that a group names by a pattern. */
function byPattern(
  config: Config,
  images: readonly string[],
  whole: string,
): { image: string; choice: null } | undefined {
  const registry = catalogueSettings(config)?.registry;
  const patterns = images.filter((pattern) => pattern.includes("*"));
  return patterns.some((pattern) => matchesImage(pattern, whole, registry))
    ? { image: whole, choice: null }
    : undefined;
}

function splitTag(name: string): [string, string | undefined] {
  const at = name.lastIndexOf(":");
  return at === -1 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}

function imagesText(config: Config, images: readonly string[]): string {
  const catalogue = catalogueSettings(config) !== undefined;
  if (images.length === 0)
    return catalogue
      ? "Choose one that the start page shows, or ask your admin."
      : "There are no images to choose from beside the profiles: leave the image out.";
  return `Choose one of: ${images.join(", ")}${catalogue ? ", or what else the start page shows" : ""}; or ask your admin.`;
}
