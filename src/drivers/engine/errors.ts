import { type ErrorCode, HubError } from "../../kernel/index.ts";
import type { Mount } from "../port.ts";
import { type Answer, type EngineClient, refusalText } from "./client.ts";

/** Words of engines, kernels and registries that stand for a cause of their own. */
const CAUSES: readonly (readonly [ErrorCode, RegExp, string])[] = [
  [
    "disk-full",
    /no space left on device|disk quota exceeded|not enough space/i,
    "Free some space where the engine keeps its images, its volumes and what it is fetching, then try again.",
  ],
  [
    "out-of-memory",
    /cannot allocate memory|out of memory|oom-?kill/i,
    "Stop other servers, or give this one a larger memory limit.",
  ],
];

/** Whether an answer to an attach or a start says that the image has no such program. */
export function lacksProgram({ status, text }: Answer): boolean {
  return status >= 300 && /not found|no such file/i.test(text);
}

/** Whether an answer to the making of a container says that there is no such image, or no more. */
export function lacksImage({ status, text }: Answer): boolean {
  return status === 404 && /image/i.test(text);
}

/** The error for a refused call. `doing` completes "Podman refused to …". */
export function refused(client: EngineClient, doing: string, answer: Answer): HubError {
  return refusedBecause(client, doing, refusalText(answer));
}

/** As `refused`, for what an engine said in a stream. */
export function refusedBecause(client: EngineClient, doing: string, said: string): HubError {
  const engine = client.dialect.engine;
  for (const [code, words, advice] of CAUSES) {
    if (words.test(said)) return new HubError(code, `${engine} could not ${doing}: ${sentence(said)} ${advice}`);
  }
  return new HubError(
    "engine-refused",
    `${engine} refused to ${doing}: ${sentence(said)} The engine's own log may tell more.`,
  );
}

/**
 * The error for a refused start that is about one of its folders; undefined when it is about something else. Docker says
 * that the path does not exist; Podman 4 tries to make it, and tells why it could not.
 */
export function mountMissing(client: EngineClient, mounts: readonly Mount[], answer: Answer): HubError | undefined {
  const said = refusalText(answer);
  const mount = mounts.find(({ kind, source }) => kind === "bind" && said.includes(source));
  if (mount === undefined) return undefined;
  const closed = /permission denied|operation not permitted/i.test(said);
  if (!closed && !/no such file|does not exist|not a directory|statfs|read-only file system/i.test(said))
    return undefined;
  const { engine } = client.dialect;
  const why = closed
    ? `is not there, or ${engine} may not reach it. Bring it back, or let the account that runs ${engine} into every folder above it (chmod o+x, or an ACL).`
    : "is not there. Bring it back (a share may not be connected), or take the mount out of the configuration.";
  return new HubError("mount-missing", `The folder ${mount.source}, which belongs at ${mount.target}, ${why}`, {
    detail: said,
  });
}

/** The error for an image that is not on this engine. */
export function imageMissing(client: EngineClient, reference: string): HubError {
  return new HubError(
    "image-missing",
    `The image ${reference} is not on this host's ${client.dialect.engine}. Pull or build it first, or choose another image.`,
  );
}

/** Ends what an engine said like a sentence. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
