/** What this program makes for a host. */
import { type ProgramImages, programImages } from "../../deploy/index.ts";
import type { CliContext } from "../context.ts";
import { programVersion } from "../version.ts";

export interface OwnProgram {
  readonly images: ProgramImages;
  readonly version: string;
}

/** For hosts of this machine's own kind: the program carries one Node.js binary. @throws HubError as `programImages` */
export async function ownProgram(context: Pick<CliContext, "root">): Promise<OwnProgram> {
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  return {
    images: await programImages({ root: context.root, architecture }),
    version: programVersion(context.root),
  };
}
