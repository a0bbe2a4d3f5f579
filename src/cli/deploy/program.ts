/** What this program makes for a host. */
import { access, constants } from "node:fs/promises";
import { type ProgramImages, programImages } from "../../deploy/index.ts";
import type { CliContext } from "../context.ts";
import { ensureWeb } from "../up/web-build.ts";
import { programVersion } from "../version.ts";

export interface OwnProgram {
  readonly images: ProgramImages;
  readonly version: string;
}

/** For hosts of this machine's own kind: the program carries one Node.js binary. @throws HubError as `programImages` */
export async function ownProgram(context: Pick<CliContext, "root" | "note">): Promise<OwnProgram> {
  // A new checkout has no pages, and one that was pulled has old ones. What cannot be written was built by its owner.
  const writable = await access(context.root, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable) await ensureWeb(context.root, context.note);
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  return {
    images: await programImages({ root: context.root, architecture }),
    version: programVersion(context.root),
  };
}
