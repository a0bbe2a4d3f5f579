import { HubError } from "../../kernel/index.ts";
import type { PushOptions } from "../images-port.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { imageMissing, sentence } from "./errors.ts";
import { inspectImage } from "./image-inspect.ts";
import { authHeader, pathOf, splitTag } from "./image-names.ts";
import { readProgress } from "./image-progress.ts";
import { PullTally } from "./pull-tally.ts";
import { registryProblem, registryRefused } from "./registry-errors.ts";

/** As both engines end a push: `1: digest: sha256:… size: 428`. */
const DIGEST = /digest: (sha256:[0-9a-f]{64})/;

/** @throws HubError as `EngineImages.push` */
export async function pushImage(
  client: EngineClient,
  reference: string,
  options: PushOptions,
): Promise<{ readonly digest: string | undefined }> {
  const { signal, onProgress, credentials } = options;
  if ((await inspectImage(client, reference, signal)) === undefined) throw imageMissing(client, reference);
  const { name, tag } = splitTag(reference);
  const { status, body } = await client.open({
    method: "POST",
    path: `/images/${pathOf(name)}/push`,
    query: { tag },
    headers: authHeader(reference, credentials),
    signal,
    timeoutMs: 0,
  });
  const failed = (said: string) => pushFailed(reference, said, credentials !== undefined);
  if (status !== 200) throw failed(refusalText({ status, text: await body.text() }));
  const tally = new PullTally();
  let digest: string | undefined;
  const failure = await readProgress(body, signal, (line) => {
    digest = line.aux?.Digest ?? DIGEST.exec(line.status ?? "")?.[1] ?? digest;
    const progress = tally.add(line);
    if (progress !== undefined) onProgress(progress);
  });
  if (failure !== undefined) throw failed(failure);
  return { digest };
}

function pushFailed(reference: string, said: string, signedIn: boolean): HubError {
  const { kind, advice } = registryProblem(reference, said, signedIn);
  if (kind === "refused") return registryRefused(reference, "pushed", said, advice);
  return new HubError("image-push-failed", `The image ${reference} could not be pushed: ${sentence(said)} ${advice}`);
}
