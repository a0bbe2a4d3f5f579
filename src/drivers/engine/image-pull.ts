import { HubError } from "../../kernel/index.ts";
import type { ImageInfo, PullOptions } from "../images-port.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refusedBecause, sentence } from "./errors.ts";
import { inspectImage } from "./image-inspect.ts";
import { authHeader, withTag } from "./image-names.ts";
import { readProgress } from "./image-progress.ts";
import { PullTally } from "./pull-tally.ts";
import { registryProblem, registryRefused } from "./registry-errors.ts";

/** @throws HubError as `EngineImages.pull` */
export async function pullImage(client: EngineClient, reference: string, options: PullOptions): Promise<ImageInfo> {
  const { signal, onProgress, credentials } = options;
  const failed = (said: string) => pullFailed(client, reference, said, credentials !== undefined);
  const { status, body } = await client.open({
    method: "POST",
    path: "/images/create",
    // Without a tag Docker would fetch all of them.
    query: { fromImage: withTag(reference) },
    headers: credentials === undefined ? {} : authHeader(reference, credentials),
    signal,
    // The head comes once the registry has answered; only the caller knows how long that may take.
    timeoutMs: 0,
  });
  if (status !== 200) throw failed(refusalText({ status, text: await body.text() }));
  const tally = new PullTally();
  const failure = await readProgress(body, signal, (line) => {
    const progress = tally.add(line);
    if (progress !== undefined) onProgress(progress);
  });
  if (failure !== undefined) throw failed(failure);
  const image = await inspectImage(client, reference, signal);
  if (image === undefined) throw failed("the engine ended without an image");
  return image;
}

function pullFailed(client: EngineClient, reference: string, said: string, signedIn: boolean): HubError {
  const full = refusedBecause(client, `store the image ${reference}`, said);
  if (full.code === "disk-full") return full;
  const { kind, advice } = registryProblem(reference, said, signedIn);
  if (kind === "refused") return registryRefused(reference, "fetched", said, advice);
  if (kind === "missing")
    return new HubError("image-missing", `The registry has no image ${reference}: ${sentence(said)} ${advice}`);
  return new HubError("image-pull-failed", `The image ${reference} could not be fetched: ${sentence(said)} ${advice}`);
}
