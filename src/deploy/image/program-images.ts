import type { ProgramImages } from "./types.ts";

export interface ProgramImagesOptions {
  /** Folder of the program (where `package.json` lies). */
  readonly root: string;
  /** Of the host that is to run it, as `uname -m` says it. */
  readonly architecture: string;
}

/**
 * Works out what goes into the images and how they are called.
 * @throws HubError `state-unusable` when the web pages were not built, `host-unsuitable` for another processor
 */
export async function programImages(_options: ProgramImagesOptions): Promise<ProgramImages> {
  throw new Error("not written yet");
}
