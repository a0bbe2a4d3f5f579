/** What becomes of the files of a person who leaves. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Driver } from "../drivers/index.ts";
import type { HubServices } from "../http/index.ts";
import { type Clock, escapeName, HubError, isoTime, type UserName, volumeName } from "../kernel/index.ts";
import type { Servers } from "../servers/index.ts";

/** A home folder of some hundred gigabytes on a slow disk. */
const ARCHIVE_MS = 6 * 60 * 60 * 1000;

export interface PersonFilesParts {
  readonly driver: Pick<Driver, "exportVolume" | "removeVolume">;
  readonly servers: Pick<Servers, "handOverFiles">;
  /** The folder of the host that is a person's home, where homes are such (`server.homes`). */
  readonly homeFolder: (user: UserName) => string | undefined;
  /** Folder of the archives; made when missing. */
  readonly archives: string;
  readonly clock: Clock;
}

/**
 * The two services of the hub's face that erase and pack files. Both refuse a home that is a folder of the host, with `conflict`:
 * it is its account's, may hold more than what servers made, and is nothing for the hub to delete.
 */
export function personFiles(parts: PersonFilesParts): Pick<HubServices, "eraseFiles" | "archiveFiles"> {
  const { driver, servers, archives, clock } = parts;
  const mustBeOurs = (user: UserName): void => {
    const folder = parts.homeFolder(user);
    if (folder === undefined) return;
    throw new HubError(
      "conflict",
      `The home of ${user} is the folder ${folder} of the host, which Hublet neither packs nor erases. Remove ${user} with the files kept; then look after the folder on the host (“sudo tar -czf …”, “sudo deluser --remove-home …”).`,
    );
  };
  return {
    eraseFiles: async (user) => {
      mustBeOurs(user);
      await driver.removeVolume(volumeName(user));
      await servers.handOverFiles(user);
    },
    archiveFiles: async (user) => {
      mustBeOurs(user);
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
