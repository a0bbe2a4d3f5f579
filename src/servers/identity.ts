/** Under which user a server runs (`server.runAs`), and what its image is told of it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostAccount } from "../config/index.ts";
import { escapeName, HubError, type UserName } from "../kernel/index.ts";
import { ensureUid, type ServerRow } from "../store/index.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import type { Room } from "./room.ts";

/** `users` of docker-stacks and of Debian: their images let this group write what people may change, such as Conda's folders. */
const USERS_GROUP = 100;
/** Far from accounts that a host makes by itself, which begin at 1000. */
const FIRST_UID = 20_000;
/** Debian and Red Hat keep what follows for other uses; 65,535 is the last one that most rootless engines have. */
const LAST_UID = 59_999;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Identity {
  /** Whom processes and files of the home belong to; undefined: the image's own user. */
  readonly owner: Owner | undefined;
  /** Numbers of further groups. */
  readonly groups: readonly number[];
  /** Absolute path in the server, filled in. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The home, where the image may not know it. */
  readonly workingDirectory: string | undefined;
  /** The person's account on this host, when it is needed. */
  readonly account: HostAccount | undefined;
}

type IdentityRoom = Pick<Room, "driver" | "journal" | "accountOf" | "hostRoot">;
type IdentitySettings = Pick<LaunchSettings, "runAs" | "homes" | "home" | "umask" | "groupIds">;

/**
 * Works out who a person is in their servers; their own number is given at the first start that needs it.
 * @throws HubError `mount-missing` when there is no such account of this host, `bad-config` when the engine cannot do it
 */
export async function identify(
  room: IdentityRoom,
  row: Pick<ServerRow, "user" | "userId">,
  settings: IdentitySettings,
): Promise<Identity> {
  const { runAs, homes, umask } = settings;
  const folder = homes === "volume" ? "" : homes.folder;
  const needed = runAs === "host" || `${folder}${settings.home}`.includes("{account}");
  const account = needed ? mustHaveAccount(room, row.user) : undefined;
  const home = fillPath(settings.home, row.user, account);
  const common = { home, account };
  if (runAs === "image") {
    // The image sets its own; a home of each person's own name it cannot know.
    const moved = home === settings.home ? undefined : home;
    return {
      ...common,
      owner: undefined,
      groups: settings.groupIds,
      environment: { NB_UMASK: umask, ...(moved === undefined ? {} : { HOME: moved }) },
      workingDirectory: moved,
    };
  }
  const owner = runAs === "host" && account !== undefined ? await ofHost(room, account) : await ofTheirOwn(room, row);
  const groups = runAs === "host" ? [...(account?.groups ?? []), USERS_GROUP] : [];
  return {
    ...common,
    owner,
    groups: [...new Set([...groups, ...settings.groupIds])].filter((id) => id !== owner.gid).sort((a, b) => a - b),
    environment: environmentOf(account?.account ?? escapeName(row.user), owner, home, umask),
    workingDirectory: home,
  };
}

/** `{username}` and `{account}` of a path. */
export function fillPath(path: string, user: UserName, account: HostAccount | undefined): string {
  return path.replaceAll("{username}", escapeName(user)).replaceAll("{account}", account?.account ?? "");
}

/** As JupyterHub's SystemUserSpawner says it, which docker-stacks' images know (B12 of the field). */
function environmentOf(name: string, { uid, gid }: Owner, home: string, umask: string): Record<string, string> {
  return {
    USER: name,
    LOGNAME: name,
    HOME: home,
    // Images name it after their own user's home.
    XDG_CACHE_HOME: `${home}/.cache`,
    NB_USER: name,
    NB_UID: String(uid),
    NB_GID: String(gid),
    NB_UMASK: umask,
    USER_ID: String(uid),
  };
}

async function ofHost(room: IdentityRoom, { uid, gid }: HostAccount): Promise<Owner> {
  const { rootless } = await room.driver.capabilities();
  if (room.driver.kind !== "process" && !rootless) return { uid, gid };
  throw cannot(
    "Servers cannot run as accounts of this host (server.runAs: host)",
    room.driver.kind === "process"
      ? "they are local processes, which all run as the account that runs Hublet"
      : "the engine runs without root, and numbers of the host do not exist in its containers",
  );
}

async function ofTheirOwn(room: IdentityRoom, { user, userId }: Pick<ServerRow, "user" | "userId">): Promise<Owner> {
  if (room.driver.kind === "process")
    throw cannot(
      "Servers cannot run under numbers of their own (server.runAs: own)",
      "they are local processes, which all run as the account that runs Hublet",
    );
  const { rootless, highestUid = LAST_UID } = await room.driver.capabilities();
  const range = {
    first: FIRST_UID,
    last: Math.min(LAST_UID, highestUid),
    // Without a mapping of numbers they are the host's own, and its accounts have some of them.
    taken: rootless ? new Set<number>() : await uidsOfHost(room),
  };
  const uid = await ensureUid(room.journal.db, userId, range);
  if (uid !== undefined && uid <= highestUid) return { uid, gid: USERS_GROUP };
  throw cannot(
    `There is no number left for ${user} (server.runAs: own)`,
    `they go from ${range.first} to ${range.last} here; the service account may get more of them in /etc/subuid`,
  );
}

async function uidsOfHost({ hostRoot = "" }: IdentityRoom): Promise<ReadonlySet<number>> {
  const passwd = await readFile(join(hostRoot, "/etc/passwd"), "utf8");
  return new Set(passwd.split("\n").map((line) => Number(line.split(":")[2])));
}

function mustHaveAccount(room: IdentityRoom, user: UserName): HostAccount {
  const account = room.accountOf?.(user);
  if (account !== undefined) return account;
  throw new HubError(
    "mount-missing",
    `${user} has no account on this host, which this server would run as or have its home from. An admin makes one: “sudo hublet user add --host-account ${user}”, or adduser with the name that people.hostAccounts.prefix gives; then press Start again.`,
  );
}

function cannot(what: string, why: string): HubError {
  return new HubError("bad-config", `${what}: ${why}. Ask your admin to change it in the configuration.`);
}
