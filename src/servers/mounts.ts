/** Folders and volumes beside the home: what a person's policy gives, looked at before the start. */
import { userInfo } from "node:os";
import { posix } from "node:path";
import type { PolicyView } from "../contract/index.ts";
import { type DriverKind, HUB_LABEL, type Mount } from "../drivers/index.ts";
import { HubError, type UserName } from "../kernel/index.ts";
import type { Look } from "./folder-looks.ts";
import { fillPath } from "./identity.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { MOUNT_POINT } from "./reach.ts";
import type { Room } from "./room.ts";

type Wanted = PolicyView["mounts"][number];
export type MountRoom = Pick<Room, "driver" | "folders" | "hostView" | "hubId" | "closedPaths" | "accountOf">;

/** Places that belong to the kernel, or to the engine. */
const SYSTEM_FOLDERS = ["/proc", "/sys", "/dev"];
/** What both engines take as a volume's name. */
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

export interface MountPlan {
  readonly mounts: readonly Mount[];
  /** What is left out, in sentences for the timeline. */
  readonly notes: readonly string[];
}

/**
 * What is mounted beside the home; volumes are made when missing. Optional mounts that cannot be had are left out with a
 * note. Local processes cannot mount anything: there, every mount is one that cannot be had.
 * @throws HubError `mount-missing` with the folder's name, `bad-config` for a source or target that cannot be; `detail`
 *   has the rule's place
 */
export async function planMounts(
  room: MountRoom,
  user: UserName,
  settings: Pick<LaunchSettings, "mounts" | "home">,
): Promise<MountPlan> {
  const mounts: Mount[] = [];
  const notes: string[] = [];
  for (const wanted of settings.mounts) {
    const target = targetOf(wanted, fillPath(wanted.target, user, room.accountOf?.(user)), settings.home);
    if (mounts.some((mount) => mount.target === target)) {
      notes.push(`“${wanted.source}” is left out: another rule has its place ${target}`);
      continue;
    }
    const trouble = await troubleWith(room, wanted, target);
    if (trouble === undefined) {
      const kind = wanted.source.startsWith("/") ? "bind" : "volume";
      mounts.push({ kind, source: wanted.source, target, readOnly: wanted.readOnly });
    } else if (wanted.optional) {
      notes.push(`Going on without ${target}: ${trouble}`);
    } else {
      throw new HubError(
        "mount-missing",
        `${upper(trouble)}. It belongs to this server, at ${target}. Ask your admin to mend that, or to mark it as optional; then press Start again.`,
        { detail: placeText(wanted) },
      );
    }
  }
  return { mounts, notes };
}

async function troubleWith(room: MountRoom, wanted: Wanted, target: string): Promise<string | undefined> {
  const { source } = wanted;
  if (!source.startsWith("/") && !VOLUME_NAME.test(source)) {
    throw wrong(wanted, `“${source}” is neither an absolute path nor a name that a volume can have`);
  }
  if (room.driver.kind === "process") {
    return `“${source}” cannot be mounted at ${target} because servers are local processes here (engine: process)`;
  }
  if (!source.startsWith("/")) {
    await room.driver.ensureVolume(source, {
      "app.kubernetes.io/managed-by": "hublet",
      [HUB_LABEL]: room.hubId,
    });
    return undefined;
  }
  const closed = room.closedPaths ?? [];
  refuseClosed(wanted, source, closed);
  const look = await room.folders.look(source);
  // Also by a link: one on the way may even be in a folder that people can write.
  const realOf = (path: string): Promise<string> => room.hostView.real(path).catch(() => path);
  if (look.kind === "there") refuseClosed(wanted, await realOf(source), await Promise.all(closed.map(realOf)));
  return lookText(source, look, room.driver.kind);
}

/** @throws HubError `bad-config` */
export function refuseClosed(wanted: Wanted, source: string, closed: readonly string[]): void {
  const plain = posix.normalize(source).replace(/(.)\/$/, "$1");
  const taken = closed.find((path) => below(plain, path) || below(path, plain));
  if (taken !== undefined)
    throw wrong(wanted, `${wanted.source} cannot be mounted: the hub's own files and keys are there (${taken})`);
}

/** Whether `path` is the folder or in it. */
function below(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

export function lookText(source: string, look: Look, driver: DriverKind): string | undefined {
  switch (look.kind) {
    case "there":
      return undefined;
    case "missing":
      return `the folder ${source} is not there on the host (a share may not be connected)`;
    case "mute":
      return `the folder ${source} does not answer (a share may be away)`;
    case "broken":
      return `the folder ${source} cannot be used: ${look.why}`;
    case "unreachable":
      // Docker runs as root and sees more than we do: it says itself what it cannot find.
      if (driver === "docker") return undefined;
      return `the folder ${source} cannot be reached by the account “${userInfo().username}”, which runs the servers: ${look.at} does not let it in (chmod o+x, or an ACL, would)`;
  }
}

/** @throws HubError `bad-config` */
function targetOf(wanted: Wanted, filled: string, home: string): string {
  const target = posix.normalize(filled).replace(/(.)\/$/, "$1");
  const bad = below(target, posix.normalize(home).replace(/(.)\/$/, "$1"))
    ? `it would lie over the home folder ${home}`
    : below(target, MOUNT_POINT) || below(MOUNT_POINT, target)
      ? `${MOUNT_POINT} is the server's way to the hub`
      : SYSTEM_FOLDERS.some((folder) => below(folder, target))
        ? "that folder belongs to the system"
        : undefined;
  if (bad !== undefined) throw wrong(wanted, `Nothing can be mounted at ${target}: ${bad}`);
  return target;
}

function wrong(wanted: Wanted, why: string): HubError {
  return new HubError(
    "bad-config",
    `${why}. This server cannot start with it: ask your admin to correct ${wanted.from} in the configuration.`,
    { detail: placeText(wanted) },
  );
}

function placeText({ source, from, place }: Wanted): string {
  return `mount of ${source}, said by ${from}${place === null ? "" : ` (${place})`}`;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
