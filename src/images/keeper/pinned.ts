/** Which content a name means now, by the registry's word or, while that does not answer, by the engine's. */
import type { ImageInfo } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { ImageReference } from "../reference.ts";

export type Word =
  | { readonly kind: "digest"; readonly digest: string }
  /** The registry answers, and has no such tag. */
  | { readonly kind: "none" }
  | { readonly kind: "silent"; readonly error: HubError };

/** Asks the registry; what is nobody's fault here is an answer too. @throws the signal's reason */
export async function wordOf(
  digestOf: (signal: AbortSignal) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<Word> {
  try {
    const digest = await digestOf(signal);
    return digest === undefined ? { kind: "none" } : { kind: "digest", digest };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HubError) return { kind: "silent", error };
    throw error;
  }
}

/** `localhost:5000/lab/uspy@sha256:…` */
export function pinnedName({ domain, path }: ImageReference, digest: string): string {
  return `${domain}/${path}@${digest}`;
}

/** The digest by which an image that is here can be named, in its own repository. */
export function digestHere(image: ImageInfo, { domain, path }: ImageReference): string | undefined {
  const prefix = `${domain}/${path}@`;
  // Docker leaves out what it adds by itself.
  const short = domain === "docker.io" ? `${path.replace(/^library\//, "")}@` : prefix;
  const found = image.digests.find((name) => name.startsWith(prefix) || name.startsWith(short));
  return found?.slice(found.indexOf("@") + 1);
}

export function hasDigest(image: ImageInfo, digest: string): boolean {
  return image.digests.some((name) => name.endsWith(`@${digest}`));
}
