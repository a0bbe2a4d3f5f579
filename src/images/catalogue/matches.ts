/** Patterns of images, as groups list them: `quay.io/jupyter/*`, `localhost:5000/lab/uspy:2.*`, `lab/*`. */
import { namesRegistry } from "../../kernel/index.ts";
import { type ImageReference, parseReference } from "../reference.ts";
import { pathAt } from "../registry/address.ts";

const DOCKER_HUB = "docker.io";

export interface ImagePattern {
  /** Undefined: no registry is named. */
  readonly domain: string | undefined;
  readonly path: string;
  /** Undefined: every tag. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * Whether a pattern names an image. `*` stands for any characters within registry, repository or tag; a pattern without a
 * tag names every tag. One without a registry means `registry`, the catalogue's; without “*” it also means Docker Hub,
 * as engines read it.
 * @param reference any image reference; one that cannot be read matches nothing
 */
export function matchesImage(pattern: string, reference: string, registry?: string): boolean {
  const image = read(reference);
  return image !== undefined && matchesReference(readPattern(pattern), image, registry);
}

/** As `matchesImage`, for what has been read. */
export function matchesReference(wanted: ImagePattern, image: ImageReference, registry?: string): boolean {
  return matchesRepository(wanted, image, registry) && matchesContent(wanted, image);
}

/** Whether a pattern names a repository, or some of its tags. */
export function matchesRepository(
  wanted: ImagePattern,
  { domain, path }: Pick<ImageReference, "domain" | "path">,
  registry: string = DOCKER_HUB,
): boolean {
  if (wanted.domain !== undefined)
    return matchesText(wanted.domain, domain) && matchesText(pathAt(wanted.domain, wanted.path), path);
  const here = domain === registry && matchesText(pathAt(registry, wanted.path), path);
  const asEngines = domain === DOCKER_HUB && !wanted.path.includes("*") && pathAt(DOCKER_HUB, wanted.path) === path;
  return here || asEngines;
}

/** Splits a pattern by the rule of references: what stands before the first slash is a host when it looks like one. */
export function readPattern(pattern: string): ImagePattern {
  const [name = "", digest] = splitLast(pattern, "@");
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const domain = namesRegistry(name) ? first : undefined;
  const [path = "", tag] = splitLast(domain === undefined ? name : name.slice(slash + 1), ":");
  return { domain: domain === "index.docker.io" ? DOCKER_HUB : domain, path, tag, digest };
}

/** Whether a text fits a pattern in which `*` stands for any characters; linear in their product, whatever is asked. */
export function matchesText(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function matchesContent(wanted: ImagePattern, image: ImageReference): boolean {
  if (wanted.digest !== undefined) return wanted.digest === image.digest;
  if (wanted.tag === undefined) return true;
  // With a digest the tag decides nothing: `uspy:2.1@sha256:…` may be any content of the repository.
  return image.digest === undefined && image.tag !== undefined && matchesText(wanted.tag, image.tag);
}

function read(reference: string): ImageReference | undefined {
  try {
    return parseReference(reference);
  } catch {
    return undefined;
  }
}

function splitLast(text: string, mark: string): [string, string | undefined] {
  const at = text.lastIndexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
