/** Image names in one form, and patterns over them. */
import { namesRegistry } from "../kernel/index.ts";

const DIGEST = /@sha256:[0-9a-f]{64}$/;
/** As engines have it: what they would clean up first is no name here. */
const NAME =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;
const ID = /^(?:sha256:)?[0-9a-f]{64}$/;
/** Engines take the beginning of an id for an image. */
const LIKE_AN_ID = /^[0-9a-f]+$/;

export function isImageId(text: string): boolean {
  return ID.test(text);
}

/** `debian` is `docker.io/library/debian:latest`; undefined for what is no name. A digest stays behind the repository alone. */
export function fullImageName(text: string): string | undefined {
  if (text.length > 512 || !NAME.test(text) || LIKE_AN_ID.test(text)) return undefined;
  const digest = DIGEST.exec(text)?.[0] ?? "";
  const named = text.slice(0, text.length - digest.length);
  const slash = named.indexOf("/");
  const first = slash === -1 ? "" : named.slice(0, slash);
  const hasHost = namesRegistry(named);
  const isHub = !hasHost || first === "docker.io" || first === "index.docker.io";
  const onHub = hasHost ? named.slice(slash + 1) : named;
  const whole = isHub ? `docker.io/${onHub.includes("/") ? "" : "library/"}${onHub}` : named;
  const last = whole.slice(whole.lastIndexOf("/") + 1);
  if (digest !== "") return `${last.includes(":") ? whole.slice(0, whole.lastIndexOf(":")) : whole}${digest}`;
  return last.includes(":") ? whole : `${whole}:latest`;
}

/** The repository of a full name, without tag and digest. */
export function repositoryOf(full: string): string {
  const named = full.replace(DIGEST, "");
  return named.slice(named.lastIndexOf("/") + 1).includes(":") ? named.slice(0, named.lastIndexOf(":")) : named;
}

/** “*” stands for any characters. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\s]*")}$`).test(text);
}

/**
 * Whether a full name is one of those that patterns allow. A pattern without a tag means every tag, and each allows what it
 * names by digest as well: who may start a tag may start what it was.
 */
export function allowsImage(patterns: readonly string[], full: string): boolean {
  const repository = repositoryOf(full);
  return patterns.some((pattern) => {
    if (matchesPattern(pattern, full)) return true;
    const tagged = pattern.slice(pattern.lastIndexOf("/") + 1).includes(":");
    const ofRepository = tagged ? pattern.slice(0, pattern.lastIndexOf(":")) : pattern;
    return (!tagged || full.includes("@")) && matchesPattern(ofRepository, repository);
  });
}
