/** What is said about images that come and fail to come. */
import type { ImageStatus } from "../../contract/index.ts";
import type { PullProgress } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { BuildProgress } from "../build-progress.ts";
import { formatReference, type ImageReference } from "../reference.ts";
import type { RegistryAnswer } from "../registry/probe.ts";

/** “Fetching the image: 3 of 7 layers”; whoever shows it shows the bytes beside it. */
export function pulled(progress: PullProgress): Partial<ImageStatus> {
  const { bytesDone, bytesTotal, layersDone, layersTotal } = progress;
  const fraction = bytesDone === undefined || !bytesTotal ? null : Math.min(1, bytesDone / bytesTotal);
  const known = layersDone !== undefined && layersTotal !== undefined;
  const layers = known ? `: ${layersDone} of ${layersTotal} ${layersTotal === 1 ? "layer" : "layers"}` : "";
  return {
    message: `Fetching the image${layers}`,
    fraction,
    bytesDone: bytesDone ?? null,
    bytesTotal: bytesTotal ?? null,
  };
}

export function built(progress: BuildProgress): Partial<ImageStatus> {
  const { message, fraction, bytesDone, bytesTotal } = progress;
  return { message, fraction: fraction ?? null, bytesDone: bytesDone ?? null, bytesTotal: bytesTotal ?? null };
}

export function unreachable(reference: ImageReference, answer: RegistryAnswer): HubError {
  const name = formatReference(reference);
  if (reference.domain === "localhost") {
    return new HubError(
      "image-missing",
      `The image ${name} is not on this host's engine. Build or load it there, or set another image.`,
    );
  }
  return new HubError(
    "image-pull-failed",
    `The image ${name} is not on this host, and its registry cannot be asked: ${answer.message}. Check the host's network and the image's name, load the image by hand, or set another image.`,
  );
}

export function neverFetched(reference: string): HubError {
  return new HubError(
    "image-missing",
    `The image ${reference} is not on this host, and “pull: never” says that none is fetched at a start. Fetch it now (hublet image prepull), build it here (hublet image build), or set another policy.`,
  );
}

export function noSuchTag({ domain, path, tag }: ImageReference): HubError {
  return new HubError(
    "image-missing",
    `${domain} has no image ${path}:${tag ?? "latest"}. It may have been removed: choose another version.`,
  );
}
