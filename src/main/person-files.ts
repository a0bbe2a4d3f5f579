/** What becomes of the files of a person who leaves. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../drivers/index.ts";
import type { HubServices } from "../http/index.ts";
import { type Clock, escapeName, HubError, isoTime, volumeName } from "../kernel/index.ts";
import type { Servers } from "../servers/index.ts";

/** A home folder of some hundred gigabytes on a slow disk. */
const ARCHIVE_MS = 6 * 60 * 60 * 1000;

export interface PersonFilesParts {
  readonly driver: Pick<Driver, "exportVolume" | "removeVolume">;
  readonly servers: Pick<Servers, "handOverFiles">;
  /** Folder of the archives; made when missing. */
  readonly archives: string;
  readonly clock: Clock;
}

/** The two services of the hub's face that erase and pack files. */
export function personFiles(parts: PersonFilesParts): Pick<HubServices, "eraseFiles" | "archiveFiles"> {
  const { driver, servers, archives, clock } = parts;
  return {
    eraseFiles: async (user) => {
      await driver.removeVolume(volumeName(user));
      await servers.handOverFiles(user);
    },
    archiveFiles: async (user) => {
      mkdirSync(archives, { recursive: true, mode: 0o700 });
      const stamp = isoTime(clock.now()).replace(/[:.]/g, "-");
      const file = join(archives, `${escapeName(user)}-${stamp}.tar.gz`);
      try {
        await driver.exportVolume(volumeName(user), file, { signal: AbortSignal.timeout(ARCHIVE_MS) });
        return file;
      } catch (error) {
        // Whoever never started a server has no files: nothing to pack is no failure.
        if (error instanceof HubError && error.code === "not-found") return undefined;
        throw error;
      }
    },
  };
}
